"""One lead's events folded again as the worker folded them, remembering which touch counted for which rule."""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from schemas.handoff import Ripe
from schemas.lead_event import LeadEvent, TouchSeen
from schemas.lead_state import LeadState
from streams.activation import activated, taken_on
from streams.fold import NOBODY, Record, fold
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.lead_codec import decode, encode

TAKEN_IN = ("scored", "unmatched")
"""Outcomes of a touch that counts; others are repeats, or kept out."""

_EVENT = msgspec.json.Decoder(LeadEvent)


class Seen(Struct, frozen=True):
    """A touch that was taken in, and where it lies on the log."""

    touch: TouchSeen
    log_offset: int


class Traced(Struct):
    """What a lead's events came to."""

    state: LeadState
    judge: Judge
    behind: dict[str, list[Seen]]
    """By rule: the touches it matched, since it began to count, in the order of the log."""
    touches: list[Seen]
    """All that were taken in."""
    said: list[Ripe]
    """Every word about its episodes."""
    events: int = 0
    later: int = 0
    """Events of the log that came after the moment."""


class _One:
    """A score table of one lead."""

    def __init__(self) -> None:
        self.value: bytes | None = None

    def get(self, key: bytes) -> bytes | None:
        return self.value


def trace(
    records: Iterable[Record],
    judge: Judge,
    *,
    until_ms: int | None = None,
    judge_of: Callable[[str], Judge] | None = None,
    earlier: Mapping[str, Judge] = NOBODY,
) -> Traced:
    """Fold the records of one lead, and the changes of the model among them, as far as the lead's clock is `until_ms`.

    That is what the latest card with an `as_of` not after that moment says: a touch that came late, behind a later one,
    is not in it. `judge` judges until the log says otherwise; `judge_of` finds a model by its digest, `earlier` by the
    key that states remember.
    """
    table, clock_ms, in_time = _One(), 0, True
    traced = Traced(LeadState(), judge, {}, [], [])
    known = dict(earlier) | {judge.key: judge}
    for record in records:
        if record.key == MODEL_KEY:
            now = activated(record.value, judge, judge_of) if in_time and judge_of is not None else judge
            if isinstance(now, Judge):
                judge = known[now.key] = now
            continue
        event = _event(record)
        if event is not None and until_ms is not None and max(clock_ms, event.at_ms) > until_ms:
            in_time = False
        if not in_time:
            traced.later += 1
            continue
        clock_ms = max(clock_ms, 0 if event is None else event.at_ms)
        folded = fold([record], table, judge, ledger=False, earlier=known)
        before, table.value = table.value, next(iter(folded.states.values()), table.value)
        traced.events += 1
        traced.said += folded.ripe
        traced.state = LeadState() if table.value is None else decode(table.value)
        traced.judge = known.get(traced.state.model, judge)
        _begin_anew(traced, before, judge, known)
        outcomes = {outcome for _, outcome in folded.touches}
        if isinstance(event, TouchSeen) and not outcomes.isdisjoint(TAKEN_IN):
            seen = Seen(event, record.offset)
            traced.touches.append(seen)
            for counter in traced.judge.matching(event):
                traced.behind.setdefault(counter.rule.name, []).append(seen)
    return traced


def _event(record: Record) -> LeadEvent | None:
    """None: not an event; the fold says what becomes of it."""
    try:
        event: LeadEvent = _EVENT.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return event


def _begin_anew(traced: Traced, before: bytes | None, judge: Judge, known: Mapping[str, Judge]) -> None:
    """A lead that took another model on has counted nothing yet for rules that mean something else now."""
    if before is None or not traced.behind:
        return
    was = decode(before)
    if was.model == traced.state.model:
        return
    taken_on(was, judge, known)
    traced.behind = {name: seen for name, seen in traced.behind.items() if name in was.rules}


def at_moment(state: LeadState) -> LeadState:
    """A copy that may be tried things on."""
    return decode(encode(state, 0))
