"""What one model says otherwise than another, in words: for whoever has to agree to the change."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.condition import (
    Aged,
    AllOf,
    AnyOf,
    AtLeast,
    Between,
    Did,
    FactIs,
    Is,
    NotOf,
    OneOf,
    PropIs,
    Soon,
    TouchIs,
    Under,
)
from schemas.scoring_model import NO_LINE, Repeat, ScoringModel
from schemas.units import MICRO
from streams.conditions import phrase
from streams.moments import rfc3339, span

NAMED = {
    "facts": "fact", "rules": "rule", "primary": "primary criterion", "secondary": "secondary criterion",
    "bursts": "burst", "surges": "surge", "temperature": "temperature", "grade": "grade", "segments": "segment",
    "levels": "level", "fast_paths": "fast path", "campaigns": "campaign", "stages": "stage",
}  # fmt: skip
"""Parts of a model that hold things with names."""
SKIPPED = frozenset({"model", "version"})
CONDITIONS = (FactIs, Did, TouchIs, PropIs, AllOf, AnyOf, NotOf)
NOTHING = "none"


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that is not as it was."""

    change: str
    """`added`, `removed` or `changed`."""
    what: str
    """`rule read-blog`, `handoff line`."""
    said: tuple[str, ...]
    """In words: `points 1 -> 2`; of something added or removed, all that it says."""


def differences(before: ScoringModel, now: ScoringModel) -> list[Difference]:
    """Everything, in the order of the document."""
    return [one for field in msgspec.structs.fields(now) if field.name not in SKIPPED for one in _part(
        field.name, getattr(before, field.name), getattr(now, field.name)
    )]  # fmt: skip


def _part(name: str, was: Any, now: Any) -> Iterator[Difference]:
    if was == now:
        return
    if name in NAMED:
        yield from _named(NAMED[name], _by_name(was), _by_name(now))
        if not was or not now or list(_by_name(was)) == list(_by_name(now)):
            return
        left = [n for n in _by_name(was) if n in _by_name(now)]
        if left != [n for n in _by_name(now) if n in _by_name(was)]:
            yield Difference(change="changed", what=f"order of {name}", said=(f"{', '.join(_by_name(now))}",))
    elif isinstance(now, Struct) and isinstance(was, Struct):
        yield Difference(change="changed", what=_words(name), said=tuple(_fields(was, now)))
    elif isinstance(was, dict) and isinstance(now, dict):
        yield Difference(change="changed", what=_words(name), said=tuple(_entries(name, was, now)))
    else:
        yield Difference(change="changed", what=_words(name), said=(f"{_value(name, was)} -> {_value(name, now)}",))


def _named(what: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name, thing in now.items():
        if name not in was:
            yield Difference(change="added", what=f"{what} {name}", said=tuple(_all(thing)))
        elif thing != was[name]:
            yield Difference(change="changed", what=f"{what} {name}", said=tuple(_fields(was[name], thing)))
    for name, thing in was.items():
        if name not in now:
            yield Difference(change="removed", what=f"{what} {name}", said=tuple(_all(thing)))


def _by_name(things: Any) -> dict[str, Any]:
    return {getattr(thing, "name", None) or thing.level: thing for thing in things}


def _all(thing: Struct) -> Iterator[str]:
    """What it says beyond what goes without saying."""
    for field in msgspec.structs.fields(thing):
        value = getattr(thing, field.name)
        if field.name not in ("name", "level") and value != field.default:
            yield f"{_words(field.name)} {_value(field.name, value)}"


def _fields(was: Struct, now: Struct) -> Iterator[str]:
    for field in msgspec.structs.fields(now):
        old, new = getattr(was, field.name), getattr(now, field.name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _entries(field.name, old, new)
        else:
            yield f"{_words(field.name)} {_value(field.name, old)} -> {_value(field.name, new)}"


def _entries(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys((*was, *now)):
        if was.get(key) != now.get(key):
            yield f"{key} {_value(name, was.get(key))} -> {_value(name, now.get(key))}"


def _words(name: str) -> str:
    """A field as the document calls it."""
    return name.removesuffix("_ms").replace("_", " ")


POINTS = frozenset(
    {"points", "limit", "engagement", "fit", "gain", "at_least", "rearm_under", "by_value", "groups", "completeness"}
)
MOMENTS = frozenset({"starts_ms", "until_ms"})


def _value(name: str, value: Any) -> str:
    match value:
        case None | () | "" | False:
            return NOTHING
        case True:
            return "yes"
        case _ if isinstance(value, CONDITIONS):
            return phrase(value)
        case Repeat():
            return _repeat(value)
        case AtLeast() | Under() | Between() | OneOf() | Is() | Aged() | Soon():
            return phrase(FactIs("", value)).strip()
        case int() if name in POINTS:
            return NOTHING if value == NO_LINE else f"{value / MICRO:g}"
        case int() if name in MOMENTS:
            return rfc3339(value)
        case int() if name.endswith("_ms"):
            return span(value)
        case dict():
            return ", ".join(f"{key} {_value(name, one)}" for key, one in value.items()) or NOTHING
        case tuple():
            return ", ".join(_value(name, one) for one in value)
        case _:
            return str(value)


def _repeat(repeat: Repeat) -> str:
    if repeat.once:
        return "once"
    if repeat.per_prop:
        return f"once per {repeat.per_prop}"
    return f"{repeat.per_day} per day" if repeat.per_day else "every time"
