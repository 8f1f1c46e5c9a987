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
from streams.kin.receiving import OF_KIN, received, unwrapped
from streams.lead_codec import applied_of, decode
from streams.scoring.ledger import Ledger
from streams.switch import crossings, stands_under_another, stood_by

_DECODER = msgspec.json.Decoder(LeadEvent)


class Logged(Protocol):
    """A record of the log."""

    offset: int
    value: bytes | None


class Life:
    """A lead while a batch of its events is applied."""

    def __init__(self, before: bytes | None, judge: Judge, earlier: Mapping[str, Judge]) -> None:
        self.state = LeadState() if before is None else decode(before)
        self.stood: int | None = None
        """Where the lead's last event lies; None: where its record says."""
        self._before = before
        self._judge, self._earlier = judge, earlier

    def take(self, record: Logged, lead_id: str, folded: Folded, ledger: bool, index: int) -> None:
        """Apply one event, and see when time alone may change something next."""
        state, event = self.state, _DECODER.decode(record.value or b"")
        stood, self.stood = self.stood, record.offset
        timer, direct = isinstance(event, TimerFired), True
        if isinstance(event, TimerFired) and (event.model or event.at_ms != state.deadline_ms):
            if not event.model or not self._comes_under(event, lead_id, record.offset, folded, ledger):
                folded.timers["stale"] += 1
            return
        if state.kin is not None or type(event) in OF_KIN:
            if stood is None:
                stood = -1 if self._before is None else applied_of(self._before)
            left = received(state, lead_id, event, record, stood, self._judge, self._earlier, folded, ledger)
            if left is None:
                return
            direct, event = left is event, left
        by, model, at_ms = self._judge, state.model, state.as_of_ms
        if model != by.key:
            by = self._adopted(record.offset, lead_id, event, folded, ledger)
        before = (len(folded.stages), len(folded.ripe), state.armed, state.held, may_cool(state), next_clock(state))
        apply(state, lead_id, event, record.offset, by, folded, ledger, index, direct)
        after = (len(folded.stages), len(folded.ripe), state.armed, state.held, may_cool(state), next_clock(state))
        if by is not self._judge and not is_open(state):
            by = self._adopted(record.offset, lead_id, event, folded, ledger)  # what it was handed off by is over
        if timer:
            state.deadline_ms = sooner(after_timer(state, by), after[-1])
        elif (
            before != after
            or state.model != model
            or not (isinstance(event, TouchSeen) and stands(state, event, by, at_ms))
        ):
            state.deadline_ms = sooner(next_deadline(state, by, exact=False), after[-1])

    def _comes_under(self, event: TimerFired, lead_id: str, offset: int, folded: Folded, ledger: bool) -> bool:
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
            book = Ledger(lead_id, offset, event, event.at_ms, before, folded.ledger) if ledger else None
            pass_time(state, event.at_ms, before, book, will_count=False)
        by = self._adopted(offset, lead_id, event, folded, ledger)
        state.deadline_ms = sooner(next_deadline(state, by, exact=False), next_clock(state))
        folded.timers["model"] += 1
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

    def _adopted(
        self, offset: int, lead_id: str, event: Heard | Assigned | TimerFired, folded: Folded, ledger: bool
    ) -> Judge:
        """Who judges a lead that stands under another model yet; what that changes is on ledger and stages."""
        state = self.state
        before, stood = (state.engagement, state.fit, state.completeness), stood_by(state, self._earlier)
        by = taken_on(state, self._judge, self._earlier)
        if stood is not None and state.model != stood.judge.key:
            folded.stages += crossings(state, lead_id, stood, by)
        if ledger and not isinstance(event, Assigned):
            book = Ledger(lead_id, offset, event, state.as_of_ms, by, folded.ledger)
            book.changed_model(before, (state.engagement, state.fit, state.completeness))
        return by
