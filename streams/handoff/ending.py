"""How a handoff ends, and whether what was planned was done until then."""

from schemas.handoff import HandoffType, Outcome
from schemas.lead_event import Told
from schemas.lead_state import Episode, LeadState
from streams.folded import Folded
from streams.handoff.telling import say
from streams.judge import Judge


def kept(episode: Episode) -> tuple[bool | None, str]:
    """Were the planned attempts made? None: none were planned."""
    clock = episode.clock
    if clock is None or not clock.planned:
        return None, ""
    return clock.answered or clock.attempts >= clock.planned, f"{clock.attempts}/{clock.planned}"


def end(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, outcome: Outcome, phrase: str = ""
) -> None:
    """Close the open handoff, saying whether what was planned was done; it may be tried again later."""
    episode = state.episode
    if episode is None:
        raise ValueError("only a handoff that stands open ends")
    whether, how_many = kept(episode)
    clock = episode.clock
    episode.status, episode.closed_ms = "closed", max(event.at_ms, episode.opened_ms, 1)
    if clock is not None:
        lost = outcome.result != "won"
        clock.again_at_ms = episode.closed_ms + clock.again_ms if clock.again_ms and lost else 0
    told = Outcome(
        result=outcome.result, amount=outcome.amount, currency=outcome.currency, side=outcome.side, cause=outcome.cause,
        owner=outcome.owner, cadence_kept=whether, kept=how_many,
    )  # fmt: skip
    why = phrase or f"Not reached in {how_many or 'all'} attempts"
    folded.ripe.append(say(HandoffType.CLOSED, state, judge, lead_id, event, why, state.engagement, outcome=told))
