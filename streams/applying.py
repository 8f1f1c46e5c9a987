"""One event of a lead's log, applied: is it new, let time pass, take it in, where does the lead stand, is it ripe."""

from schemas.crm_update import CrmKind
from schemas.handoff import HandoffType
from schemas.lead_event import Assigned, CrmSaid, FactLearned, LeadEvent, TimerFired, TouchSeen
from schemas.lead_state import LeadState
from schemas.ledger import Dimension
from schemas.reject import Reason, Reject
from streams.consent import Purposes, contactable, flags, told_anew
from streams.consent import hear as hear_word
from streams.folded import Folded
from streams.handoff.answers import hear, stale
from streams.handoff.episode import is_open, is_waiting
from streams.handoff.nurture import nurture, task
from streams.handoff.ripeness import (
    CONSENT,
    HISTORY,
    OPEN,
    backfilled,
    by_history,
    cooled,
    fired,
    held_back,
    open_episode,
    phrase,
    rearm,
)
from streams.handoff.telling import say
from streams.judge import Judge
from streams.lead_codec import encode
from streams.scoring.engagement import engagement
from streams.scoring.facts import take_in
from streams.scoring.fit import fit_lines
from streams.scoring.ledger import Ledger
from streams.scoring.repeats import seen_before
from streams.scoring.touching import counts, touch
from streams.standing import level_of, segment_of
from streams.transition import transition

FLOOD_BYTES = 64 * 1024
"""A lead whose state grows past this is a flood; measured at every 64th touch."""

Told = TouchSeen | FactLearned | CrmSaid | TimerFired
"""What can make a lead ripe."""


def apply(
    state: LeadState,
    lead_id: str,
    event: LeadEvent,
    offset: int,
    judge: Judge,
    folded: Folded,
    ledger: bool,
    index: int,
) -> None:
    """Change the state; what is to be said goes to `folded`."""
    if isinstance(event, Assigned):
        _assigned(state, event)
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
    if seen_before(state, event):
        if told is not None:
            folded.touches[told.channel, "repeat"] += 1
        return
    clock_ms = max(state.as_of_ms, event.at_ms)
    book = Ledger(lead_id, offset, event, clock_ms, judge, folded.ledger) if ledger else None
    before, deals, surged = (state.engagement, state.fit, state.level), state.deals, ""
    if state.as_of_ms == 0:
        state.temperature_ms = state.grade_ms = event.at_ms
        folded.new[judge.name] += told is None or not told.history
    if event.at_ms > state.as_of_ms:
        pass_time(state, event.at_ms, judge, book, will_count=told is not None and counts(state, told, judge))
    faded, may = state.engagement, flags(state, judge.needed) if is_open(state) else None
    if refusal is not None:
        hear_word(state, refusal, event.at_ms, False)
    if event.ids:
        state.ids.update(event.ids)
    if told is not None:
        outcome, surged = touch(state, told, judge, book)
        folded.touches[told.channel, outcome] += 1
        if state.touches & 63 == 63:
            state.flooded = len(encode(state, offset)) > FLOOD_BYTES
    elif isinstance(event, FactLearned):
        take_in(state, event, judge, book)
    elif isinstance(event, CrmSaid):
        if (late := stale(state, event)) is not None:
            folded.refused.append((index, late))
        elif (said := hear(state, event, judge, lead_id)) is not None:
            folded.ripe.append(said)
    _stand(state, lead_id, event, judge, folded, before)
    if told is None or not told.history:
        _ripen(state, lead_id, event, judge, folded, surged, faded)
    else:
        state.held = backfilled(state, judge)
    if may is not None and is_open(state) and (now := flags(state, judge.needed)) != may:
        why = told_anew(may, now)
        folded.ripe.append(say(HandoffType.UPDATED, state, judge, lead_id, event, why, before[0]))
    _nurture(state, lead_id, event, folded, deals, judge.needed)


def _time_alone(
    state: LeadState, lead_id: str, event: TimerFired, offset: int, judge: Judge, folded: Folded, ledger: bool
) -> None:
    """The lead's deadline has passed, and nothing else happened."""
    book = Ledger(lead_id, offset, event, event.at_ms, judge, folded.ledger) if ledger else None
    before, said = (state.engagement, state.fit, state.level), len(folded.stages) + len(folded.ripe)
    if event.at_ms > state.as_of_ms:
        pass_time(state, event.at_ms, judge, book, will_count=False)
    _stand(state, lead_id, event, judge, folded, before)
    _ripen(state, lead_id, event, judge, folded, "", before[0])
    _nurture(state, lead_id, event, folded, state.deals, judge.needed)
    folded.timers["changed" if len(folded.stages) + len(folded.ripe) > said else "early"] += 1


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
        now = sum(points for _, points in fit_lines(state, judge, now_ms))
        if book is not None:
            book.time(Dimension.FIT, now - state.fit, now)
        state.fit = now
    if not state.armed and (line := judge.line_of(state, now_ms)) is not None:
        rearm(state, line, state.engagement)


def _stand(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, before: tuple[int, int, str]
) -> None:
    """Labels, segment and level after an event; each change is said once. `before`: engagement, fit, level."""
    engaged, fitted, stood = before
    model, at_ms = judge.model, state.as_of_ms
    if not state.armed and (line := judge.line_of(state, at_ms)) is not None:
        rearm(state, line, state.engagement)
    if model.segments:
        state.segment = segment_of(state, judge, at_ms)
    if state.engagement != engaged:
        was, now = judge.temperature(engaged), judge.temperature(state.engagement)
        if was != now:
            folded.stages.append(transition(lead_id, state, "temperature", was, now, event))
    if state.fit != fitted and (was := judge.grade(fitted)) != (now := judge.grade(state.fit)):
        folded.stages.append(transition(lead_id, state, "grade", was, now, event))
    if model.levels or model.fast_paths or state.override is not None or stood:
        state.level, why = level_of(state, judge, at_ms)
        if state.level != stood:
            why = why or f"no level holds after {event.id}"
            folded.stages.append(transition(lead_id, state, "level", stood, state.level, event, why))


def _ripen(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, surged: str, previous: int
) -> None:
    """Hand off when a trigger holds and nothing keeps the lead; count a would-be handoff once; withdraw what cooled."""
    line = judge.line_of(state, state.as_of_ms)
    if line is not None and cooled(state, line):
        _withdraw(state, lead_id, event, judge, folded, previous, "cooled")
    elif line is not None and state.unqualified and is_waiting(state):
        _withdraw(state, lead_id, event, judge, folded, previous, "unqualified")
    elif line is not None and is_waiting(state) and not contactable(state, judge.needed):
        _withdraw(state, lead_id, event, judge, folded, previous, CONSENT)
    trigger = None if line is None else fired(state, judge, surged, line)
    if line is None or trigger is None:
        state.held = ""
        return
    if by_history(state, event, trigger):
        return
    held = held_back(state, judge, line, trigger)
    if not held:
        open_episode(state, lead_id, event, trigger)
        why = phrase(trigger, state, line)
        folded.ripe.append(say(HandoffType.REQUESTED, state, judge, lead_id, event, why, previous))
    elif held != OPEN and (not state.held or state.held.startswith(HISTORY)):
        folded.suppressed[held] += 1
    state.held = held or OPEN
    if state.engagement >= line.engagement and is_open(state) and state.episode is not None:
        state.episode.warm = True


def _withdraw(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, previous: int, reason: str
) -> None:
    """Nobody took the handoff up, and the lead is not for sales any more."""
    episode = state.episode
    if episode is None:
        return
    episode.status, episode.closed_ms = "withdrawn", max(state.as_of_ms, episode.opened_ms, 1)
    why = f"Withdrawn, {reason} before anybody took it up"
    folded.ripe.append(say(HandoffType.WITHDRAWN, state, judge, lead_id, event, why, previous, reason=reason))


def _nurture(state: LeadState, lead_id: str, event: Told, folded: Folded, deals: int, needed: Purposes) -> None:
    """Tasks for marketing: kept warm or not, and in a deal left alone by mail and ads."""
    if isinstance(event, CrmSaid) and event.kind == CrmKind.REVIEW_REQUESTED:
        folded.tasks.append(task("review", state, lead_id, event.id, f"asked by {event.by}" if event.by else ""))
    kept = nurture(state, lead_id, event.id, needed)
    if kept is not None:
        folded.tasks.append(kept)
    if (state.deals == 1) != (deals == 1):
        folded.tasks.append(
            task("suppress", state, lead_id, event.id, "in a deal: no mail, no ads")
            if state.deals == 1
            else task("unsuppress", state, lead_id, event.id, "the deal is closed")
        )


def _assigned(state: LeadState, event: Assigned) -> None:
    """`route` has chosen: the lead knows its owner or queue and the promise. A stale word is passed over."""
    episode = state.episode
    if episode is None or episode.handoff_id != event.handoff_id or not is_open(state):
        return
    episode.owner, episode.queue = event.owner, event.queue
    episode.respond_by_ms = event.respond_by_ms or 0
    if episode.status == "requested":
        episode.status = "assigned"
    state.owner = event.owner or state.owner
