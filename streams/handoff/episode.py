"""The episode of a lead: one ripening, from trigger to closure."""

from schemas.lead_state import LeadState


def is_open(state: LeadState) -> bool:
    """Does a handoff stand open?"""
    return state.episode is not None and state.episode.closed_ms == 0
