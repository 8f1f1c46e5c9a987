"""One lead folded anew from events that lie on several partitions of the log, by the models in force then.

What lies on the lead's own log is folded as the worker folds it. What comes from elsewhere is put in by the time at
which it was logged, the way a merged lead's events reach its survivor: a repeat is told by its id, and no coordinates
move.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.lead_event import Forwarded, LeadEvent, TimerFired
from schemas.lead_state import Kin, LeadState
from schemas.units import Millis
from streams.activation import activated
from streams.fold import NOBODY, fold
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.lead_codec import deadline_of, decode, encode

ELSEWHERE = "\0"
"""Stands for the lead that events from elsewhere were forwarded by; no lead id begins with a zero byte."""

MOST_TIMERS = 1_000
"""Of one lead between two of its events: more would be a model that never rests."""

_DECODE = msgspec.json.Decoder(LeadEvent).decode
_ENCODE = msgspec.json.Encoder().encode


class Line(Struct, frozen=True):
    """One event to fold, or a change of the model."""

    logged_ms: Millis
    """When the log got it."""
    key: bytes
    value: bytes
    own: bool = True
    """It lies on the lead's own log, at this offset."""
    offset: int = -1


class Refolded(Struct):
    """What a lead comes to."""

    state: LeadState
    judge: Judge
    """Under whose model its counters stand."""
    events: int = 0
    """So many were folded."""
    refused: int = 0
    """So many could not be."""
    last_ms: Millis = 0
    """When the last one was logged."""


class Table:
    """A score table of one lead."""

    def __init__(self, base: LeadState | None) -> None:
        self.value = None if base is None else encode(base, -1)

    def get(self, key: bytes) -> bytes | None:
        return self.value


class Folding(Struct):
    """A record as the fold takes it."""

    offset: int
    key: bytes | None
    value: bytes | None


def in_order(*logs: Iterable[Line]) -> Iterator[Line]:
    """Several logs as one, by the time a line was logged; each keeps its own order, whatever its broker's clock did."""
    return (line for _, _, _, line in heapq.merge(*(_timed(log, place) for place, log in enumerate(logs))))


def _timed(log: Iterable[Line], place: int) -> Iterator[tuple[Millis, int, int, Line]]:
    clock_ms = 0
    for number, line in enumerate(log):
        clock_ms = max(clock_ms, line.logged_ms)
        yield clock_ms, place, number, line


def refold(
    lead_id: str,
    lines: Iterable[Line],
    judge: Judge,
    judge_of: Callable[[str], Judge],
    earlier: Mapping[str, Judge] = NOBODY,
    *,
    base: LeadState | None = None,
    until_ms: Millis = 0,
) -> Refolded:
    """Fold the lines, in their order, onto `base`; None: the lead begins with them.

    A deadline that passed before a line was logged fires before it, unless the log says itself when it fired; at the
    end those that passed before `until_ms` do.
    """
    lines, key, table = list(lines), lead_id.encode(), Table(base)
    known = dict(earlier) | {judge.key: judge}
    done = Refolded(LeadState() if base is None else base, judge)
    fired = {line.offset: at_ms for line in lines if line.own and (at_ms := _deadline(line)) is not None}
    to_come = set(fired.values())
    number = sent = 0

    def take(value: bytes) -> None:
        nonlocal number
        folded = fold([Folding(number, key, value)], table, judge, ledger=False, earlier=known)
        number += 1
        table.value = folded.states.get(key, table.value)
        done.refused += len(folded.refused)

    def pass_time(now_ms: Millis) -> None:
        for at_ms in _passed(table, now_ms, to_come):
            take(_ENCODE(TimerFired(id=f"{lead_id}/{at_ms}", at_ms=at_ms)))

    for line in lines:
        if line.key == MODEL_KEY:
            now = activated(line.value, judge, judge_of)
            if isinstance(now, Judge):
                judge = known[now.key] = now
            continue
        pass_time(line.logged_ms)
        if line.own:
            take(line.value)
            to_come.discard(fired.get(line.offset, -1))
        else:
            sent += 1
            take(forwarded(line.value, sent))
        done.events += 1
        done.last_ms = max(done.last_ms, line.logged_ms)
    pass_time(until_ms)
    if table.value is not None:
        done.state = decode(table.value)
    done.state.kin = _without_elsewhere(done.state.kin)
    done.judge = known.get(done.state.model, judge)
    return done


def forwarded(value: bytes, number: int) -> bytes:
    """An event as a merged lead sends it on."""
    said: Any = msgspec.json.decode(value)
    return _ENCODE(
        Forwarded(id=said["id"], at_ms=said["at_ms"], loser=ELSEWHERE, number=number, event=msgspec.Raw(value))
    )


def _passed(table: Table, now_ms: Millis, to_come: set[Millis]) -> Iterator[Millis]:
    """Deadlines before a moment, one after the other, each as the one before left it."""
    before_ms = 0
    for _ in range(MOST_TIMERS):
        at_ms = 0 if table.value is None else deadline_of(table.value)
        if not before_ms < at_ms < now_ms or at_ms in to_come:
            return
        yield at_ms
        before_ms = at_ms


def _deadline(line: Line) -> Millis | None:
    """Of a timer that fired; None: the line is something else."""
    if b'"timer"' not in line.value:
        return None
    event = read(line.value)
    return event.at_ms if isinstance(event, TimerFired) and not event.model else None


def read(value: bytes | None) -> LeadEvent | None:
    """An event of the log; None: it cannot be read, and the fold refuses it."""
    try:
        event: LeadEvent = _DECODE(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return event


def _without_elsewhere(kin: Kin | None) -> Kin | None:
    if kin is None:
        return None
    kin.heard.pop(ELSEWHERE, None)
    return kin if kin != Kin() else None
