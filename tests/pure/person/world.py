"""A small world for tests: leads with logs of their own, merged and folded live as the worker folds them."""

from collections.abc import Mapping

import msgspec

from schemas.lead_event import LeadEvent, MergedInto, Restated, TimerFired, TouchSeen
from schemas.lead_state import LeadState
from streams.applying import pass_time
from streams.card import velocity
from streams.fold import fold
from streams.folded import Folded
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.kin.restating import restated
from streams.lead_codec import deadline_of, decode, encode
from streams.person.logs import Log
from streams.person.native import Models, as_folded
from streams.person.refold import Line
from streams.scoring.engagement import breakdown
from streams.scoring.fit import fit_breakdown
from tests.pure.lives import Logged

A, B, C = "L0000000000000001", "L0000000000000002", "L0000000000000003"
"""The smaller id survives."""

BY_ITSELF = (
    "facts", "consent", "sources", "captured_by", "first_ms", "touches", "attempts", "did", "campaign", "campaign_ms",
    "ids", "model", "override", "unqualified", "deals", "words", "recent", "recent_ms", "flooded",
)  # fmt: skip
"""What a lead's own events make of it at any moment. Its clock is left aside: a handoff that one of two has makes other
deadlines, and those move clocks; so its scores are compared at one moment."""


class World:
    """Each lead has a partition. Timers fire as soon as the log gets past them."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.lines: dict[str, list[Line]] = {}
        self.table: dict[bytes, bytes] = {}
        self.folded = Folded()
        self.now_ms = 0
        self.homes: dict[str, str] = {}
        """Of leads that are merged away, where messages go."""

    def get(self, key: bytes) -> bytes | None:
        return self.table.get(key)

    @property
    def models(self) -> Models:
        return Models(self.judge, lambda digest: self.judge, {self.judge.key: self.judge})

    def state(self, lead: str) -> LeadState:
        value = self.table.get(lead.encode())
        return LeadState() if value is None else decode(value)

    def put(self, lead: str, event: LeadEvent, logged_ms: int) -> None:
        """The log gets an event of a lead; everybody's timers that are due fire before."""
        self.now_ms = max(self.now_ms, logged_ms)
        for other in sorted(self.lines):
            self._fire(other)
        self._append(lead, msgspec.json.encode(event))

    def say(self, home: str, event: TouchSeen, logged_ms: int) -> None:
        """What `identify` writes for a person: to its home, or straight to who survived that one."""
        target = self.homes.get(home, home)
        self.put(target, event if target == home else msgspec.structs.replace(event, via=home), logged_ms)

    def merge(self, loser: str, survivor: str, logged_ms: int, *, switched: bool) -> None:
        """They are found to be one; `switched`: what comes goes straight to the survivor."""
        self.put(loser, MergedInto(id=f"{loser}/merged/{survivor}", at_ms=logged_ms, survivor=survivor), logged_ms)
        if switched:
            self.switch(loser, survivor)

    def switch(self, loser: str, survivor: str) -> None:
        for home, target in [*self.homes.items(), (loser, loser)]:
            if target == loser:
                self.homes[home] = survivor

    def restate(self, lead: str, anew: LeadState, event_id: str, why: str) -> Restated:
        through = max((line.offset for line in self.lines[lead] if line.key != MODEL_KEY), default=-1)
        event = restated(lead, self.state(lead), anew, through=through, why=why, at_ms=self.now_ms)
        said = msgspec.structs.replace(event, id=event_id)
        self._append(lead, msgspec.json.encode(said))
        return said

    def rest(self) -> None:
        """Timers that are due by now fire."""
        for lead in sorted(self.lines):
            self._fire(lead)

    def log(self, lead: str) -> Log:
        lines = self.lines.get(lead, [])
        return Log(lines, as_folded(lead, lines, self.models, whole=True).counted)

    def logs(self) -> dict[str, Log]:
        return {lead: self.log(lead) for lead in self.lines}

    def _fire(self, lead: str) -> None:
        key = lead.encode()
        for _ in range(100):
            at_ms = deadline_of(self.table[key]) if key in self.table else 0
            if not 0 < at_ms < self.now_ms:
                return
            self._append(lead, msgspec.json.encode(TimerFired(id=f"{lead}/{at_ms}", at_ms=at_ms)))
            if deadline_of(self.table[key]) == at_ms:
                return

    def _append(self, lead: str, value: bytes) -> None:
        lines = self.lines.setdefault(lead, [])
        line = Line(self.now_ms, lead.encode(), value, True, len(lines))
        lines.append(line)
        folded = fold([Logged(line.offset, line.key, line.value)], self, self.judge)
        self.table.update(folded.states)
        self.folded.ripe += folded.ripe
        self.folded.refused += folded.refused
        self.folded.kin += folded.kin
        for to, said in folded.onward:
            self._append(to, said)


def essence(state: LeadState, judge: Judge, at_ms: int) -> Mapping[str, object]:
    """What two leads alike have alike, their scores as of one moment."""
    found = {name: getattr(state, name) for name in BY_ITSELF}
    copy = decode(encode(state, 0))
    if copy.as_of_ms:
        pass_time(copy, max(at_ms, copy.as_of_ms), judge, None, will_count=False)
    lines = {line.rule: round(line.points, 3) for line in breakdown(copy, judge, copy.as_of_ms)}
    fit = {line.rule: line.points for line in fit_breakdown(copy, judge, copy.as_of_ms)}
    pace = round(velocity(copy, judge).pace, 3)
    return found | {"engagement": lines, "fit": fit, "pace": pace}
