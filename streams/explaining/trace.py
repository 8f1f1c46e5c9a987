"""One lead's events folded again as the worker folded them, remembering which touch counted for which rule."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import msgspec
from msgspec import Struct

from schemas.handoff import Ripe
from schemas.lead_event import LeadEvent, MergedFrom, MergedInto, Restated, TouchSeen
from schemas.lead_state import LeadState
from streams.activation import activated, taken_on
from streams.fold import NOBODY, Record, fold
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.kin.carried import carried
from streams.kin.receiving import unwrapped
from streams.lead_codec import decode, encode

TAKEN_IN = ("scored", "unmatched")
"""Outcomes of a touch that counts; others are repeats, or kept out."""

NO_LOGS: Mapping[str, Iterable[Record]] = {}

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
    logs: Mapping[str, Iterable[Record]] = NO_LOGS,
) -> Traced:
    """Fold the records of one lead, and the changes of the model among them, as far as the lead's clock is `until_ms`.

    That is what the latest card with an `as_of` not after that moment says: a touch that came late, behind a later one,
    is not in it. `judge` judges until the log says otherwise; `judge_of` finds a model by its digest, `earlier` by the
    key that states remember; `logs` has the records of leads that were merged into this one: without them nobody knows
    which touches they brought.
    """
    table, clock_ms, in_time = _One(), 0, True
    traced = Traced(LeadState(), judge, {}, [], [])
    known, first = dict(earlier) | {judge.key: judge}, judge
    for record in records:
        if record.key == MODEL_KEY:
            now = activated(record.value, judge, judge_of) if in_time and judge_of is not None else judge
            if isinstance(now, Judge):
                judge = known[now.key] = now
            continue
        event = _event(record)
        moves_to_ms = 0 if event is None else _moves_to(event)
        if until_ms is not None and max(clock_ms, moves_to_ms) > until_ms:
            in_time = False
        if not in_time:
            traced.later += 1
            continue
        clock_ms = max(clock_ms, moves_to_ms)
        folded = fold([record], table, judge, ledger=False, earlier=known)
        before, table.value = table.value, next(iter(folded.states.values()), table.value)
        traced.events += 1
        traced.said += folded.ripe
        traced.state = LeadState() if table.value is None else decode(table.value)
        traced.judge = known.get(traced.state.model, judge)
        _begin_anew(traced, before, judge, known)
        if isinstance(event, MergedFrom) and folded.kin["merged"]:
            _bring(traced, trace(logs.get(event.loser, ()), first, judge_of=judge_of, earlier=earlier, logs=logs))
        elif folded.kin["restated"]:
            traced.behind, traced.touches = {}, []  # which of them the new state counts, nobody said
        outcomes = {outcome for _, outcome in folded.touches}
        if isinstance(event, TouchSeen) and not outcomes.isdisjoint(TAKEN_IN):
            seen = Seen(event, record.offset)
            traced.touches.append(seen)
            for counter in traced.judge.matching(event):
                traced.behind.setdefault(counter.rule.name, []).append(seen)
    return traced


def _event(record: Record) -> LeadEvent | None:
    """What came in the end, forwarded or not; None: not an event, and the fold says what becomes of it."""
    try:
        event: LeadEvent = unwrapped(_EVENT.decode(record.value or b""))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return event


def _moves_to(event: LeadEvent) -> int:
    """Where the lead's clock may not be before, with this."""
    match event:
        case MergedFrom() | Restated():
            with suppress(ValueError):  # damaged: the fold sets it aside
                return carried(event.state).as_of_ms
            return 0
        case MergedInto():
            return 0
    return event.at_ms


def _bring(traced: Traced, loser: Traced) -> None:
    """The touches that a merged lead had counted until then, for the rules that go on counting them."""
    traced.touches += loser.touches
    for name, seen in loser.behind.items():
        if name in traced.state.rules:
            had = {one.touch.id for one in traced.behind.get(name, ())}
            traced.behind.setdefault(name, []).extend(one for one in seen if one.touch.id not in had)


def merged_in(records: Iterable[Record]) -> set[str]:
    """Leads whose histories came with these records."""
    return {event.loser for record in records if isinstance(event := _event(record), MergedFrom)}


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
