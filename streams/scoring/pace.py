"""How fast points are gained of late: a forward sum that halves every three days."""

from math import exp2

from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MICRO

PACE_HALF_LIFE_MS = 3 * DAY_MS


def add_pace(state: LeadState, at_ms: int, gained: float) -> None:
    """Count gross points gained at their own time; the sum stands at `pace_ms`."""
    if at_ms > state.pace_ms:
        state.pace = state.pace * exp2((state.pace_ms - at_ms) / PACE_HALF_LIFE_MS) + gained
        state.pace_ms = at_ms
    else:
        state.pace += gained * exp2((at_ms - state.pace_ms) / PACE_HALF_LIFE_MS)


def pace(state: LeadState) -> float:
    """Points gained of late, at the lead's clock: what 3 days gained outranks the same of 3 months."""
    halvings: float = (state.pace_ms - state.as_of_ms) / PACE_HALF_LIFE_MS
    return round(state.pace * exp2(halvings)) / MICRO
