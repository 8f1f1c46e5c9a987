"""What people said of two leads that are one: of each matter the later word counts, as it would have of one lead."""

from schemas.lead_state import LeadState
from streams.handoff.owning import SEEN
from streams.handoff.ripeness import HISTORY, MODEL


def unite_words(ours: LeadState, theirs: LeadState) -> None:
    """Level, qualification, deal and owner by the later word; what keeps either from a handoff keeps both."""
    if _later(ours, theirs, "level"):
        ours.override = theirs.override
    if _later(ours, theirs, "qualified"):
        ours.unqualified = theirs.unqualified
    if _later(ours, theirs, "deal"):
        ours.deals = theirs.deals
    owner = theirs.owner if theirs.owner and (not ours.owner or theirs.as_of_ms == ours.as_of_ms) else ours.owner
    for one in (ours, theirs):
        if one.owner != owner:  # what was heard of another owner says nothing of this one
            one.words = {about: at_ms for about, at_ms in one.words.items() if about != SEEN}
    for about, at_ms in theirs.words.items():
        ours.words[about] = max(at_ms, ours.words.get(about, 0))
    ours.owner = owner
    ours.held = _held(ours, theirs)
    ours.armed = ours.armed and theirs.armed
    ours.quarantine = ours.quarantine or theirs.quarantine


def _later(ours: LeadState, theirs: LeadState, about: str) -> bool:
    """Did theirs hear the later word on it? A state of an earlier release may hold one without its time."""
    own, other = ours.words.get(about, -1), theirs.words.get(about, -1)
    if own == other == -1:
        return not {"level": ours.override, "qualified": ours.unqualified, "deal": ours.deals}[about]
    return other > own


def _held(ours: LeadState, theirs: LeadState) -> str:
    """Ripe by a model alone, or by what was backfilled alone: so are both, unless the other brings something new."""
    for one, other in ((ours, theirs), (theirs, ours)):
        if one.held == MODEL and not one.armed:
            return MODEL
        if one.held.startswith(HISTORY) and (other.held.startswith(HISTORY) or not (other.touches or other.facts)):
            return one.held
    return "" if ours.held.startswith(HISTORY) else ours.held
