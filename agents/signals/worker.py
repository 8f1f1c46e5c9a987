"""What every worker says: its life, its share of the partitions, its flushes."""

import time
import traceback
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from msgspec import Struct

from agents.configuration.fields import without_passwords
from agents.signals.catalogue import SPEED_S, STAGE, STAGES, WRITES, counter, gauge, histogram
from agents.signals.log import LOG

_REBALANCES = counter(
    "touchline_rebalances_total", "Times the group gave this worker its partitions.", STAGES, {"stage": STAGE}
)
_REBALANCE = histogram(
    "touchline_rebalance_duration_seconds",
    "From the loss of all partitions to work on those that came back, the restore included.",
    STAGES,
    (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
    {"stage": STAGE},
)
_ASSIGNED = gauge("touchline_assigned_partitions", "Input partitions this worker holds now.", STAGES, {"stage": STAGE})
_GROUP_RECORDS = histogram(
    "touchline_group_records",
    "Records per flush; their sum is what came in.",
    STAGES,
    (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000),
    {"stage": STAGE},
)
_FLUSH = histogram(
    "touchline_flush_duration_seconds",
    "From the start of a flush to its acknowledgement.",
    STAGES,
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    {"stage": STAGE},
)
_EVENT_LAG = histogram(
    "touchline_event_time_lag_seconds",
    "Age of the oldest record of a flush, by Kafka's time, when it was fetched and when all it led to was written "
    "(emitted). The difference is the time spent here.",
    STAGES,
    SPEED_S,
    {"stage": STAGE, "point": ("fetched", "emitted")},
)
_WRITTEN = counter(
    "touchline_records_written_total", "Records of ours that the broker acknowledged.", STAGES, {"topic": WRITES}
)
_COMMIT_FAILURES = counter(
    "touchline_commit_failures_total", "Offset commits the broker refused; they are repeated.", STAGES
)


class WorkerStarted(Struct, frozen=True, kw_only=True):
    """The process is up; it may still wait for partitions."""

    url: str
    """Where metrics and health are."""
    fold: str
    """`plain` or `compiled`."""

    def emit(self) -> None:
        """Say where to look."""
        LOG.info(
            "worker started", metrics=f"{self.url}/metrics", ready=f"{self.url}/readyz", version=version("touchline"),
            fold=self.fold,
        )  # fmt: skip


class WorkerStopped(Struct, frozen=True, kw_only=True):
    """Told to stop: everything begun was written, committed, and the group was left."""

    after_s: float

    def emit(self) -> None:
        """Say it."""
        LOG.info("worker stopped", after_s=round(self.after_s, 3))


class WorkerCrashed(Struct, frozen=True, kw_only=True):
    """A write failed, an invariant broke, or a bug: memory is ahead of Kafka and is thrown away."""

    fault: BaseException

    def emit(self) -> None:
        """Say what, with the frames but without the values in them, and without a person that an error may quote."""
        from streams.people.redaction import Redactor  # knows all countries' numbers: loaded when something broke

        why = Redactor((), "ZZ").text(without_passwords(str(self.fault)))
        frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(self.fault.__traceback__)]
        LOG.critical("worker crashed", fault=type(self.fault).__name__, why=why, frames=frames[-12:])


class StartRefused(Struct, frozen=True, kw_only=True):
    """Something must be put right first."""

    problems: Iterable[str]

    def emit(self) -> None:
        """One line a problem."""
        for problem in self.problems:
            LOG.error("start refused", problem=problem)


class BrokerAwaited(Struct, frozen=True, kw_only=True):
    """No broker answers yet: the worker waits."""

    bootstrap: str
    problem: str

    def emit(self) -> None:
        """Say it (once: the caller keeps count)."""
        LOG.warning("waiting for Kafka", bootstrap=self.bootstrap, problem=self.problem)


class PartitionsAssigned(Struct, frozen=True, kw_only=True):
    """Partitions are ours and restored; records flow from now on."""

    partitions: Mapping[str, set[int]]
    """By topic, without prefix."""
    stage: str
    began_s: float
    """When the restore began, monotonic."""
    taken_s: float | None
    """When those before them were taken back; None: these are the first."""

    def emit(self) -> None:
        """Count them."""
        _REBALANCES.labels(self.stage).inc()
        now_s = time.monotonic()
        if self.taken_s is not None:
            _REBALANCE.labels(self.stage).observe(now_s - self.taken_s)
        _ASSIGNED.labels(self.stage).set(sum(map(len, self.partitions.values())))
        told = {topic: sorted(numbers) for topic, numbers in self.partitions.items()}
        LOG.info("partitions assigned", partitions=told, after_s=round(now_s - self.began_s, 3))


class PartitionsRevoked(Struct, frozen=True, kw_only=True):
    """The group takes all partitions back; whatever was begun is written and committed."""

    stage: str

    def emit(self) -> None:
        """Say it."""
        _ASSIGNED.labels(self.stage).set(0)
        LOG.info("partitions revoked")


class DrainOverran(Struct, frozen=True, kw_only=True):
    """A flush did not end before the group moved on: the process goes, the flush's offsets stay uncommitted."""

    after_s: float

    def emit(self) -> None:
        """Say it."""
        LOG.critical("drain overran its deadline", after_s=round(self.after_s, 3))


class CommitFailed(Struct, frozen=True, kw_only=True):
    """The broker refused an offset commit. Nothing is lost: state and outputs do not hang on it."""

    problem: str

    def emit(self) -> None:
        """Count it."""
        _COMMIT_FAILURES.inc()
        LOG.warning("commit failed", problem=self.problem)


class StallFound(Struct, frozen=True, kw_only=True):
    """The process stood still so long that others own its partitions: it must not write any more."""

    stood_s: float
    limit_s: float

    def emit(self) -> None:
        """Say it."""
        LOG.critical("worker stood still", stood_s=round(self.stood_s, 1), limit_s=self.limit_s)


class GroupFlushed(Struct, frozen=True, kw_only=True):
    """One group went through a stage."""

    stage: str
    records: int
    took_s: float
    fetched_s: float
    """Age of its oldest record when it was fetched."""
    emitted_s: float
    """The same when it was done."""

    def emit(self) -> None:
        """Time it. No line: there may be a hundred a second."""
        _GROUP_RECORDS.labels(self.stage).observe(self.records)
        _FLUSH.labels(self.stage).observe(self.took_s)
        _EVENT_LAG.labels(self.stage, "fetched").observe(self.fetched_s)
        _EVENT_LAG.labels(self.stage, "emitted").observe(self.emitted_s)


class RecordsWritten(Struct, frozen=True, kw_only=True):
    """The broker has records of one write."""

    topic: str
    """Without prefix."""
    records: int

    def emit(self) -> None:
        """Count them."""
        _WRITTEN.labels(self.topic).inc(self.records)
