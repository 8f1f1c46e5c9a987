"""One lead's events folded again as the worker folded them, remembering which touch counted for which rule."""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from schemas.handoff import Ripe
from schemas.lead_event import LeadEvent, TouchSeen
from schemas.lead_state import LeadState
from schemas.log_mark import ModelActivated
from schemas.scoring_model import Rule
from streams.fold import Record, fold
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.lead_codec import decode, encode

TAKEN_IN = ("scored", "unmatched")
"""Outcomes of a touch that counts; others are repeats, or kept out."""

_EVENT = msgspec.json.Decoder(LeadEvent)
_ACTIVATED = msgspec.json.Decoder(ModelActivated)


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
) -> Traced:
    """Fold the records of one lead, and the changes of the model among them, as far as the lead's clock is `until_ms`.

    That is what the latest card with an `as_of` not after that moment says: a touch that came late, behind a later one,
    is not in it. `judge` judges until the log says otherwise; `judge_of` finds a model by its digest.
    """
    table, clock_ms = _One(), 0
    traced = Traced(LeadState(), judge, {}, [], [])
    in_time = True
    for record in records:
        if record.key == MODEL_KEY:
            if in_time and judge_of is not None:
                now = judge_of(_ACTIVATED.decode(record.value or b"").digest)
                _begin_anew(traced, now)
                traced.judge = now
            continue
        event = _event(record)
        if event is not None and until_ms is not None and max(clock_ms, _moves_to(event)) > until_ms:
            in_time = False
        if not in_time:
            traced.later += 1
            continue
        clock_ms = max(clock_ms, _moves_to(event))
        folded = fold([record], table, traced.judge, ledger=False)
        table.value = next(iter(folded.states.values()), table.value)
        traced.events += 1
        traced.said += folded.ripe
        outcomes = {outcome for _, outcome in folded.touches}
        if isinstance(event, TouchSeen) and not outcomes.isdisjoint(TAKEN_IN):
            seen = Seen(event, record.offset)
            traced.touches.append(seen)
            for counter in traced.judge.matching(event):
                traced.behind.setdefault(counter.rule.name, []).append(seen)
    traced.state = LeadState() if table.value is None else decode(table.value)
    return traced


def _event(record: Record) -> LeadEvent | None:
    """None: not an event; the fold says what becomes of it."""
    try:
        event: LeadEvent = _EVENT.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return event


def _moves_to(event: LeadEvent | None) -> int:
    """The time it moves the lead's clock to."""
    return 0 if event is None else event.at_ms


def shape(rule: Rule) -> tuple[object, ...]:
    """What a count depends on: rules alike in it go on counting when the model changes."""
    return rule.repeat, rule.window_ms, rule.half_life_ms, rule.where, rule.when


def _begin_anew(traced: Traced, now: Judge) -> None:
    """Rules that mean something else from here on have counted nothing yet."""
    was = traced.judge.rules
    for name in list(traced.behind):
        if name not in now.rules or name not in was or shape(was[name]) != shape(now.rules[name]):
            del traced.behind[name]


def at_moment(state: LeadState) -> LeadState:
    """A copy that may be tried things on."""
    return decode(encode(state, 0))
