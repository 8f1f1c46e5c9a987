"""What is worked out at each scrape from the partitions held now: no series outlives what it speaks of."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from prometheus_client.core import Metric

from agents.signals.catalogue import READS, STAGE, STAGES, Bounded, Labels, scraped


class Status(StrEnum):
    """What a worker does, as lag tells it."""

    OK = "ok"
    LAGGING = "lagging"
    """Records wait longer than the five seconds that routing may take, and are being processed."""
    STALLED = "stalled"
    """They wait, and none was processed for half a minute."""
    RESTORING = "restoring"
    """It has no partitions yet, or not yet what it needs for them."""


_PARTITION: Labels = {"stage": STAGE, "topic": READS, "partition": Bounded("partitions this worker holds now")}
_LAG = scraped("touchline_partition_lag", "Records between the acknowledged position and the end.", STAGES, _PARTITION)
_LAG_SECONDS = scraped(
    "touchline_partition_lag_seconds", "Age of the oldest record not yet processed; 0: caught up.", STAGES, _PARTITION
)
_LAST = scraped(
    "touchline_last_processed_timestamp_seconds",
    "When a record of the topic was last processed (Unix time); 0: not since this worker holds partitions of it.",
    STAGES,
    {"stage": STAGE, "topic": READS},
)
_STATUS = scraped(
    "touchline_worker_status",
    "1 for what the worker does now: ok; lagging: a record waits longer than 5 s; stalled: and none was processed for "
    "30 s; restoring: no partitions yet.",
    STAGES,
    {"stage": STAGE, "status": Status},
)
_READY = scraped("touchline_ready", "Whether readiness would be answered with yes: 1 or 0.", STAGES, {"stage": STAGE})
_KAFKA = scraped(
    "touchline_kafka_up",
    "Whether a broker answers for our consumer group and our producer is connected: 1 or 0.",
    STAGES,
    {"stage": STAGE},
)
_WRITE = scraped(
    "touchline_write_waiting_seconds",
    "How long the oldest write under way has waited for the broker; 0: none is.",
    STAGES,
    {"stage": STAGE},
)


class PartitionLooked(Struct, frozen=True, kw_only=True):
    """A partition held now."""

    topic: str
    """Without prefix."""
    partition: int
    records: int
    seconds: float
    still_s: float
    """Since a record of it was processed, or it was assigned."""
    processed_ms: int
    """When a record of it was last processed; 0: none yet."""


class WorkerLooked(Struct, frozen=True, kw_only=True):
    """A worker at the moment of a scrape."""

    stage: str
    status: Status
    ready: bool
    kafka: bool
    write_waiting_s: float
    partitions: list[PartitionLooked]

    def metrics(self) -> Iterable[Metric]:
        """As Prometheus reads it."""
        lag, seconds, last = _LAG.empty(), _LAG_SECONDS.empty(), _LAST.empty()
        processed: dict[str, int] = {}
        for one in self.partitions:
            where = [self.stage, one.topic, str(one.partition)]
            lag.add_metric(where, one.records)
            seconds.add_metric(where, one.seconds)
            processed[one.topic] = max(processed.get(one.topic, 0), one.processed_ms)
        for topic, at_ms in processed.items():
            last.add_metric([self.stage, topic], at_ms / 1000)
        status = _STATUS.empty()
        for each in Status:
            status.add_metric([self.stage, each], float(each is self.status))
        yield from (lag, seconds, last, status)
        for family, value in ((_READY, self.ready), (_KAFKA, self.kafka), (_WRITE, self.write_waiting_s)):
            told = family.empty()
            told.add_metric([self.stage], float(value))
            yield told
