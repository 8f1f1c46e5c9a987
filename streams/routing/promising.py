"""By when a lead is to be contacted, what happens if it is not, and the attempts planned: moments, in working time.

The promise counts from the touch, and from its arrival when that came late; history promises nothing.
"""

from msgspec import Struct

from schemas.handoff import Ripe
from schemas.routing_policy import FollowUp, Promise
from schemas.units import MINUTE_MS, DurationMs, Millis
from streams.routing.calendar import Calendar

LATE_MS = 5 * MINUTE_MS
"""A touch that Kafka got later than this after it happened is late: nobody could have answered it in time."""


class Clocks(Struct, frozen=True, kw_only=True):
    """Moments of one assignment; None: not promised."""

    respond_by_ms: Millis | None = None
    remind_ms: Millis | None = None
    escalate_ms: Millis | None = None
    reassign_ms: Millis | None = None


class Attempt(Struct, frozen=True, array_like=True):
    """A planned attempt to reach the lead."""

    due_ms: Millis
    channel: str


def is_late(ripe: Ripe) -> bool:
    """Did Kafka get the touch long after it happened?"""
    return ripe.received_ms - ripe.touch_at_ms > LATE_MS


def clocks(ripe: Ripe, promise: Promise, calendar: Calendar, since_ms: Millis | None = None) -> Clocks:
    """`since_ms`: of a reassignment, which promises anew; None: from the touch."""
    if ripe.history:
        return Clocks()
    start_ms = since_ms if since_ms is not None else ripe.received_ms if is_late(ripe) else ripe.touch_at_ms
    return moments(promise, calendar, start_ms)


def moments(promise: Promise, calendar: Calendar, start_ms: Millis) -> Clocks:
    """Of a promise that counts from this moment."""

    def moment(length_ms: DurationMs | None) -> Millis | None:
        if length_ms is None:
            return None
        return calendar.sure(start_ms, length_ms) if promise.working else start_ms + length_ms

    return Clocks(
        respond_by_ms=moment(promise.within_ms),
        remind_ms=moment(promise.remind_ms),
        escalate_ms=moment(promise.escalate_ms),
        reassign_ms=moment(promise.reassign_ms),
    )


def plan(follow_up: FollowUp, calendar: Calendar, start_ms: Millis) -> list[Attempt]:
    """Attempts from the assignment on; one that falls outside working time waits for its beginning."""
    return [
        Attempt(calendar.sure_open(start_ms + offset_ms), channel)
        for offset_ms, channel in zip(follow_up.offsets_ms, follow_up.channels, strict=True)
    ]
