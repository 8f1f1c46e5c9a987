"""The episode of a lead: one ripening, from trigger to closure."""

from schemas.lead_state import LeadState


def is_open(state: LeadState) -> bool:
    """Does a handoff stand open?"""
    episode = state.episode
    return episode is not None and episode.closed_ms == 0


def is_waiting(state: LeadState) -> bool:
    """Does a handoff stand open that nobody took up?"""
    episode = state.episode
    return episode is not None and episode.closed_ms == 0 and episode.status in ("requested", "assigned")


def may_cool(state: LeadState) -> bool:
    """Does a handoff stand open that nobody took up, of a lead that was at the line meanwhile?"""
    episode = state.episode
    return (
        episode is not None and episode.warm and episode.closed_ms == 0 and episode.status in ("requested", "assigned")
    )
