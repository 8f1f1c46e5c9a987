"""A lead crosses from one label to another: said once, with the time it spent under the one it left."""

from typing import Literal

from schemas.journal import StageChanged
from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.units import SECOND_MS
from streams.moments import rfc3339


def transition(
    lead_id: str, state: LeadState, dimension: Literal["temperature", "grade"], was: str, now: str, event: LeadEvent
) -> StageChanged:
    """The word for `lead.stages`; the state remembers since when the label is what it is."""
    at_ms = state.as_of_ms
    if dimension == "temperature":
        since_ms, state.temperature_ms = state.temperature_ms, at_ms
    else:
        since_ms, state.grade_ms = state.grade_ms, at_ms
    return StageChanged(
        lead_id=lead_id,
        at=rfc3339(at_ms),
        dimension=dimension,
        previous=was,
        to=now,
        seconds_in_from=(at_ms - since_ms) / SECOND_MS if since_ms else None,
        why=event.id,
        source=state.captured_by,
    )
