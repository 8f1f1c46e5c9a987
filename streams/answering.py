"""Conditions made ready to ask: each a function of a lead and a moment, made once per model and asked at each event.

What is not known is neither true nor false, through `all`, `any` and `not` too (Kleene's three values).
"""

from collections.abc import Callable
from typing import Any

from schemas.condition import AllOf, AnyOf, Condition, Did, FactIs, NotOf, PropIs, TouchIs
from schemas.lead_state import LeadState
from streams.asked import Passing, passing
from streams.judge import Judge
from streams.scoring.known import reader

Answer = Callable[[LeadState, int], bool | None]
"""Does it hold at a moment not before the lead's clock? None: not known."""


def answer_of(condition: Condition, judge: Judge) -> Answer:
    """A condition as a function."""
    match condition:
        case FactIs(fact, test):
            return _fact(reader(judge, fact), passing(test))
        case Did(kinds, within_ms):
            return _ever(kinds) if within_ms is None else _of_late(kinds, within_ms)
        case AllOf(of):
            return _joined([answer_of(one, judge) for one in of], decides=False)
        case AnyOf(of):
            return _joined([answer_of(one, judge) for one in of], decides=True)
        case NotOf(one):
            return _opposite(answer_of(one, judge))
        case TouchIs() | PropIs():
            return _unknown


def last_of(state: LeadState, kinds: tuple[str, ...]) -> int:
    """When the lead last made a touch of one of these kinds; -1: never."""
    did = state.did
    if not did:
        return -1
    last = -1
    for kind in kinds:
        at_ms = did.get(kind, -1)
        if at_ms > last:
            last = at_ms
    return last


def _fact(read: Callable[[LeadState], Any], passes: Passing) -> Answer:
    def answer(state: LeadState, at_ms: int) -> bool | None:
        value = read(state)
        return None if value is None else passes(value, at_ms)

    return answer


def _ever(kinds: tuple[str, ...]) -> Answer:
    def answer(state: LeadState, at_ms: int) -> bool | None:
        return last_of(state, kinds) >= 0

    return answer


def _of_late(kinds: tuple[str, ...], within_ms: int) -> Answer:
    def answer(state: LeadState, at_ms: int) -> bool | None:
        last = last_of(state, kinds)
        return last >= 0 and last > at_ms - within_ms

    return answer


def _joined(answers: list[Answer], *, decides: bool) -> Answer:
    """One answer is enough to decide; else what is not known leaves it open."""

    def answer(state: LeadState, at_ms: int) -> bool | None:
        whole: bool | None = not decides
        for one in answers:
            said = one(state, at_ms)
            if said is decides:
                return decides
            if said is None:
                whole = None
        return whole

    return answer


def _opposite(of: Answer) -> Answer:
    def answer(state: LeadState, at_ms: int) -> bool | None:
        said = of(state, at_ms)
        return None if said is None else not said

    return answer


def _unknown(state: LeadState, at_ms: int) -> bool | None:
    return None
