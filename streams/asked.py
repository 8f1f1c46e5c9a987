"""What a condition asks, before any lead answers: of which facts, kinds and touches, and which values pass."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from functools import lru_cache
from math import isfinite
from typing import Any

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
from schemas.lead_event import TouchSeen
from streams.moments import to_ms

YES, NO = ("yes", "true", "1"), ("no", "false", "0")


def glob(pattern: str) -> Callable[[str], bool]:
    """`*` stands for any run of characters, `/` included; case is ignored."""
    if "*" not in pattern:
        exact = pattern.casefold()
        return lambda text: text.casefold() == exact
    compiled = re.compile(".*".join(map(re.escape, pattern.casefold().split("*"))), re.DOTALL)
    return lambda text: compiled.fullmatch(text.casefold()) is not None


@lru_cache(maxsize=8_192)
def any_glob(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """True for a text that matches one of the patterns; no patterns: for any text."""
    if not patterns:
        return lambda _text: True
    tests = [glob(p) for p in patterns]
    return lambda text: any(test(text) for test in tests)


Passing = Callable[[Any, int], bool]
"""Does a known value pass at a moment?"""


def passing(test: Test) -> Passing:
    """A test as a function of a value and a moment."""
    match test:
        case AtLeast(bound):
            return lambda value, at_ms: isinstance(value, float) and value >= bound
        case Under(bound):
            return lambda value, at_ms: isinstance(value, float) and value < bound
        case Between(low, high):
            return lambda value, at_ms: isinstance(value, float) and low <= value <= high
        case OneOf(globs):
            matches = any_glob(globs)
            return lambda value, at_ms: isinstance(value, str) and matches(value)
        case Is(wanted):
            yes_no = isinstance(wanted, bool)
            return lambda value, at_ms: bool(value == wanted) and isinstance(value, bool) == yes_no
        case Aged(ago_ms, or_earlier):
            return lambda value, at_ms: isinstance(value, int) and (value <= at_ms - ago_ms) == or_earlier
        case Soon(within_ms):
            return lambda value, at_ms: isinstance(value, int) and at_ms <= value <= at_ms + within_ms


def passes(test: Test, value: Any, at_ms: int) -> bool:
    """Does a known value pass at a moment?"""
    return passing(test)(value, at_ms)


def number(value: Any) -> float | None:
    """A number, or a text that says one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        said = float(value)
    except (ValueError, OverflowError):
        return None
    return said if isfinite(said) else None


def yes_no(value: Any) -> bool | None:
    """A yes-no, however it is written."""
    said = str(value).casefold()
    return True if said in YES else False if said in NO else None


def date_ms(value: Any, zone: tzinfo) -> int | None:
    """A bare date is midnight in the model's time zone; a number is milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value
    try:
        said = datetime.fromisoformat(value)
        return to_ms(said if said.tzinfo is not None else said.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def text(value: Any) -> str | None:
    """A text; a number in plain digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return f"{value:d}" if isinstance(value, int) else None


def fits(condition: Condition, touch: TouchSeen, zone: tzinfo) -> bool:
    """Is a touch one that a rule's `where` means? Dates are seen from the touch's own time; what is absent is false."""
    match condition:
        case TouchIs(field, globs):
            return any_glob(globs)(str(getattr(touch, field)))
        case PropIs(prop, test):
            return passes(test, as_asked(test, touch.props.get(prop), zone), touch.at_ms)
        case AllOf(of):
            return all(fits(one, touch, zone) for one in of)
        case AnyOf(of):
            return any(fits(one, touch, zone) for one in of)
        case NotOf(one):
            return not fits(one, touch, zone)
        case FactIs() | Did():
            return False


def as_asked(test: Test, value: Any, zone: tzinfo) -> Any:
    """A property in the type its test is about; None: absent, or not of that type."""
    if value is None or value == "":
        return None
    match test:
        case OneOf():
            return ("yes" if value else "no") if isinstance(value, bool) else text(value)
        case Is(wanted):
            return yes_no(value) if isinstance(wanted, bool) else number(value)
        case Aged() | Soon():
            return date_ms(value, zone)
        case _:
            return number(value)


Atom = FactIs | Did | TouchIs | PropIs


def atoms(condition: Condition | None) -> Iterator[Atom]:
    """What it is made of, without `all`, `any` and `not`."""
    match condition:
        case None:
            return
        case AllOf(of) | AnyOf(of):
            for one in of:
                yield from atoms(one)
        case NotOf(one):
            yield from atoms(one)
        case _:
            yield condition


def asked_kinds(condition: Condition | None) -> frozenset[str]:
    """Kinds of touch it asks about: a lead remembers the latest of each."""
    return frozenset(kind for atom in atoms(condition) if isinstance(atom, Did) for kind in atom.kinds)


def asked_facts(condition: Condition | None) -> frozenset[str]:
    """Facts it asks about."""
    return frozenset(atom.fact for atom in atoms(condition) if isinstance(atom, FactIs))


def moving_facts(condition: Condition | None) -> frozenset[str]:
    """Facts whose answer time alone can change."""
    return frozenset(
        atom.fact for atom in atoms(condition) if isinstance(atom, FactIs) and isinstance(atom.test, Aged | Soon)
    )


def moves(condition: Condition | None) -> bool:
    """Can time alone change the answer?"""
    return any(
        isinstance(atom.test, Aged | Soon)
        if isinstance(atom, FactIs | PropIs)
        else isinstance(atom, Did) and atom.within_ms is not None
        for atom in atoms(condition)
    )
