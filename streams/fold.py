"""What happens to a lead: each event of its log changes its state, and may make it ripe. The whole fold is here.

Records come in the order of the log. The fold mutates the states it is given: whoever holds them throws them away
when a write fails.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from schemas.handoff import HandoffType
from schemas.lead_event import Assigned, CrmSaid, FactLearned, LeadEvent, TimerFired, TouchSeen
from schemas.lead_state import LeadState
from schemas.ledger import Dimension
from schemas.reject import Reason, Reject
from streams.card import is_open
from streams.folded import Folded
from streams.generations.log_marks import NO_LEAD
from streams.handoff.answers import hear, stale
from streams.handoff.ripeness import OPEN, fired, held_back, open_episode, phrase, rearm
from streams.handoff.telling import say
from streams.judge import Judge
from streams.lead_codec import applied_of, decode, encode
from streams.scoring.engagement import engagement
from streams.scoring.facts import take_in
from streams.scoring.fit import fit_lines
from streams.scoring.ledger import Ledger
from streams.scoring.repeats import seen_before
from streams.scoring.touching import counts, touch
from streams.topology import LEAD_STATE
from streams.transition import transition

FOLD_REVISION = 1
"""Number of the judgement: raised when the same log would be judged otherwise."""

FLOOD_BYTES = 64 * 1024
"""A lead whose state grows past this is a flood; measured at every 64th touch."""

MOST_STATE_BYTES = LEAD_STATE.max_message_bytes // 2
"""A flood is stopped at 64 kB, but looked at every 64th touch only; the topic takes 1 MiB."""

FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, msgspec.MsgspecError)
"""What a fold that cannot apply one event raises: always the same for the same event and state."""

_DECODER = msgspec.json.Decoder(LeadEvent)


class Record(Protocol):
    """A record of the log, as Kafka clients hand it out."""

    offset: int
    key: bytes | None
    value: bytes | None


class Leads(Protocol):
    """The score table of one partition, as the fold sees it."""

    def get(self, key: bytes) -> bytes | None:
        """The lead's record as last persisted; None for a new lead."""
        ...


def fold(records: Sequence[Record], leads: Leads, judge: Judge, *, ledger: bool = True) -> Folded:
    """Apply records of one partition, each lead's in order. Records that the table already holds are passed over.

    Lead by lead: a state is decoded, changed and encoded while it is in the processor's cache, and then forgotten.
    """
    folded = Folded()
    by_lead: dict[bytes, list[int]] = {}
    for index, record in enumerate(records):
        key = record.key
        if key is None:
            folded.refused.append((index, Reject(reason=Reason.POISON, detail="key: missing; the log needs a lead id")))
        elif (indexes := by_lead.get(key)) is not None:
            indexes.append(index)
        elif not key.startswith(NO_LEAD):
            by_lead[key] = [index]
    for key, indexes in by_lead.items():
        before = leads.get(key)
        done = -1 if before is None else applied_of(before)
        if records[indexes[-1]].offset <= done:
            continue
        state = _fold_lead(
            key, [i for i in indexes if records[i].offset > done], records, before, judge, folded, ledger
        )
        last = records[indexes[-1]].offset
        value = encode(state, last)
        if len(value) > MOST_STATE_BYTES:
            state = LeadState() if before is None else decode(before)
            state.flooded = True
            value = encode(state, last)
        folded.states[key] = value
    folded.refused.sort(key=_index)
    return folded


def _fold_lead(
    key: bytes,
    indexes: list[int],
    records: Sequence[Record],
    before: bytes | None,
    judge: Judge,
    folded: Folded,
    ledger: bool,
) -> LeadState:
    state = LeadState() if before is None else decode(before)
    for place, index in enumerate(indexes):
        record = records[index]
        try:
            apply(
                state, key.decode(), _DECODER.decode(record.value or b""), record.offset, judge, folded, ledger, index
            )
        except FAULTS as fault:
            state = _as_before(key, indexes[:place], records, before, judge, folded)
            state.quarantine = [record.offset, FOLD_REVISION]
            detail = f"the event at offset {record.offset} cannot be applied ({type(fault).__name__}); lead quarantined"
            folded.refused.append((index, Reject(reason=Reason.POISON, detail=detail)))
    return state


def _as_before(
    key: bytes, indexes: list[int], records: Sequence[Record], before: bytes | None, judge: Judge, folded: Folded
) -> LeadState:
    """A lead's state without an event that may have left it half changed: those before it are folded again."""
    state = LeadState() if before is None else decode(before)
    refused = {i for i, reject in folded.refused if reject.reason is Reason.POISON}
    scratch = Folded()
    for index in indexes:
        record = records[index]
        if index in refused:
            state.quarantine = [record.offset, FOLD_REVISION]
        else:
            apply(
                state, key.decode(), _DECODER.decode(record.value or b""), record.offset, judge, scratch, False, index
            )
    return state


def _index(refused: tuple[int, Reject]) -> int:
    return refused[0]


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
    """One event. The order is: is it new, let time pass, take the event in, is the lead ripe."""
    if isinstance(event, Assigned):
        _assigned(state, event)
        return
    if isinstance(event, TimerFired):
        return
    told = event if isinstance(event, TouchSeen) else None
    if told is not None and state.flooded:
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
    previous, fit_before, surged = state.engagement, state.fit, ""
    if state.as_of_ms == 0:
        state.temperature_ms = state.grade_ms = event.at_ms
    if event.at_ms > state.as_of_ms:
        pass_time(state, event.at_ms, judge, book, will_count=told is not None and counts(state, told))
    faded = state.engagement
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
    if not state.armed and judge.model.handoff is not None:
        rearm(state, judge.model.handoff, state.engagement)
    if state.engagement != previous and (was := judge.temperature(previous)) != judge.temperature(state.engagement):
        folded.stages.append(transition(lead_id, state, "temperature", was, judge.temperature(state.engagement), event))
    if state.fit != fit_before and (was := judge.grade(fit_before)) != judge.grade(state.fit):
        folded.stages.append(transition(lead_id, state, "grade", was, judge.grade(state.fit), event))
    if told is None or not told.history:
        _ripen(state, lead_id, event, judge, folded, surged, faded)


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
    if judge.model.handoff is not None:
        rearm(state, judge.model.handoff, state.engagement)


def _ripen(
    state: LeadState,
    lead_id: str,
    event: TouchSeen | FactLearned | CrmSaid,
    judge: Judge,
    folded: Folded,
    surged: str,
    previous: int,
) -> None:
    """Hand off when a trigger holds and nothing keeps the lead; count a would-be handoff once."""
    line = judge.model.handoff
    trigger = fired(state, judge, surged)
    if line is None or trigger is None:
        state.held = ""
        return
    held = held_back(state, judge, line)
    if not held:
        open_episode(state, lead_id, event, trigger)
        why = phrase(trigger, state, line)
        folded.ripe.append(say(HandoffType.REQUESTED, state, judge, lead_id, event, why, previous))
    elif not state.held and held != OPEN:
        folded.suppressed[held] += 1
    state.held = held or OPEN


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
