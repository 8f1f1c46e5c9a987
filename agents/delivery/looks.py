"""What a worker shows of itself at each scrape: lag of the partitions it holds now, and whether it works."""

from collections.abc import Callable, Iterable
from typing import Any

from faust.types import TP
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from agents.app import StageApp
from agents.clock import WallClock, wall_ms
from agents.group_commit import Position
from agents.signals.scrape import PartitionLooked, Status, WorkerLooked
from streams.topology import name_of

LAGGING_S = 5.0
"""What routing may take, by its objective."""
STALLED_S = 30.0

End = Callable[[str, int], tuple[int | None, int | None]]
"""(topic without prefix, partition) -> (end of the partition on the broker, offset the fetcher goes on from)."""


def lag(position: Position, end: int | None, fetched_to: int | None, now_ms: int) -> tuple[int, float]:
    """(records, seconds) between us and the end of one partition."""
    if end is None:
        return 0, 0.0
    at = position.acknowledged
    if not position.waiting and fetched_to is not None:
        at = max(at, fetched_to)  # what lies between are transaction markers and compacted records
    behind = max(0, end - at)
    if not behind:
        position.behind_since_ms = 0
        return 0, 0.0
    if position.waiting:
        position.behind_since_ms = 0
        return behind, max(0, now_ms - position.waiting[0][1]) / 1000
    position.behind_since_ms = position.behind_since_ms or now_ms
    return behind, (now_ms - position.behind_since_ms) / 1000


def status_of(partitions: Iterable[PartitionLooked]) -> Status:
    """Of a worker that holds these."""
    late = [one for one in partitions if one.seconds > LAGGING_S]
    if not late:
        return Status.OK
    return Status.STALLED if min(one.still_s for one in late) > STALLED_S else Status.LAGGING


class Looks(Collector):
    """Of one worker."""

    def __init__(self, app: StageApp, end: End, clock: WallClock = wall_ms) -> None:
        self._app, self._end, self._clock = app, end, clock

    def collect(self) -> Iterable[Metric]:
        """Series of partitions held now, and of no other."""
        app, now_ms = self._app, self._clock()
        held = app.group_commit.positions if app.restored else {}
        partitions: list[PartitionLooked] = []
        for (topic, number), position in sorted(held.items()):
            records, seconds = lag(position, *self._end(topic, number), now_ms)
            still_s = (now_ms - max(position.processed_ms, position.since_ms)) / 1000
            partitions.append(
                PartitionLooked(
                    topic=topic, partition=number, records=records, seconds=seconds, still_s=still_s,
                    processed_ms=position.processed_ms,
                )
            )  # fmt: skip
        return WorkerLooked(
            stage=app.stage.step.name,
            status=status_of(partitions) if app.restored else Status.RESTORING,
            ready=not app.not_ready(),
            kafka=app.out.usable and app.consumer.group_reachable,
            write_waiting_s=app.out.waiting_s,
            partitions=partitions,
        ).metrics()


def looks_of(app: StageApp) -> Looks:
    """Of a worker, by its own consumer."""
    consumer: Any = app.consumer

    def end(topic: str, partition: int) -> tuple[int | None, int | None]:
        tp = TP(name_of(topic, app.place), partition)
        if tp not in consumer.assignment():
            return None, None
        return consumer.highwater(tp), consumer.fetched_to(tp)

    return Looks(app, end)
