"""Conditions in one normal form, so that two ways of saying the same compile equally and have one digest.

`all` in `all` and `any` in `any` are opened, opposites stand at single tests, and of a set the order says nothing.
"""

from collections.abc import Iterable

import msgspec

from schemas.condition import AllOf, AnyOf, Condition, Did, FactIs, NotOf, PropIs, TouchIs

Single = FactIs | Did | TouchIs | PropIs


def every(of: Iterable[Condition]) -> Condition:
    """All of them."""
    parts = _distinct(inner for one in of for inner in (one.of if isinstance(one, AllOf) else (one,)))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def either(of: Iterable[Condition]) -> Condition:
    """Any of them."""
    parts = _distinct(inner for one in of for inner in (one.of if isinstance(one, AnyOf) else (one,)))
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def opposite(condition: Condition) -> Condition:
    """What holds when it does not; of the unknown, unknown, as everywhere."""
    match condition:
        case NotOf(of=inner):
            return inner
        case AllOf(of=parts):
            return either(map(opposite, parts))
        case AnyOf(of=parts):
            return every(map(opposite, parts))
        case _:
            return NotOf(condition)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """What must hold one by one."""
    return condition.of if isinstance(condition, AllOf) else (condition,)


def ways_of(condition: Condition) -> tuple[Condition, ...]:
    """Each of which is enough."""
    return condition.of if isinstance(condition, AnyOf) else (condition,)


def singles(condition: Condition) -> tuple[Single, ...]:
    """Every test within."""
    match condition:
        case AllOf(of=parts) | AnyOf(of=parts):
            return tuple(single for part in parts for single in singles(part))
        case NotOf(of=inner):
            return singles(inner)
        case _:
            return (condition,)


def about_touch(condition: Condition) -> bool:
    """Does any test within ask about the touch?"""
    return any(isinstance(single, TouchIs | PropIs) for single in singles(condition))


def about_lead(condition: Condition) -> bool:
    """Does any test within ask about the lead?"""
    return any(isinstance(single, FactIs | Did) for single in singles(condition))


def _distinct(of: Iterable[Condition]) -> tuple[Condition, ...]:
    by_text = {msgspec.json.encode(one): one for one in of}
    return tuple(by_text[text] for text in sorted(by_text))
