"""What the score stage says."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from agents.signals.catalogue import SPEED_S, counter, gauge, histogram
from agents.signals.log import LOG
from schemas.handoff import HandoffType
from streams.topology import SCORE

_AT = (SCORE.name,)
_CHANNELS = ("web", "email", "call", "messenger")
"""Channels are open strings on the wire; a label is not."""
_TOUCHES = counter(
    "touchline_touches_processed_total",
    "Touches folded into leads, by what became of them.",
    _AT,
    {
        "channel": (*_CHANNELS, "other"),
        "outcome": ("scored", "unmatched", "repeat", "outbound", "no_consent", "flood", "forwarded", "erased"),
    },
)
_SUPPRESSED = counter(
    "touchline_handoffs_suppressed_total",
    "Triggers that fired without a handoff.",
    _AT,
    {"reason": ("fit", "consent", "cooling", "deal", "unqualified", "model")},
)
_RIPE = counter("touchline_ripe_total", "Words on `ripe`, by what they say of an episode.", _AT, {"what": HandoffType})
_RIPE_LATENCY = histogram(
    "touchline_ripe_latency_seconds",
    "From the touch to the broker's acknowledgement that its lead is ripe: the part of routing speed before `route`.",
    _AT,
    SPEED_S,
)
_KIN = counter(
    "touchline_kin_events_total",
    "Events between leads that are one person, by what became of them.",
    _AT,
    {
        "outcome": (
            "merged", "merged_away", "forwarded", "repeat", "healed", "restated", "stale", "erased", "doubt",
        )
    },
)  # fmt: skip
_REMAINING = gauge("touchline_table_restore_remaining_records", "Changelog records still to read; 0: restored.", _AT)
_RESTORE = histogram(
    "touchline_table_restore_duration_seconds",
    "Reading the score table back, per assignment.",
    _AT,
    (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
)
_LEADS = gauge("touchline_table_keys", "Leads in this worker's memory.", _AT)
_SNAPSHOT_AT = gauge(
    "touchline_snapshot_timestamp_seconds", "When this worker last put its snapshots down (Unix time); 0: never.", _AT
)
_SNAPSHOT_FAILURES = counter("touchline_snapshot_failures_total", "Snapshots that could not be written.", _AT)
_FOREIGN = counter("touchline_foreign_writes_total", "Changelog records another writer put among ours.", _AT)
_DISCARDED = counter(
    "touchline_stores_discarded_total",
    "Stores on disk that did not fit their changelog and were restored anew.",
    _AT,
)


class GroupScored(Struct, frozen=True, kw_only=True):
    """A flush of the score stage is durable."""

    touches: Mapping[tuple[str, str], int]
    """By (channel, outcome)."""
    suppressed: Mapping[str, int]
    """By reason."""
    ripe: Mapping[str, int]
    """By kind of word."""
    kin: Mapping[str, int]
    """By outcome, as `Folded.kin`."""
    ripe_s: Sequence[float]
    """From the touch to the acknowledgement, of each lead that became ripe; history excepted."""
    leads: int
    """In memory after it."""

    def emit(self) -> None:
        """Count it all."""
        for (channel, outcome), count in self.touches.items():
            _TOUCHES.labels(channel if channel in _CHANNELS else "other", outcome).inc(count)
        for reason, count in self.suppressed.items():
            _SUPPRESSED.labels(reason).inc(count)
        for what, count in self.ripe.items():
            _RIPE.labels(what).inc(count)
        for ripe_s in self.ripe_s:
            _RIPE_LATENCY.observe(max(0.0, ripe_s))
        for outcome, count in self.kin.items():
            _KIN.labels(outcome).inc(count)
        _LEADS.set(self.leads)


class RestoreProgressed(Struct, frozen=True, kw_only=True):
    """Part of the changelog is read."""

    remaining: int
    """Offsets between where we are and the end, over all partitions."""

    def emit(self) -> None:
        """Show it."""
        _REMAINING.set(self.remaining)


class PartitionsRestored(Struct, frozen=True, kw_only=True):
    """The score table holds everything the changelog does."""

    partitions: list[int]
    records: int
    """Read this time; what memory still held was not read again."""
    leads: int
    took_s: float

    def emit(self) -> None:
        """Time it."""
        _REMAINING.set(0)
        _RESTORE.observe(self.took_s)
        _LEADS.set(self.leads)
        LOG.info(
            "score table restored",
            partitions=self.partitions,
            records=self.records,
            leads=self.leads,
            took_s=round(self.took_s, 3),
        )


class ForeignWriteFound(Struct, frozen=True, kw_only=True):
    """Somebody else wrote into our changelog: a worker that was paused. The higher applied offset wins."""

    partition: int
    expected: int
    found: int
    """Offset at which our records landed."""

    def emit(self) -> None:
        """Count the strangers."""
        _FOREIGN.inc(self.found - self.expected)
        LOG.warning("foreign write found", partition=self.partition, expected=self.expected, found=self.found)


class StoreDiscarded(Struct, frozen=True, kw_only=True):
    """A store on disk is no prefix of its changelog: it was deleted, and the partition is restored from the start."""

    partition: int
    folder: str
    why: str

    def emit(self) -> None:
        """Say it: the restore takes longer for it."""
        _DISCARDED.inc()
        LOG.warning("store discarded", partition=self.partition, folder=self.folder, why=self.why)


class SnapshotsTaken(Struct, frozen=True, kw_only=True):
    """The table of this worker lies on the shelf, or could not be put there; scoring goes on either way."""

    partitions: int
    leads: int
    size: int
    """Bytes."""
    took_s: float
    problem: str
    """Empty: none."""

    def emit(self) -> None:
        """Say when, for an alert on its age."""
        if self.problem:
            _SNAPSHOT_FAILURES.inc()
            LOG.warning("snapshot failed", problem=self.problem)
            return
        _SNAPSHOT_AT.set_to_current_time()
        LOG.info(
            "snapshots taken",
            partitions=self.partitions,
            leads=self.leads,
            size=self.size,
            took_s=round(self.took_s, 3),
        )
