"""What a flush of the route stage means for sales' own figures: hand-backs, waits for somebody, plans kept."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from schemas.handoff import HandoffType, Ripe
from schemas.lead_event import Assigned
from schemas.units import SECOND_MS, Millis
from streams.moments import to_ms


class Measured(Struct, kw_only=True):
    """History is left out: nobody promised anything."""

    assigned: int = 0
    """Handoffs given to a person, again included."""
    returned: int = 0
    assigned_s: list[float] = []
    """From the touch to a named owner."""
    contact_s: list[float] = []
    """From the touch to the first attempt, told as it happens."""
    in_time: int = 0
    """First contacts by the moment promised."""
    too_late: int = 0
    """Later ones, and handoffs that ended without any."""
    kept: int = 0
    """Closed with all that was planned done, or the lead reached."""
    not_kept: int = 0


def measured(said: Iterable[tuple[Ripe, Assigned | None]], now_ms: Millis) -> Measured:
    """`said`: each word of the flush with what was answered to it."""
    done = Measured()
    for ripe, answer in said:
        if ripe.history:
            continue
        touched_ms = to_ms(datetime.fromisoformat(ripe.trigger.fired_at))
        later = ripe.type is HandoffType.ASSIGNED and ripe.owner
        if later or (ripe.type is HandoffType.REQUESTED and answer is not None and answer.owner and not answer.waited):
            done.assigned += 1
            done.assigned_s.append(max(0, now_ms - touched_ms) / SECOND_MS)
        done.returned += ripe.type is HandoffType.RETURNED
        if ripe.first_contact and ripe.contacted_ms is not None:
            done.contact_s.append(max(0, ripe.contacted_ms - touched_ms) / SECOND_MS)
        ended = ripe.type in (HandoffType.RETURNED, HandoffType.CLOSED)
        if ripe.respond_by_ms is not None and (ripe.first_contact or (ended and ripe.contacted_ms is None)):
            in_time = ripe.contacted_ms is not None and ripe.contacted_ms <= ripe.respond_by_ms
            done.in_time += in_time
            done.too_late += not in_time
        if ripe.outcome is not None and ripe.outcome.cadence_kept is not None:
            done.kept += ripe.outcome.cadence_kept
            done.not_kept += not ripe.outcome.cadence_kept
    return done
