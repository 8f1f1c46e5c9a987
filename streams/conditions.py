"""Conditions of a model: do they hold of a lead, when may time change that, and how are they said."""

from schemas.condition import (
    Aged,
    AllOf,
    AnyOf,
    AtLeast,
    Between,
    Condition,
    Did,
    FactIs,
    Is,
    NotOf,
    OneOf,
    PropIs,
    Soon,
    Test,
    TouchIs,
    Under,
)
from schemas.lead_state import LeadState
from streams.answering import answer_of, last_of
from streams.asked import asked_facts as asked_facts
from streams.asked import asked_kinds as asked_kinds
from streams.judge import Judge
from streams.moments import span
from streams.scoring.known import value_of


def holds(condition: Condition, state: LeadState, judge: Judge, at_ms: int) -> bool | None:
    """Does it hold at a moment not before the lead's clock? None: not known. Who asks often asks `answer_of`."""
    return answer_of(condition, judge)(state, at_ms)


def next_change(condition: Condition, state: LeadState, judge: Judge, at_ms: int) -> int:
    """The first millisecond after `at_ms` at which time alone may change the answer; 0: never."""
    match condition:
        case FactIs(fact, Aged(ago_ms, _)):
            value = value_of(state, judge, fact)
            return _first([value + ago_ms], at_ms) if isinstance(value, int) else 0
        case FactIs(fact, Soon(within_ms)):
            value = value_of(state, judge, fact)
            return _first([value - within_ms, value + 1], at_ms) if isinstance(value, int) else 0
        case Did(kinds, within_ms) if within_ms is not None:
            last = last_of(state, kinds)
            return _first([last + within_ms], at_ms) if last >= 0 else 0
        case AllOf(of) | AnyOf(of):
            return _first([next_change(one, state, judge, at_ms) for one in of], at_ms)
        case NotOf(one):
            return next_change(one, state, judge, at_ms)
        case _:
            return 0


def _first(moments: list[int], at_ms: int) -> int:
    return min([moment for moment in moments if moment > at_ms], default=0)


def phrase(condition: Condition) -> str:
    """As a person says it: `did checkout_start`, `purchase_by within 14 days`, `headcount 500 or more`."""
    match condition:
        case FactIs(name, test) | PropIs(name, test):
            return f"{name} {_test(test)}"
        case TouchIs(field, globs):
            return f"{field} {' or '.join(globs)}"
        case Did(kinds, within_ms):
            return f"did {' or '.join(kinds)}" + (f" within {span(within_ms)}" if within_ms is not None else "")
        case AllOf(of):
            return " and ".join(_part(one) for one in of)
        case AnyOf(of):
            return " or ".join(_part(one) for one in of)
        case NotOf(one):
            return f"not {_part(one)}"


def _part(condition: Condition) -> str:
    """Inside of another one: in brackets where its own words would run into those around it."""
    said = phrase(condition)
    return f"({said})" if isinstance(condition, AllOf | AnyOf) and len(condition.of) > 1 else said


def _test(test: Test) -> str:
    match test:
        case AtLeast(value):
            return f"{_digits(value)} or more"
        case Under(value):
            return f"under {_digits(value)}"
        case Between(low, high):
            return f"{_digits(low)} to {_digits(high)}"
        case OneOf(globs):
            return " or ".join(globs)
        case Is(wanted):
            return ("yes" if wanted else "no") if isinstance(wanted, bool) else _digits(wanted)
        case Aged(ago_ms, or_earlier):
            return f"{span(ago_ms)} ago or {'earlier' if or_earlier else 'later'}"
        case Soon(within_ms):
            return f"within {span(within_ms)}"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:g}"
