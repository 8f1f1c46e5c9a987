"""The logs of leads that are one person: whose an event is, and what a lead's log says without some of them."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Protocol

import msgspec
from msgspec import Struct

from schemas.lead_event import (
    CrmSaid,
    Erased,
    FactLearned,
    Forwarded,
    LeadEvent,
    MergedFrom,
    MergedInto,
    Restated,
    TouchSeen,
)
from schemas.lead_state import LeadState
from schemas.units import Millis
from streams.generations.log_marks import MODEL_KEY
from streams.lead_codec import decode
from streams.person.refold import Line, read


class Log(Struct, frozen=True):
    """What a partition holds of one lead, changes of the model among it."""

    lines: Sequence[Line]
    counted: frozenset[int] = frozenset()
    """Offsets of the restatements that took effect."""

    def restated(self) -> Iterator[tuple[Line, Restated]]:
        """Those that did."""
        for line in self.lines:
            if line.offset in self.counted and isinstance(event := event_of(line), Restated):
                yield line, event


Logs = Mapping[str, Log]
"""By lead."""

SPLIT = "split"
"""`Restated.why` of leads taken apart; its id names who left: `<lead>/split/<homes>/<ms>`."""


class Record(Protocol):
    """A record of the log, as Kafka clients hand it out."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def line_of(record: Record) -> Line:
    """A record as it is folded."""
    return Line(record.timestamp, record.key or b"", record.value or b"", True, record.offset)


def latest(logs: Logs) -> Millis:
    """When the last line was logged: deadlines that passed before it have fired."""
    return max((line.logged_ms for log in logs.values() for line in log.lines[-1:]), default=0)


def is_mark(line: Line) -> bool:
    """Another model takes effect."""
    return line.key == MODEL_KEY


def event_of(line: Line) -> LeadEvent | None:
    """None: a mark, or what nobody can read."""
    return None if is_mark(line) else read(line.value)


def innermost(event: LeadEvent | None) -> LeadEvent | None:
    """What was forwarded, however often."""
    while isinstance(event, Forwarded):
        event = read(bytes(event.event))
    return event


def belongs(event: LeadEvent | None, homes: Set[str]) -> bool:
    """Did it come to a lead only because these are merged into it?"""
    while isinstance(event, Forwarded):
        if event.loser in homes:
            return True
        event = read(bytes(event.event))
    if isinstance(event, MergedFrom):
        return event.loser in homes
    return isinstance(event, TouchSeen | FactLearned | CrmSaid) and event.via in homes


def merged_from(log: Log | None) -> dict[str, MergedFrom]:
    """Who was merged into a lead and has not left since, with the last word on each."""
    found: dict[str, MergedFrom] = {}
    if log is None:
        return found
    for line in log.lines:
        event = innermost(event_of(line))
        if isinstance(event, MergedFrom):
            found[event.loser] = event
        elif isinstance(event, Restated) and line.offset in log.counted:
            for lead in who_left(event):
                found.pop(lead, None)
    return found


def homes_of(lead: str, logs: Logs) -> set[str]:
    """A lead, and all that were merged into it."""
    homes, new = {lead}, [lead]
    while new:
        for loser in merged_from(logs.get(new.pop())):
            if loser not in homes:
                homes.add(loser)
                new.append(loser)
    return homes


def split_id(lead: str, at_ms: Millis, homes: Set[str] = frozenset()) -> str:
    """Of the event that restates a lead without these; none: it is the one that leaves."""
    return f"{lead}/{SPLIT}/{'+'.join(sorted(homes))}/{at_ms}" if homes else f"{lead}/{SPLIT}/{at_ms}"


def who_left(event: Restated) -> frozenset[str]:
    """Whom a split took away; empty: it was none, or the lead is the one that left."""
    parts = event.id.split("/")
    return frozenset(parts[2].split("+")) if len(parts) == 4 and parts[1] == SPLIT else frozenset()


class Base:
    """From where a lead's log is folded: the last split before a line, for what lies before that is settled."""

    def __init__(self, log: Log, before: int) -> None:
        """`before`: offset of the line from which nothing is settled."""
        self.state: LeadState | None = None
        self.offset = -1
        for line, event in log.restated():
            if line.offset < before and event.why == SPLIT:
                self.state, self.offset = decode(event.state), line.offset


def without(log: Log, homes: Set[str], base: Base) -> list[Line]:
    """What a lead's log says beyond its base, as if these, and whoever left since, had never been merged into it."""
    left = [(line.offset, who_left(event)) for line, event in log.restated() if event.why == SPLIT]
    kept: list[Line] = []
    for line in log.lines:
        event = event_of(line)
        if is_mark(line):
            kept.append(line)
        elif line.offset > base.offset and not isinstance(event, Restated | MergedInto | Erased):
            gone = set(homes).union(*(who for offset, who in left if line.offset < offset))
            if not belongs(event, gone):
                kept.append(line)
    return kept


def moved(lines: Sequence[Line], homes: Set[str]) -> Iterator[Line]:
    """What was written straight to a survivor's log and is of these."""
    for line in lines:
        event = event_of(line)
        if isinstance(event, TouchSeen | FactLearned | CrmSaid) and event.via in homes:
            yield Line(line.logged_ms, line.key, _at_home(line.value), False, line.offset)


def _at_home(value: bytes) -> bytes:
    """The event as its own lead's log would say it."""
    said = msgspec.json.decode(value)
    said.pop("via", None)
    return msgspec.json.encode(said)


def after_merge(log: Log) -> list[Line]:
    """What came to a lead after it was merged away, with every change of the model.

    The first word on the merge since its last split made it a pointer: it may be said again, and of others, later.
    """
    left = max((line.offset for line, event in log.restated() if event.why == SPLIT), default=-1)
    into = min((line.offset for line in log.lines if line.offset > left and _merges_away(line)), default=left)
    return [
        line
        for line in log.lines
        if is_mark(line) or (line.offset > into and not isinstance(event_of(line), MergedInto | Restated | Erased))
    ]


def _merges_away(line: Line) -> bool:
    event = event_of(line)
    return isinstance(event, MergedInto) and event.survivor.encode() < line.key
