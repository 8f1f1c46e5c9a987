"""A lead while a batch of its events is applied, each under the model that judges the lead then."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from schemas.lead_event import Assigned, Heard, LeadEvent, TimerFired, TouchSeen
from schemas.lead_state import LeadState
from streams.activation import judge_before, taken_on
from streams.applying import apply, pass_time
from streams.deadlines import after_timer, next_deadline, stands
from streams.folded import Folded
from streams.handoff.clocks import next_clock, sooner
from streams.handoff.episode import is_open, may_cool
from streams.judge import Judge
from streams.kin.receiving import OfKin, received, unwrapped
from streams.lead_codec import applied_of, decode
from streams.scoring.ledger import Ledger
from streams.switch import crossings, stands_under_another, stood_by

_DECODER = msgspec.json.Decoder(LeadEvent)


FOLD_REVISION = 1
"""Number of the judgement: raised when the same log would be judged otherwise."""


class Logged(Protocol):
    """A record of the log."""

    offset: int
    value: bytes | None


class Life:
    """A lead while a batch of its events is applied."""

    def __init__(
        self,
        lead_id: str,
        before: bytes | None,
        judge: Judge,
        earlier: Mapping[str, Judge],
        folded: Folded,
        ledger: bool,
    ) -> None:
        self.state = LeadState() if before is None else decode(before)
        self._stood: int | None = None
        """Where the lead's last event lies; None: where its record says."""
        self._lead_id, self._before = lead_id, before
        self._judge, self._earlier = judge, earlier
        self._folded, self._ledger = folded, ledger

    def take(self, record: Logged, index: int) -> None:
        """Apply one event, and see when time alone may change something next. `index`: of the record in its batch."""
        state, folded, event = self.state, self._folded, _DECODER.decode(record.value or b"")
        stood, self._stood = self._stood, record.offset
        if isinstance(event, TouchSeen) and state.kin is None:
            left: Heard | Assigned | TimerFired = event
        else:
            received = self._received(event, record, stood)
            if received is None:
                return
            left = received
        by, model, at_ms = self._judge, state.model, state.as_of_ms
        if model != by.key:
            by = self._adopted(record.offset, left)
        before = _signs(state, folded)
        apply(state, self._lead_id, left, record.offset, by, folded, self._ledger, index, left is event)
        after = _signs(state, folded)
        if by is not self._judge and not is_open(state):
            by = self._adopted(record.offset, left)  # what it was handed off by is over
        if isinstance(event, TimerFired):
            state.deadline_ms = sooner(after_timer(state, by), after[0])
        elif (
            before != after
            or state.model != model
            or not (isinstance(left, TouchSeen) and stands(state, left, by, at_ms))
        ):
            state.deadline_ms = sooner(next_deadline(state, by, exact=False), after[0])

    def speak(self, folded: Folded, ledger: bool) -> None:
        """What the lead says from here on is said there."""
        self._folded, self._ledger = folded, ledger

    def quarantine(self, offset: int) -> None:
        """The event at this offset cannot be applied, and the lead is as if it had not come."""
        self.state.quarantine, self._stood = [offset, FOLD_REVISION], offset

    def _received(self, event: LeadEvent, record: Logged, stood: int | None) -> Heard | Assigned | TimerFired | None:
        """What is left to be applied of an event that is no touch, or comes to a lead that has to do with others."""
        state, folded = self.state, self._folded
        if isinstance(event, TimerFired) and (event.model or event.at_ms != state.deadline_ms):
            if not event.model or not self._comes_under(event, record.offset):
                folded.timers["stale"] += 1
            return None
        if state.kin is None and not isinstance(event, OfKin):
            return event
        if stood is None:
            stood = -1 if self._before is None else applied_of(self._before)
        return received(state, self._lead_id, event, record, stood, self._judge, self._earlier, folded, self._ledger)

    def _comes_under(self, event: TimerFired, offset: int) -> bool:
        """A lead to which nothing happens comes under the model in force: time passes for it under its own until then.

        Nobody is handed off by it. Not needed where something has happened meanwhile, or a deadline comes first.
        """
        state = self.state
        if event.model != self._judge.key or not stands_under_another(state, self._judge.key):
            return False
        if 0 < state.deadline_ms <= event.at_ms:
            return False
        if event.at_ms > state.as_of_ms:
            before = judge_before(state, self._judge, self._earlier)
            book = self._book(event, offset, event.at_ms, before)
            pass_time(state, event.at_ms, before, book, will_count=False)
        by = self._adopted(offset, event)
        state.deadline_ms = sooner(next_deadline(state, by, exact=False), next_clock(state))
        self._folded.timers["model"] += 1
        return True

    def left_before(self, record: Logged) -> int | None:
        """The engagement that is left when a touch comes, before it counts; None: the event is no touch."""
        state, event = self.state, unwrapped(_DECODER.decode(record.value or b""))
        if not isinstance(event, TouchSeen):
            return None
        by = taken_on(state, self._judge, self._earlier)
        if event.at_ms > state.as_of_ms:
            pass_time(state, event.at_ms, by, None, will_count=False)
        return state.engagement

    def _adopted(self, offset: int, event: Heard | Assigned | TimerFired) -> Judge:
        """Who judges a lead that stands under another model yet; what that changes is on ledger and stages."""
        state = self.state
        before, stood = (state.engagement, state.fit, state.completeness), stood_by(state, self._earlier)
        by = taken_on(state, self._judge, self._earlier)
        if stood is not None and state.model != stood.judge.key:
            self._folded.stages += crossings(state, self._lead_id, stood, by)
        book = None if isinstance(event, Assigned) else self._book(event, offset, state.as_of_ms, by)
        if book is not None:
            book.changed_model(before, (state.engagement, state.fit, state.completeness))
        return by

    def _book(self, event: Heard | TimerFired, offset: int, at_ms: int, judge: Judge) -> Ledger | None:
        return Ledger(self._lead_id, offset, event, at_ms, judge, self._folded.ledger) if self._ledger else None


def _signs(state: LeadState, folded: Folded) -> tuple[int, bool, str, int, bool]:
    """When a clock says something next, and what changes a deadline: all but the score."""
    said = len(folded.stages) + len(folded.ripe)
    if state.episode is None:
        return state.stage_due_ms, state.armed, state.held, said, False
    return next_clock(state), state.armed, state.held, said, may_cool(state)
