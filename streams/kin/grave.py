"""A lead whose person was erased: what it was is gone, and nothing is taken in any more."""

from collections.abc import Mapping

from schemas.lead_event import Erased
from schemas.lead_state import Kin, LeadState
from streams.activation import judge_for
from streams.folded import Folded
from streams.handoff.episode import is_open
from streams.handoff.nurture import task
from streams.judge import Judge
from streams.kin.gone import become
from streams.settling import withdraw


def bury(
    state: LeadState, lead_id: str, event: Erased, judge: Judge, earlier: Mapping[str, Judge], folded: Folded
) -> None:
    """A handoff that stands open is taken back, and its word says nothing of the person."""
    bare = LeadState(
        as_of_ms=state.as_of_ms, model=state.model, episode=state.episode, campaign=state.campaign,
        campaign_ms=state.campaign_ms,
    )  # fmt: skip
    if is_open(bare):
        withdraw(bare, lead_id, event, judge_for(state, judge, earlier), folded, 0, "erased")
    if state.nurture_ms:
        folded.tasks.append(task("nurture_left", LeadState(as_of_ms=state.as_of_ms), lead_id, event.id, note="erased"))
    before = state.kin or Kin()
    kin = Kin(sent=before.sent, heard=before.heard, erased_ms=max(event.at_ms, 1))
    become(state, LeadState(seen=state.seen, inputs=state.inputs, kin=kin))
    folded.kin["erased"] += 1
