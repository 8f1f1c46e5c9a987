"""The episode of a lead: one ripening, from trigger to closure."""

from schemas.handoff import TriggerKind
from schemas.lead_state import LeadState


def is_open(state: LeadState) -> bool:
    """Does a handoff stand open?"""
    return state.episode is not None and state.episode.closed_ms == 0


def may_cool(state: LeadState) -> bool:
    """Does a handoff stand open that nobody took up, opened by the line? Other triggers ask for no score."""
    episode = state.episode
    return (
        episode is not None
        and episode.closed_ms == 0
        and episode.status in ("requested", "assigned")
        and episode.trigger == TriggerKind.THRESHOLD
    )
