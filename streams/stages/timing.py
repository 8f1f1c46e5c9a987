"""How long a lead may stay: who stays too long is looked at, and who does nothing for too long is idle."""

from schemas.lead_state import LeadState
from schemas.stage import Stage
from schemas.units import LATEST_MS


def stuck_at(state: LeadState, here: Stage) -> int:
    """When it has stayed too long; 0: never."""
    return state.stage_ms + here.stuck_after_ms if here.stuck_after_ms else 0


def idle_at(state: LeadState, here: Stage) -> int:
    """When it has done nothing for too long, if it does nothing until then; 0: never."""
    return max(state.stage_ms, state.recent_ms) + here.idle_after_ms if here.idle_after_ms else 0


def next_due(state: LeadState, here: Stage, after_ms: int) -> int:
    """The first of these moments after one; 0: none. A touch may put it off: who looks then, looks again."""
    moments = (stuck_at(state, here), idle_at(state, here))
    return min((moment for moment in moments if after_ms < moment <= LATEST_MS), default=0)
