"""Runs an example through the fold, as the worker would, and says what differs from what was expected."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from schemas.card import Card, Line
from schemas.lead_event import LeadEvent, TimerFired
from schemas.lead_state import LeadState
from streams.applying import pass_time
from streams.card import card
from streams.fold import fold
from streams.handoff.episode import is_open
from streams.judge import Judge
from streams.lead_codec import decode
from streams.model_examples.example import Example, events_of, moment
from streams.standing import level_of, segment_of

NEAR = 0.005
"""Points are compared to the hundredth."""

MOST_TIMERS = 1_000
"""Of one example: more deadlines than a life has."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What an example came to."""

    name: str
    passed: bool
    differs: list[str]
    """What is otherwise than expected, in words."""
    card: Card
    """Of its moment."""


class _Entry(Struct):
    """A record of the log."""

    offset: int
    key: bytes | None
    value: bytes | None


class _Table:
    """A score table of one lead, and its log."""

    def __init__(self, judge: Judge) -> None:
        self._judge, self._value, self._offset = judge, b"", 0

    def get(self, key: bytes) -> bytes | None:
        return self._value or None

    def tell(self, event: LeadEvent) -> None:
        record = _Entry(self._offset, b"example", msgspec.json.encode(event))
        self._offset += 1
        self._value = fold([record], self, self._judge, ledger=False).states.get(b"example", self._value)

    def wait(self, until_ms: int) -> None:
        """Deadlines that lie on the way are said, as the worker says them."""
        for _ in range(MOST_TIMERS):
            deadline_ms = self.state().deadline_ms
            if not 0 < deadline_ms <= until_ms:
                return
            self.tell(TimerFired(id=f"example/{deadline_ms}", at_ms=deadline_ms))
            if self.state().deadline_ms == deadline_ms:
                return

    def state(self) -> LeadState:
        return decode(self._value) if self._value else LeadState()


def run(example: Example, judge: Judge) -> Outcome:
    """Fold what happened, let time pass to the moment, compare. Raises `BadExamples`."""
    events = events_of(example, judge.zone)
    last_ms = events[-1].at_ms if events else 0
    at_ms = last_ms if example.at is None else moment(example.at, judge.zone, example.name)
    table = _Table(judge)
    for event in events:
        if event.at_ms <= at_ms:
            table.wait(event.at_ms)
            table.tell(event)
    table.wait(at_ms)
    state = table.state()
    if at_ms > state.as_of_ms:
        pass_time(state, at_ms, judge, None, will_count=False)
        state.segment, state.level = segment_of(state, judge, at_ms), level_of(state, judge, at_ms)[0]
    found = card("example", state, judge)
    differs = list(_differs(example, found, is_open(state)))
    return Outcome(name=example.name, passed=not differs, differs=differs, card=found)


def _differs(example: Example, found: Card, open_handoff: bool) -> Iterator[str]:
    expect = example.expect
    if expect.engagement is not None and abs(expect.engagement - found.engagement) > NEAR:
        yield f"engagement is {found.engagement:.6g}, expected {expect.engagement:g}: {_sum(found.breakdown)}"
    if expect.fit is not None and abs(expect.fit - found.fit) > NEAR:
        yield f"fit is {found.fit:.6g}, expected {expect.fit:g}: {_sum(found.fit_breakdown)}"
    if expect.completeness is not None and abs(expect.completeness - found.completeness) > NEAR:
        yield f"completeness is {found.completeness:.6g}, expected {expect.completeness:g}"
    for what, is_now, wanted in (
        ("label", found.label, expect.label),
        ("level", found.level or "none", expect.level),
        ("segment", found.segment or "none", expect.segment),
    ):
        if wanted is not None and is_now != wanted:
            yield f"{what} is {is_now}, expected {wanted}"
    if expect.handoff is not None and open_handoff != expect.handoff:
        kept = f" (kept back: {', '.join(found.gates)})" if found.gates else ""
        yield f"no open hand-off, expected one{kept}" if expect.handoff else "an open hand-off, expected none"
    lines = {line.rule: line.points for line in (*found.breakdown, *found.fit_breakdown)}
    for rule, points in expect.lines.items():
        if abs(points - lines.get(rule, 0.0)) > NEAR:
            yield f"line {rule} is {lines.get(rule, 0.0):.6g}, expected {points:g}"


def _sum(lines: list[Line]) -> str:
    return " ".join(f"{line.rule} {line.points:+.6g}" for line in lines) or "no lines"
