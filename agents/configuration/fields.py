"""What is known of each setting from its declaration: its shape, its meaning, whether it is a secret."""

import re
import types
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from agents.settings import Settings

VARIABLES = "TOUCHLINE_"
"""Every variable begins so."""
MASK = "********"

SHAPES = {
    "string": "text in quotes", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list of texts",
}  # fmt: skip
"""JSON Schema's types, as people call them."""


def fields() -> tuple[str, ...]:
    """All, in the order of their declaration."""
    return tuple(Settings.model_fields)


def variable(field: str) -> str:
    """Its environment variable."""
    return f"{VARIABLES}{field.upper()}"


def option(field: str) -> str:
    """Its command line option, where a command has one; a length of time is written with its unit there."""
    return f"--{field.removesuffix('_s').replace('_', '-')}"


def meaning(field: str) -> str:
    """One sentence."""
    told = (Settings.model_fields[field].description or "").split()
    return " ".join(told)


def _types(field: str) -> tuple[Any, ...]:
    annotation = Settings.model_fields[field].annotation
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def is_secret(field: str) -> bool:
    """Its value is never shown."""
    return SecretStr in _types(field)


def is_text(field: str) -> bool:
    """Whether an empty variable says something: no other shape can be empty."""
    return bool({str, SecretStr} & set(_types(field)))


def is_path(field: str) -> bool:
    """A file or folder."""
    return Path in _types(field)


def possible(field: str) -> tuple[str, ...]:
    """Of a closed set, all its values; else nothing."""
    enums = [one for one in _types(field) if isinstance(one, type) and issubclass(one, StrEnum)]
    return tuple(str(value) for one in enums for value in one)


def is_list(field: str) -> bool:
    """Several values."""
    return any(get_origin(one) in (tuple, list) for one in _types(field))


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of all fields, by field."""
    return dict(Settings.model_json_schema()["properties"])


@cache
def shapes(field: str) -> frozenset[str]:
    """Types of JSON Schema that it may have."""
    said = schema()[field]
    choices = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
    return frozenset(one.get("type", "string") for one in choices)


def shape(field: str) -> str:
    """What is to be written, in words."""
    return " or ".join(SHAPES[name] for name in sorted(shapes(field)))


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Of what is known the one that was meant, most likely; empty: none is near."""
    folded = {name.casefold(): name for name in known}
    plain = word.casefold().replace("-", "_").replace(".", "_")
    return next((folded[near] for near in get_close_matches(plain, folded, n=1, cutoff=0.6)), "")


_PASSWORD = re.compile(r"(?<![^&;])(password=)[^&;]*", re.IGNORECASE)
"""Redis' URLs may say it among their options."""


def has_password(value: object) -> bool:
    """A URL with a password in it."""
    return isinstance(value, str) and "://" in value and _parted(value) != value


def shown(field: str, value: object) -> object:
    """A value that anybody may see: secrets and passwords in URLs are masked."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if is_secret(field):
        return MASK if value else ""
    if isinstance(value, str):
        return without_passwords(value)
    if isinstance(value, Path):
        return str(value)
    return list(map(str, value)) if isinstance(value, tuple) else value


def without_passwords(text: str) -> str:
    """The same text, its URLs without what stands between a user and a host."""
    return " ".join(_parted(word) if "://" in word else word for word in text.split(" "))


def _parted(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    parts = parts._replace(query=_PASSWORD.sub(rf"\1{MASK}", parts.query))
    user, at, host = parts.netloc.rpartition("@")
    if not at and "@" not in url:
        return urlunsplit(parts)
    if not at:
        # A password with `/` or `#` in it ends the host too early for a parser, not for a reader.
        return f"{url.partition('://')[0]}://{MASK}@{url.rpartition('@')[2]}"
    name, colon, _ = user.partition(":")
    masked = f"{name}:{MASK}" if colon else user
    return urlunsplit(parts._replace(netloc=f"{masked}@{host}"))
