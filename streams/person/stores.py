"""Where data of a person lies, how long each place keeps it, and by when it is gone, by the broker's own settings."""

from collections.abc import Mapping
from datetime import timedelta

from schemas.units import DAY_MS, Millis
from streams.moments import rfc3339
from streams.topology import DEAD_LETTERS, INPUTS, Topic

RAW = (*INPUTS, DEAD_LETTERS)
"""What came in, as it came: never changed, kept for days."""

NEVER_MS = 10 * 365 * DAY_MS
"""A broker's word for "no limit" is a number beyond every calendar; so is anything past this."""

DONE = "done"


def kept(topic: Topic, settings: Mapping[str, str]) -> str:
    """How long a topic keeps a record, in words."""
    if topic.compacted:
        return "the latest for each key, until it is erased"
    keep_ms = _number(settings, "retention.ms", topic.keep_ms or 0)
    return "for ever: the broker has no limit" if keep_ms is None else _span(keep_ms)


def gone_by(topic: Topic, settings: Mapping[str, str], now_ms: Millis) -> str:
    """When the last byte written until now is gone from the broker's disks: `gone by 2026-11-29`.

    A topic deletes whole segments, so a record outlives the retention by as long as its segment is written to. A
    compacted one removes what a tombstone covers when it next compacts.
    """
    segment_ms = _number(settings, "segment.ms", 7 * DAY_MS)
    if topic.compacted:
        lag_ms = _number(settings, "max.compaction.lag.ms", None)
        if lag_ms is None:
            return (
                "done: the tombstone is written, but the broker sets no date for its next compaction: "
                "`touchline topics apply` sets one (max.compaction.lag.ms)"
            )
        return f"{DONE}; what it replaced is gone by {_day(now_ms + lag_ms + DAY_MS)}"
    keep_ms = _number(settings, "retention.ms", topic.keep_ms)
    if keep_ms is None or segment_ms is None:
        return "kept for ever: the broker has no limit, `touchline topics apply` sets one (retention.ms)"
    return f"gone by {_day(now_ms + keep_ms + segment_ms)}"


def _number(settings: Mapping[str, str], name: str, default: int | None) -> int | None:
    """None: no limit."""
    said = settings.get(name)
    number = default if said is None else int(said)
    return None if number is None or number < 0 or number > NEVER_MS else number


def _day(at_ms: Millis) -> str:
    """The first whole day that is safe to name."""
    return rfc3339(at_ms + DAY_MS - 1)[:10]


def _span(length_ms: int) -> str:
    days = timedelta(milliseconds=length_ms) / timedelta(days=1)
    return f"{days:g} days"
