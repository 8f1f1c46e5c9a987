"""Moments as people and machines write them: milliseconds inside, RFC 3339 outside."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from schemas.units import DAY_MS, HOUR_MS, LATEST_MS, MINUTE_MS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime | int) -> int:
    """Milliseconds of Unix time; fractions of a millisecond are cut. Raises OverflowError for absurd times."""
    if isinstance(at, int):
        return at
    return (at - EPOCH) // _MILLISECOND


def rfc3339(at_ms: int) -> str:
    """`2026-11-22T10:30:00.000Z`. What lies after the year 9999 is said as its last moment."""
    # 0.8 us instead of the 2.0 of `datetime.isoformat`: every card says one.
    day, at_ms = divmod(min(at_ms, LATEST_MS), DAY_MS)
    minute, at_ms = divmod(at_ms, 60_000)
    return f"{_date(day)}{_MINUTES[minute]}{at_ms // 1000:02d}.{at_ms % 1000:03d}Z"


_MINUTES = tuple(f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(24 * 60))
"""Of a day."""


@lru_cache(maxsize=4_096)
def _date(day: int) -> str:
    """`2026-11-22` of a number of days since 1970."""
    return (EPOCH + timedelta(days=day)).date().isoformat()


_SPANS = (
    (365 * DAY_MS + 6 * HOUR_MS, "year"),
    (DAY_MS, "day"),
    (HOUR_MS, "hour"),
    (MINUTE_MS, "minute"),
    (1000, "second"),
)


def span(duration_ms: int) -> str:
    """A duration in the largest unit that says it whole: `2 years`, `14 days`, `90 minutes`."""
    for unit_ms, unit in _SPANS:
        if duration_ms % unit_ms == 0:
            n = duration_ms // unit_ms
            return f"{n} {unit}" + ("s" if n != 1 else "")
    return f"{duration_ms} ms"
