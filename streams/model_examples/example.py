"""What an example says, and how it is read from YAML."""

from datetime import date, datetime, tzinfo
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from schemas.lead_event import CrmSaid, FactLearned, LeadEvent, TouchSeen
from streams.moments import to_ms
from streams.topology import CRM_UPDATES, FACTS, TOUCHES_WEB

T = TypeVar("T", TouchSeen, FactLearned, CrmSaid)

FIELDS = ("page", "channel", "source", "medium", "campaign", "message", "product", "direction")
"""Words of a touch that are its own; every other word is a property."""


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must hold; what is not written is not asked."""

    engagement: float | None = None
    fit: float | None = None
    completeness: float | None = None
    label: str | None = None
    level: str | None = None
    segment: str | None = None
    handoff: bool | None = None
    """Does a handoff stand open?"""
    lines: dict[str, float] = {}
    """Points of these lines of engagement or fit; 0: no such line."""


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lead's life in short, and what it must come to."""

    name: str
    touches: list[dict[str, Any]] = []
    """`at`, `kind`, fields of a touch; every other word is a property."""
    facts: list[dict[str, Any]] = []
    """`at`, `by`; every other word is a fact."""
    reports: list[dict[str, Any]] = []
    """`at`, `kind` and words of the CRM: accepted, returned, consent..."""
    at: Any = None
    """The moment of the score; absent: that of the last thing that happened."""
    expect: Expected


class _Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    examples: list[Example]


class BadExamples(Exception):
    """The file cannot be read; the sentence says where and what to write."""


def read_examples(text: str) -> list[Example]:
    """All examples of a file. Raises `BadExamples`."""
    try:
        said = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark is not None else 1
        raise BadExamples(f"line {line}: not YAML: {fault.problem}") from None
    except (YAMLError, ValueError, OverflowError) as fault:
        raise BadExamples(f"not YAML: {' '.join(str(fault).split())}") from None
    try:
        found = msgspec.convert(said, _Document).examples
    except msgspec.ValidationError as fault:
        raise BadExamples(f"{_named(str(fault), said)}. Write `examples:` and under it a list, see README.md") from None
    names = [example.name for example in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadExamples(f"two examples are called {twice[0]!r}")
    return found


def _named(fault: str, said: Any) -> str:
    """msgspec's own words, the example called by its name."""
    problem, _, path = fault.partition(" - at `$.examples[")
    number, _, rest = path.partition("]")
    if not number.isdigit():
        return fault
    named = said["examples"][int(number)]
    name = named.get("name") if isinstance(named, dict) else None
    return f"example {name or int(number) + 1}, {rest.rstrip('`').lstrip('.') or 'whole'}: {problem}"


def events_of(example: Example, zone: tzinfo) -> list[LeadEvent]:
    """What happened, in the order of time. Raises `BadExamples`."""
    told: list[LeadEvent] = [
        *(_touch(words, zone, example.name, n) for n, words in enumerate(example.touches)),
        *(_fact(words, zone, example.name, n) for n, words in enumerate(example.facts)),
        *(_report(words, zone, example.name, n) for n, words in enumerate(example.reports)),
    ]
    return sorted(told, key=_at_ms)


def _at_ms(event: LeadEvent) -> int:
    return event.at_ms


def _touch(words: dict[str, Any], zone: tzinfo, name: str, number: int) -> TouchSeen:
    at_ms, kind = moment(words.get("at"), zone, name), _kind(words, name)
    fields = {field: str(words[field]) for field in FIELDS if field in words}
    props = {word: value for word, value in words.items() if word not in ("at", "kind", *FIELDS)}
    made = {"id": f"touch {number + 1}", "at_ms": at_ms, "origin": [TOUCHES_WEB.name, 0, number, at_ms]}
    return _made(TouchSeen, made | {"kind": kind, "props": props} | fields, name)


def _fact(words: dict[str, Any], zone: tzinfo, name: str, number: int) -> FactLearned:
    at_ms = moment(words.get("at"), zone, name)
    facts = {word: _plain(value) for word, value in words.items() if word not in ("at", "by")}
    made = {"id": f"fact {number + 1}", "at_ms": at_ms, "origin": [FACTS.name, 0, number, at_ms]}
    return _made(FactLearned, made | {"by": str(words.get("by", "form")), "facts": facts}, name)


def _report(words: dict[str, Any], zone: tzinfo, name: str, number: int) -> CrmSaid:
    at_ms = moment(words.get("at"), zone, name)
    rest = {word: value for word, value in words.items() if word not in ("at", "kind", "until")}
    if "until" in words:
        rest["until_ms"] = moment(words["until"], zone, name)
    made = {"id": f"report {number + 1}", "at_ms": at_ms, "origin": [CRM_UPDATES.name, 0, number, at_ms]}
    return _made(CrmSaid, made | {"kind": _kind(words, name)} | rest, name)


def _kind(words: dict[str, Any], name: str) -> str:
    if not isinstance(kind := words.get("kind"), str):
        raise BadExamples(f"example {name}: a touch or report without `kind`: {words}")
    return kind


def _made(kind: type[T], words: dict[str, Any], name: str) -> T:
    known = {field.name for field in msgspec.structs.fields(kind)}
    if unknown := sorted(set(words) - known):
        raise BadExamples(f"example {name}: {unknown[0]!r} is no word of a report")
    tag = {"type": kind.__struct_config__.tag}
    try:
        return msgspec.convert(tag | words, kind)
    except msgspec.ValidationError as fault:
        raise BadExamples(f"example {name}: {fault}") from None


def _plain(value: Any) -> Any:
    """YAML reads dates as dates; a fact is a text."""
    return value.isoformat() if isinstance(value, date) else value


def moment(said: Any, zone: tzinfo, name: str) -> int:
    """A moment in the model's time zone, unless it has an offset."""
    try:
        text = said.isoformat() if isinstance(said, date) else str(said)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadExamples(f"example {name}: `at` is {said!r}. Write 2026-11-20 10:00") from None
    return to_ms(found if found.tzinfo is not None else found.replace(tzinfo=zone))
