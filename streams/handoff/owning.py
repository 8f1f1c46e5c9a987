"""Whose a lead is, and when that person was last heard to do something about it."""

from schemas.lead_event import CrmSaid
from schemas.lead_state import LeadState

SEEN = "seen"
"""Of `LeadState.words`: when the owner was last heard of with the lead."""


def person(by: str) -> str:
    """Who says so, if it is somebody: a system reports what others did."""
    return "" if by.startswith("crm:") else by


def owned_by(state: LeadState, owner: str) -> None:
    """Somebody has the lead now; what was heard of the one before says nothing of them."""
    if owner != state.owner:
        state.words.pop(SEEN, None)
    state.owner = owner


def owner_heard(state: LeadState, event: CrmSaid) -> None:
    """A report by the owner, or one that names the owner."""
    if state.owner and state.owner in (person(event.by), event.owner):
        _seen(state, event.at_ms)


def episode_ended(state: LeadState) -> None:
    """A new episode begins: until the last one's end its owner had the lead."""
    last = state.episode
    if last is not None and last.closed_ms and state.owner and last.owner == state.owner:
        _seen(state, last.closed_ms)


def _seen(state: LeadState, at_ms: int) -> None:
    state.words[SEEN] = max(at_ms, state.words.get(SEEN, 0))
