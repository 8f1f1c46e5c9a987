"""Lag, computed at scrape time from the partitions held now: no series outlives its partition."""

from collections.abc import Callable, Iterable
from typing import Any

from faust.types import TP
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agents.app import StageApp
from agents.clock import WallClock, wall_ms
from agents.group_commit import Position
from streams.topology import name_of

End = Callable[[str, int], tuple[int | None, int | None]]
"""(topic without prefix, partition) -> (end of the partition on the broker, offset the fetcher goes on from)."""


class LagCollector(Collector):
    """Records and seconds between us and the end of each partition."""

    def __init__(
        self, positions: Callable[[], dict[tuple[str, int], Position]], end: End, clock: WallClock = wall_ms
    ) -> None:
        self._positions, self._end, self._clock = positions, end, clock

    def collect(self) -> Iterable[Metric]:
        """One pair of samples per partition held."""
        records = GaugeMetricFamily(
            "touchline_partition_lag",
            "Records between the acknowledged position and the end.",
            labels=["topic", "partition"],
        )
        seconds = GaugeMetricFamily(
            "touchline_partition_lag_seconds",
            "Age of the oldest record not yet processed; 0: caught up.",
            labels=["topic", "partition"],
        )
        for (topic, partition), position in sorted(self._positions().items()):
            behind, age_s = self.lag(topic, partition, position)
            records.add_metric([topic, str(partition)], behind)
            seconds.add_metric([topic, str(partition)], age_s)
        yield records
        yield seconds

    def lag(self, topic: str, partition: int, position: Position) -> tuple[int, float]:
        """(records, seconds) of one partition."""
        end, fetched_to = self._end(topic, partition)
        if end is None:
            return 0, 0.0
        at = position.acknowledged
        if not position.waiting and fetched_to is not None:
            at = max(at, fetched_to)  # what lies between are transaction markers and compacted records
        behind = max(0, end - at)
        now = self._clock()
        if not behind:
            position.behind_since_ms = 0
            return 0, 0.0
        if position.waiting:
            position.behind_since_ms = 0
            return behind, max(0, now - position.waiting[0][1]) / 1000
        position.behind_since_ms = position.behind_since_ms or now
        return behind, (now - position.behind_since_ms) / 1000


def lag_of(app: StageApp) -> LagCollector:
    """The lag of a worker's own partitions."""
    consumer: Any = app.consumer

    def end(topic: str, partition: int) -> tuple[int | None, int | None]:
        tp = TP(name_of(topic, app.place), partition)
        if tp not in consumer.assignment():
            return None, None
        return consumer.highwater(tp), consumer.fetched_to(tp)

    return LagCollector(lambda: app.group_commit.positions if app.restored else {}, end)
