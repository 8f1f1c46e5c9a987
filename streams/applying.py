"""One event of a lead's log, applied: is it new, let time pass, take it in, where does the lead stand, is it ripe."""

from schemas.handoff import HandoffType
from schemas.lead_event import Assigned, CrmSaid, FactLearned, Heard, TimerFired, TouchSeen
from schemas.lead_state import LeadState
from schemas.ledger import Dimension
from schemas.reject import Reason, Reject
from schemas.stage import Enters
from streams.consent import flags, told_anew
from streams.consent import hear as hear_word
from streams.folded import Folded
from streams.handoff.answers import hear, stale
from streams.handoff.assigned import assigned
from streams.handoff.clocks import answered, due, next_clock
from streams.handoff.episode import is_open
from streams.handoff.level_word import unknown_level
from streams.handoff.refusals import unknown_cause
from streams.handoff.ripeness import (
    backfilled,
    rearm,
)
from streams.handoff.telling import say
from streams.handoff.updates import changed
from streams.judge import Judge
from streams.lead_codec import encode
from streams.scoring.engagement import engagement
from streams.scoring.facts import take_in
from streams.scoring.fit import fit
from streams.scoring.ledger import Ledger
from streams.scoring.repeats import seen_before
from streams.scoring.touching import counts, touch
from streams.settling import ripen, settle, stand, tasks
from streams.stages.moving import begin, enter
from streams.stages.moving import due as stage_due
from streams.stages.reporting import unknown_stage

FLOOD_BYTES = 64 * 1024
"""A lead whose state grows past this is a flood; measured at every 64th touch."""


def apply(
    state: LeadState,
    lead_id: str,
    event: Heard | Assigned | TimerFired,
    offset: int,
    judge: Judge,
    folded: Folded,
    ledger: bool,
    index: int,
    direct: bool = True,
) -> None:
    """Change the state; what is to be said goes to `folded`. Not `direct`: another lead forwarded the event."""
    if isinstance(event, Assigned):
        assigned(state, lead_id, event, judge, folded)
        return
    if isinstance(event, TimerFired):
        _time_alone(state, lead_id, event, offset, judge, folded, ledger)
        return
    told = event if isinstance(event, TouchSeen) else None
    refusal = judge.closing.get((told.kind, told.channel)) if told is not None and told.direction == "in" else None
    if told is not None and state.flooded and refusal is None:
        folded.touches[told.channel, "flood"] += 1
        detail = f"lead: its state is past {FLOOD_BYTES} bytes; a machine, or many people under one identity"
        folded.refused.append((index, Reject(reason=Reason.FLOOD, detail=detail)))
        return
    if isinstance(event, CrmSaid) and (unknown := _unknown(state, event, judge)) is not None:
        folded.refused.append((index, unknown))
        return
    if seen_before(state, event, direct):
        if told is not None:
            folded.touches[told.channel, "repeat"] += 1
        return
    clock_ms = max(state.as_of_ms, event.at_ms)
    book = Ledger(lead_id, offset, event, clock_ms, judge, folded.ledger) if ledger else None
    before, deals, surged = (state.engagement, state.fit, state.level), state.deals, ""
    if state.as_of_ms == 0:
        state.temperature_ms = state.grade_ms = event.at_ms
        folded.new[judge.name] += told is None or not told.history
    if not state.stage:
        begin(state, judge, clock_ms)
    if event.at_ms > state.as_of_ms:
        pass_time(state, event.at_ms, judge, book, will_count=told is not None and counts(state, told, judge))
    faded, may = state.engagement, flags(state, judge.needed) if is_open(state) else None
    if refusal is not None:
        hear_word(state, refusal, event.at_ms, False)
    if event.ids:
        state.ids.update(event.ids)
    if told is not None:
        outcome, surged = touch(state, told, judge, book)
        if state.episode is not None and answered(state, told):
            enter(state, lead_id, event, judge, folded, (Enters.ANSWERED,), f"answered: {told.kind} ({told.id})")
        folded.touches[told.channel, outcome] += 1
        if state.touches & 63 == 63:
            state.flooded = len(encode(state, offset)) > FLOOD_BYTES
    elif isinstance(event, FactLearned):
        take_in(state, event, judge, book)
    elif isinstance(event, CrmSaid):
        doubt = state.kin is not None and state.kin.doubt
        if (late := stale(state, event)) is not None:
            folded.refused.append((index, late))
        elif (impossible := hear(state, event, judge, lead_id, folded)) is not None:
            folded.refused.append((index, impossible))
        if state.kin is not None and state.kin.doubt != (doubt or ""):
            folded.kin["doubt"] += 1
    shortcuts = stand(state, lead_id, event, judge, folded, before)
    if told is None or not told.history:
        ripen(state, lead_id, event, judge, folded, surged, faded, shortcuts)
    else:
        state.held = backfilled(state, judge)
    if may is not None and is_open(state) and (now := flags(state, judge.needed)) != may:
        why = told_anew(may, now)
        folded.ripe.append(say(HandoffType.UPDATED, state, judge, lead_id, event, why, before[0]))
    if state.episode is not None and (told is None or not told.history):
        changed(state, lead_id, event, judge, folded)
    tasks(state, lead_id, event, judge, folded, deals)


def _time_alone(
    state: LeadState, lead_id: str, event: TimerFired, offset: int, judge: Judge, folded: Folded, ledger: bool
) -> None:
    """The lead's deadline has passed, and nothing else happened."""
    book = Ledger(lead_id, offset, event, event.at_ms, judge, folded.ledger) if ledger else None
    before, said = (state.engagement, state.fit, state.level), _said(folded)
    if event.at_ms > state.as_of_ms:
        pass_time(state, event.at_ms, judge, book, will_count=False)
    settle(state, lead_id, event, judge, folded, before, state.deals)
    if 0 < next_clock(state) <= event.at_ms:
        deals = state.deals
        due(state, lead_id, event, judge, folded)
        stage_due(state, lead_id, event, judge, folded)
        tasks(state, lead_id, event, judge, folded, deals)
    if state.episode is not None:
        changed(state, lead_id, event, judge, folded)
    folded.timers["changed" if _said(folded) > said else "early"] += 1


def _unknown(state: LeadState, event: CrmSaid, judge: Judge) -> Reject | None:
    """A word that names what the model does not know."""
    return unknown_level(event, judge) or unknown_cause(event, judge) or unknown_stage(event, state, judge)


def _said(folded: Folded) -> int:
    return len(folded.stages) + len(folded.ripe) + len(folded.tasks)


def pass_time(state: LeadState, now_ms: int, judge: Judge, book: Ledger | None, *, will_count: bool) -> None:
    """Move the lead's clock; what time alone takes or gives writes its own line, and may re-arm the handoff.

    `will_count`: a touch follows and measures engagement itself, so without ledger and re-arm we need not.
    """
    state.as_of_ms = now_ms
    counted = state.rules or state.bursts
    if judge.engagement_moves and counted and (book is not None or not state.armed or not will_count):
        now = engagement(state, judge, now_ms)
        if book is not None:
            book.time(Dimension.ENGAGEMENT, now - state.engagement, now)
        state.engagement = now
    if judge.moving_facts and not judge.moving_facts.isdisjoint(state.facts):
        now = fit(state, judge, now_ms)
        if book is not None:
            book.time(Dimension.FIT, now - state.fit, now)
        state.fit = now
    if not state.armed and (line := judge.line_of(state, now_ms)) is not None:
        rearm(state, line, state.engagement)
