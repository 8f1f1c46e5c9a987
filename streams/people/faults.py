"""What is wrong with the bytes of a message, in words for whoever sends it. Names fields and shapes, never values."""

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.crm_update import CrmKind, CrmUpdate
from schemas.fact import Fact
from schemas.reject import Reason, Reject
from schemas.touch import Touch

UNREADABLE = (ValueError, RecursionError, OverflowError)
"""All that decoding raises on bad bytes. msgspec's errors, UnicodeDecodeError and int's digit limit are ValueErrors."""

MOST_FLOAT = 1e15
MOST_INT = 2**63
"""Beyond these a sum is no longer exact, and a record no longer fits the formats it is kept in."""

_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_PATH = re.compile(r" - at `\$([^`]*)`")
_SHAPES = {
    "str": "text", "int": "number", "float": "number", "bool": "yes-no", "null": "null", "object": "object",
    "array": "list", "datetime": "time",
}  # fmt: skip
_TIMES = ("at", "until")
_TIME_REMEDY = "write RFC 3339 with an offset, 2026-11-22T10:30:00Z, or Unix time in whole milliseconds"


def explain(fault: Exception, value: bytes, shape: Any, body: dict[str, Any] | None = None) -> Reject:
    """Turn a decoder's error into a verdict. Its own words may quote the message, so they are not passed on."""
    if isinstance(fault, RecursionError):
        return _reject(Reason.TOO_DEEP, "the message is nested too deeply; send one flat JSON object")
    if isinstance(fault, msgspec.ValidationError):
        return _misshapen(str(fault), shape, body)
    try:
        value.decode()
    except UnicodeDecodeError as where:
        return _reject(Reason.NOT_UTF8, f"byte {where.start} is not UTF-8; encode the message as UTF-8")
    if value.startswith(b"\xef\xbb\xbf"):
        return _reject(Reason.NOT_JSON, "the message begins with a byte order mark; send the JSON without it")
    if _only_constants_wrong(value):
        return _reject(Reason.BAD_NUMBER, "NaN or Infinity is not JSON; leave the field out, or write null")
    where_ = re.search(r"\(byte (\d+)\)", str(fault))
    place = f" at byte {where_[1]}" if where_ else ""
    return _reject(Reason.NOT_JSON, f"the message is not JSON{place}; send one JSON object per message")


def named(name: str) -> str:
    """A property's name, unless it could be somebody's data rather than a name."""
    return name if _FIELD_NAME.fullmatch(name) else "one property"


def too_big(value: Any) -> bool:
    """A number that cannot be counted with."""
    if type(value) is float:
        return not -MOST_FLOAT <= value <= MOST_FLOAT
    return type(value) is int and not -MOST_INT <= value < MOST_INT


def nobodys(namespaces: Iterable[str]) -> Reject:
    """Whoever is named is known by something that too many people have."""
    spaces = ", ".join(sorted({named(namespace) for namespace in namespaces}))
    detail = f"{spaces} is used by too many people to say who is meant; name the person by another identity, too"
    return Reject(reason=Reason.BAD_IDENTITY, detail=detail)


def _misshapen(said: str, shape: Any, body: dict[str, Any] | None) -> Reject:
    """JSON of another shape than the topic's."""
    if body is not None and (missing := _missing_fields(shape, body)):
        are = "is" if len(missing) == 1 else "are"
        return _reject(Reason.WRONG_SHAPE, f"{', '.join(missing)} {are} missing; see {_described(shape)}")
    path = _PATH.search(said)
    field = _field(path[1]) if path else "the message"
    if "out of range" in said and field not in _TIMES:
        return _reject(Reason.BAD_NUMBER, f"{field} is a number too large to count with; write it as a text")
    expected = _EXPECTED.search(said)
    if field in _TIMES:
        found = f"is a {_SHAPES.get(expected[2], 'value')}" if expected and expected[2] != "str" else "is a text"
        lacks = "without an offset" if "timezone" in said else "that is no moment"
        return _reject(Reason.BAD_TIME, f"{field} {found} {lacks}; {_TIME_REMEDY}")
    if expected:
        wanted = " or ".join(dict.fromkeys(_SHAPES.get(t, t) for t in expected[1].split(" | ")))
        found = _SHAPES.get(expected[2], "value")
        return _reject(Reason.WRONG_SHAPE, f"{field} is {_a(found)}; write {_a(wanted)}")
    if missed := _MISSING.search(said):
        return _reject(Reason.WRONG_SHAPE, f"{missed[1]} is missing; see {_described(shape)}")
    return _reject(Reason.WRONG_SHAPE, f"{field} is not one of the values allowed; {_allowed(shape, field)}")


def _missing_fields(shape: Any, body: dict[str, Any]) -> list[str]:
    return [f.encode_name for f in msgspec.structs.fields(shape) if f.required and f.encode_name not in body]


def _field(path: str) -> str:
    """`.who[...]` as people say it: `a value of who`."""
    plain = path.lstrip(".")
    if not plain:
        return "the message"
    name, deeper, _ = plain.partition("[...]")
    return f"a value of {name}" if deeper else plain


def _allowed(shape: Any, field: str) -> str:
    if shape is CrmUpdate and field == "kind":
        return f"write one of {', '.join(CrmKind)}"
    choices = {"direction": "write in or out", "side": "write us or client"}
    return choices.get(field, f"see {_described(shape)}")


def _described(shape: Any) -> str:
    return f"schemas/json/{_SCHEMA_FILES.get(shape, shape.__name__)}.json"


_SCHEMA_FILES = {Touch: "touches.web", Fact: "facts", CrmUpdate: "crm.updates"}


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else noun if noun == "null" else f"a {noun}"


def _only_constants_wrong(value: bytes) -> bool:
    """Python and JavaScript print NaN and Infinity bare; everything else may be in order."""
    if b"NaN" not in value and b"Infinity" not in value:
        return False
    try:
        json.loads(value)
    except UNREADABLE:
        return False
    return True


def _reject(reason: Reason, detail: str) -> Reject:
    return Reject(reason=reason, detail=detail)
