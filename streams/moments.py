"""Moments as people and machines write them: milliseconds inside, RFC 3339 outside."""

from datetime import UTC, datetime, timedelta

from schemas.units import LATEST_MS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime | int) -> int:
    """Milliseconds of Unix time; fractions of a millisecond are cut. Raises OverflowError for absurd times."""
    if isinstance(at, int):
        return at
    return (at - EPOCH) // _MILLISECOND


def rfc3339(at_ms: int) -> str:
    """`2026-11-22T10:30:00.000Z`. What lies after the year 9999 is said as its last moment."""
    said = (EPOCH + timedelta(milliseconds=min(at_ms, LATEST_MS))).isoformat(timespec="milliseconds")
    return said[:-6] + "Z"  # instead of +00:00
