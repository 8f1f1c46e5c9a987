"""A lead's state worked out anew from its log takes the old one's place, if the lead is still as it was then."""

from collections.abc import Mapping

import msgspec
from xxhash import xxh3_64_hexdigest

from schemas.lead_event import Restated
from schemas.lead_state import Kin, LeadState
from schemas.ledger import Cause, Dimension
from streams.activation import taken_on
from streams.folded import Folded
from streams.handoff.episode import is_open
from streams.judge import Judge
from streams.kin.carried import carried
from streams.kin.gone import become, is_gone
from streams.kin.remembered import united_seen
from streams.kin.scores import scores
from streams.lead_codec import encode
from streams.scoring.ledger import Ledger
from streams.settling import settle, withdraw
from streams.stages.joining import say_joined

CAUSES = {"split": Cause.SPLIT, "consent": Cause.CONSENT, "overlap": Cause.MERGE}
"""By why it was restated; whatever else: touches that count after all."""


def mark_of(state: LeadState) -> str:
    """What every event of a lead that changes anything leaves its trace in. It is on logs: it may never change."""
    kin, episode = state.kin or Kin(), state.episode
    traces = (
        state.as_of_ms, state.seen, state.inputs, kin.merged_into, kin.sent, sorted(kin.heard.items()), kin.erased_ms,
        None if episode is None else [episode.handoff_id, episode.revision, episode.status, episode.owner,
                                      episode.queue, episode.respond_by_ms, episode.sequence],
        bool(state.quarantine),
    )  # fmt: skip
    return xxh3_64_hexdigest(msgspec.msgpack.encode(traces))


def restated(lead_id: str, was: LeadState, anew: LeadState, *, through: int, why: str, at_ms: int) -> Restated:
    """The event that puts `anew` in the place of `was`, which is the lead after its event at offset `through`."""
    return Restated(
        id=f"{lead_id}/restated/{through}", at_ms=at_ms, through=through, was=mark_of(was), state=encode(anew, through),
        why=why,
    )  # fmt: skip


def is_stale(state: LeadState, event: Restated, stood: int) -> bool:
    """Did something happen to the lead since? `stood`: where its last event before this one lies."""
    return event.was != mark_of(state) if event.was else stood > event.through


def restate(
    state: LeadState,
    lead_id: str,
    event: Restated,
    offset: int,
    judge: Judge,
    earlier: Mapping[str, Judge],
    folded: Folded,
    ledger: bool,
) -> None:
    """What is told by differences goes on from the old state: labels, tasks, what is remembered against repeats.

    A handoff is taken as the new state tells it, as said; one that stood open here and is closed there is withdrawn.
    """
    anew, before = carried(event.state), (state.engagement, state.fit, state.level)
    stage = (state.stage, state.stage_ms)
    numbers, deals, episode = (state.engagement, state.fit, state.completeness), state.deals, state.episode
    anew.nurture_ms = state.nurture_ms
    anew.redirected = list(dict.fromkeys([*anew.redirected, *state.redirected]))
    anew.kin, anew.inputs, anew.seen = _of_kin(state, anew), state.inputs, united_seen(anew.seen, state.seen)
    was_open = is_open(state)
    become(state, anew)
    folded.kin["restated"] += 1
    if is_gone(state):
        return
    by, at_ms = taken_on(state, judge, earlier), state.as_of_ms
    say_joined(state, lead_id, event, folded, *stage)
    now = scores(state, by)
    if ledger:
        book = Ledger(lead_id, offset, event, at_ms, by, folded.ledger)
        for dimension, was, score in zip(Dimension, numbers, now, strict=True):
            book.write(dimension, "restated", score - was, score, CAUSES.get(event.why, Cause.TOUCH), by=event.why)
    state.engagement, state.fit, state.completeness = now
    ours = state.episode
    if was_open and episode is not None and ours is not None and ours.handoff_id == episode.handoff_id:
        ours.revision = max(ours.revision, episode.revision)
        if ours.closed_ms:
            withdraw(state, lead_id, event, by, folded, before[0], event.why)
    settle(state, lead_id, event, by, folded, before, deals)


def _of_kin(state: LeadState, anew: LeadState) -> Kin:
    """Numbers only rise: what was sent and heard stays so."""
    kin, other = state.kin or Kin(), anew.kin or Kin()
    heard = {loser: max(number, other.heard.get(loser, 0)) for loser, number in kin.heard.items()}
    return msgspec.structs.replace(other, sent=max(kin.sent, other.sent), heard=other.heard | heard)
