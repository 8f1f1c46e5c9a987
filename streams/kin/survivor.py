"""The survivor's side of a merge: it takes in all that another lead was, and stands where both together stand."""

from collections.abc import Mapping

from schemas.handoff import HandoffType
from schemas.journal import LeadNews
from schemas.lead_event import MergedFrom
from schemas.lead_state import Episode, LeadState
from schemas.ledger import Cause, Dimension
from streams.activation import adopt, judge_before, taken_on
from streams.applying import FLOOD_BYTES, pass_time
from streams.consent import flags, told_anew
from streams.folded import Folded
from streams.handoff.episode import is_open
from streams.handoff.telling import say
from streams.judge import Judge
from streams.kin.carried import carried
from streams.kin.episodes import reconciled
from streams.kin.merging import merge
from streams.kin.scores import scores
from streams.lead_codec import encode
from streams.moments import rfc3339
from streams.scoring.ledger import Ledger
from streams.settling import settle, withdraw
from streams.stages.joining import say_joined


def take_in(
    state: LeadState,
    lead_id: str,
    event: MergedFrom,
    offset: int,
    judge: Judge,
    earlier: Mapping[str, Judge],
    folded: Folded,
    ledger: bool,
) -> None:
    """`judge`: in force here. Both leads come under one model: of a handoff that stays open, else the one in force."""
    theirs, was_ms = carried(event.state), state.as_of_ms
    numbers, stage = (state.engagement, state.fit, state.completeness), (state.stage, state.stage_ms)
    by = _under_one(state, theirs, judge, earlier)
    clock_ms = max(was_ms, theirs.as_of_ms)
    book = Ledger(lead_id, offset, event, clock_ms, by, folded.ledger) if ledger else None
    if book is not None:
        book.changed_model(numbers, (state.engagement, state.fit, state.completeness))
    before, deals = (state.engagement, state.fit, state.level), state.deals
    if clock_ms > was_ms:
        pass_time(state, clock_ms, by, book, will_count=False)
    may = flags(state, by.needed)
    doubt = "" if state.kin is None else state.kin.doubt
    stays, goes = reconciled(state.episode, theirs.episode)
    surged = merge(state, theirs, by, was_ms)
    say_joined(state, lead_id, event, folded, *stage)
    _score(state, event, by, book)
    if not was_ms:
        state.temperature_ms, state.grade_ms = theirs.temperature_ms, theirs.grade_ms
    if goes is not None:
        _take_back(state, lead_id, event, by, folded, goes, before[0])
    state.episode = stays
    open_before = is_open(state)
    settle(state, lead_id, event, by, folded, before, deals, surged)
    if open_before and is_open(state) and (now := flags(state, by.needed)) != may and by.line_of(state, clock_ms):
        why = told_anew(may, now)
        folded.ripe.append(say(HandoffType.UPDATED, state, by, lead_id, event, why, before[0]))
    state.flooded = state.flooded or len(encode(state, offset)) > FLOOD_BYTES
    if state.kin is not None and state.kin.doubt != doubt:
        folded.kin["doubt"] += 1
    folded.kin["merged"] += 1
    at = rfc3339(event.at_ms)
    folded.news.append(LeadNews(type="lead.merged", lead_id=lead_id, at=at, retired=[event.loser]))


def _under_one(ours: LeadState, theirs: LeadState, judge: Judge, earlier: Mapping[str, Judge]) -> Judge:
    """Who judges both from here on; each is put under that model if need be."""
    stays, _ = reconciled(ours.episode, theirs.episode)
    by = judge
    for one in (ours, theirs):
        if stays is not None and one.episode is stays and is_open(one):
            by = taken_on(one, judge, earlier)
    for one in (ours, theirs):
        if one.as_of_ms == 0:
            one.model = by.key
        elif one.model != by.key:
            adopt(one, judge_before(one, by, earlier), by)
    return by


def _score(state: LeadState, event: MergedFrom, judge: Judge, book: Ledger | None) -> None:
    """The three numbers of both together; what they differ by is one line each."""
    now = scores(state, judge)
    if book is not None:
        for dimension, was, score in zip(
            Dimension, (state.engagement, state.fit, state.completeness), now, strict=True
        ):
            book.write(dimension, "merge", score - was, score, Cause.MERGE, by=event.loser)
    state.engagement, state.fit, state.completeness = now


def _take_back(
    state: LeadState, lead_id: str, event: MergedFrom, judge: Judge, folded: Folded, goes: Episode, previous: int
) -> None:
    """Of two handoffs that stood open: sales hears of one lead once."""
    state.episode = goes
    withdraw(state, lead_id, event, judge, folded, previous, "merged")
