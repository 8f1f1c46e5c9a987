"""Handoffs of two leads that are one: one stays, of two that stand open the other is taken back."""

from schemas.lead_state import Episode


def reconciled(ours: Episode | None, theirs: Episode | None) -> tuple[Episode | None, Episode | None]:
    """Which one stays, and the one to be withdrawn.

    An open one stays before a closed one, an accepted one before others, then the older one. Of two that are closed
    the later one stays: what it holds back is told from its end.
    """
    if ours is None or theirs is None:
        return ours or theirs, None
    if ours.closed_ms and theirs.closed_ms:
        return max((ours, theirs), key=lambda one: (one.closed_ms, one.handoff_id)), None
    if ours.closed_ms or theirs.closed_ms:
        return (theirs if ours.closed_ms else ours), None
    stays, goes = sorted((ours, theirs), key=_claim)
    return stays, goes


def _claim(episode: Episode) -> tuple[bool, int, str]:
    return episode.status != "accepted", episode.opened_ms, episode.handoff_id
