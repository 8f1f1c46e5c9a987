"""A lead crosses from one label, level or stage to another: said once, with the time it spent under the one it left."""

from typing import Literal

from schemas.journal import StageChanged
from schemas.lead_event import CrmSaid, FactLearned, LeadEvent, MergedFrom, Restated, TimerFired, TouchSeen
from schemas.lead_state import LeadState
from schemas.units import MICRO, SECOND_MS
from streams.moments import rfc3339

Dimension = Literal["temperature", "grade", "level", "stage"]


def transition(
    lead_id: str, state: LeadState, dimension: Dimension, was: str, now: str, event: LeadEvent | None, why: str = ""
) -> StageChanged:
    """The word for `lead.stages`; the state remembers since when it is so. `why`: the reason, if it is not a score.

    No event: another model alone changed it.
    """
    at_ms = state.as_of_ms
    match dimension:
        case "temperature":
            since_ms, state.temperature_ms = state.temperature_ms, at_ms
        case "grade":
            since_ms, state.grade_ms = state.grade_ms, at_ms
        case "level":
            since_ms, state.level_ms = state.level_ms, at_ms
        case "stage":
            since_ms, state.stage_ms = state.stage_ms, at_ms
    return StageChanged(
        lead_id=lead_id,
        at=rfc3339(at_ms),
        dimension=dimension,
        previous=was,
        to=now,
        seconds_in_from=(at_ms - since_ms) / SECOND_MS if since_ms else None,
        by=event.by if isinstance(event, FactLearned | CrmSaid) else "",
        why=why or f"{_score(state, dimension)} after {_what(event)}",
        cause="" if event is not None else "model",
        source=state.captured_by,
        segment=state.segment,
    )


def _score(state: LeadState, dimension: Dimension) -> str:
    return f"fit {state.fit / MICRO:g}" if dimension == "grade" else f"engagement {state.engagement / MICRO:g}"


def _what(event: LeadEvent | None) -> str:
    """In words, with the id by which it is found."""
    match event:
        case None:
            return "another model"
        case FactLearned():
            return f"{', '.join(event.facts)} ({event.id})"
        case TouchSeen() | CrmSaid():
            return f"{event.kind} ({event.id})"
        case TimerFired():
            return "time alone"
        case MergedFrom():
            return f"the merge with {event.loser}"
        case Restated():
            return f"a restatement, {event.why} ({event.id})"
    return event.id
