"""One of the two models of a replay, at work on a partition: its table, its timers, the handoffs it would have made."""

from collections.abc import Iterable, Mapping
from itertools import chain

import msgspec

from schemas.handoff import HandoffType, Ripe
from schemas.lead_event import CrmSaid, TimerFired
from streams.fold import NOBODY, fold
from streams.folded import Folded
from streams.handoff.episode import is_open
from streams.judge import Judge
from streams.lead_codec import applied_of, deadline_of, decode, moved
from streams.replay.adopting import under
from streams.replay.record import LogRecord
from streams.replay.rounds import Piece, Timed

TIMERS_AT_ONCE = 2_000
"""Leads whose timers fire together, after the last event."""

_ENCODER = msgspec.json.Encoder()


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A handoff that a model asked for."""

    at_ms: int
    handoff_id: str
    engagement: float
    """Points when it was asked for."""
    why: str
    rules: tuple[str, ...]
    """Lines of the breakdown that added points."""


class Side:
    """A model on the past. What it hands off, sales did perhaps not see: it is taken to be answered as the lead was."""

    def __init__(
        self,
        judge: Judge,
        since_ms: int = 0,
        earlier: Mapping[str, Judge] = NOBODY,
        adopts: Mapping[str, Judge] | None = None,
    ) -> None:
        """`earlier`: by key, models that leads may stand under. `adopts`: the same, of a candidate, which never judged
        the log and adopts what leads bring that are merged into others; None: this side judged it.
        """
        self.judge, self.earlier, self._adopts = judge, earlier, adopts
        self._since_ms = since_ms
        self.states: dict[bytes, bytes] = {}
        self.opened: dict[bytes, list[Opened]] = {}
        """Per lead, in order."""
        self.withdrawn = 0
        """Since then."""

    def fold(self, pieces: dict[bytes, Piece], reports: dict[bytes, CrmSaid], fresh: list[bytes]) -> None:
        """One round; `reports` are the CRM's, by lead. Before the pieces of the fresh leads their timers fire."""
        due = {key: at_ms for key in fresh if self._due(key, at_ms := pieces[key][0].timestamp)}
        if due:
            self._fire(due)
        if not reports:
            self._take(chain.from_iterable(pieces.values()))
            return
        answered = dict(pieces)
        for key, report in reports.items():
            answered[key] = [self._addressed(key, pieces[key][0], report)]
        self._take(chain.from_iterable(answered.values()))

    def finish(self, end_ms: int) -> None:
        """Fire the timers that come due before the end."""
        due: dict[bytes, int] = {}
        for key in list(self.states):
            if self._due(key, end_ms):
                due[key] = end_ms
                if len(due) == TIMERS_AT_ONCE:
                    self._fire(due)
                    due = {}
        self._fire(due)

    def _due(self, key: bytes, at_ms: int) -> bool:
        state = self.states.get(key)
        return state is not None and 0 < deadline_of(state) <= at_ms

    def _fire(self, due: dict[bytes, int]) -> None:
        """Fire each lead's timers up to its moment. The timer stands where its last event stood on the log."""
        while due:
            timers: list[Timed] = []
            for key in due:
                state = self.states[key]
                deadline_ms, stood = deadline_of(state), applied_of(state)
                timer = TimerFired(id=f"{key.decode()}/{deadline_ms}", at_ms=deadline_ms)
                timers.append(LogRecord(stood, deadline_ms, key, _ENCODER.encode(timer)))
                self.states[key] = moved(state, stood - 1)
            before = {key: deadline_of(self.states[key]) for key in due}
            self._take(timers)
            due = {
                key: upto
                for key, upto in due.items()
                if self._due(key, upto) and deadline_of(self.states[key]) > before[key]
            }

    def _addressed(self, key: bytes, record: Timed, report: CrmSaid) -> Timed:
        """What a seller said of a handoff that this model never made, was said of the one it has open."""
        state = self.states.get(key)
        if not report.handoff_id or state is None:
            return record
        if any(report.handoff_id == one.handoff_id for one in self.opened.get(key, ())):
            return record
        lead = decode(state)
        if lead.episode is None or not is_open(lead):
            return record
        told = msgspec.structs.replace(report, handoff_id=lead.episode.handoff_id)
        return LogRecord(record.offset, record.timestamp, key, _ENCODER.encode(told))

    def _seen(self, record: Timed) -> Timed:
        value = record.value or b""
        told = under(value, self.judge, self._adopts or NOBODY)
        return record if told is value else LogRecord(record.offset, record.timestamp, record.key, told)

    def _take(self, records: Iterable[Timed]) -> None:
        if self._adopts is not None:
            records = (self._seen(record) for record in records)
        folded: Folded = fold(list(records), self.states, self.judge, ledger=False, earlier=self.earlier)
        self.states.update(folded.states)
        for said in folded.ripe:
            if said.type is HandoffType.REQUESTED:
                self.opened.setdefault(said.lead_id.encode(), []).append(_opened(said))
            elif said.type is HandoffType.WITHDRAWN and said.at_ms >= self._since_ms:
                self.withdrawn += 1


def _opened(said: Ripe) -> Opened:
    return Opened(
        at_ms=said.at_ms,
        handoff_id=said.handoff_id,
        engagement=said.score.engagement,
        why=said.why,
        rules=tuple(line.rule for line in (*said.breakdown, *said.fit_breakdown) if line.points > 0),
    )
