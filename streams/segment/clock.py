"""When it happened, by Segment's rule: the device's clock may be wrong, its differences are right."""

from datetime import UTC, datetime
from typing import Any

from streams.moments import to_ms

SECONDS_BELOW = 100_000_000_000
"""A bare number below this is seconds (until the year 5138), from it on milliseconds."""


def happened_ms(event: dict[str, Any], sent: Any, received_ms: int) -> int:
    """`received - (sent - original)`: never after it was received; unreadable times count as received."""
    original = event.get("originalTimestamp") or event.get("timestamp")
    at = moment_ms(original)
    if at is None:
        return received_ms
    sent_ms = moment_ms(event.get("sentAt") or sent)
    if sent_ms is not None:
        at = received_ms - (sent_ms - at)
    return at if 0 <= at < received_ms else received_ms


def moment_ms(said: Any) -> int | None:
    """ISO 8601 (UTC unless it says otherwise) or Unix time; None when it is neither."""
    if isinstance(said, str):
        try:
            at = datetime.fromisoformat(said.strip())
        except ValueError:
            return None
        return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < 1e15:
        return None
    return int(said * 1000) if said < SECONDS_BELOW else int(said)
