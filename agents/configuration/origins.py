"""Where a setting's value came from, and what is wrong with one."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct


class Layer(StrEnum):
    """Kinds of places, in the order in which they win."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    MOUNTED = "mounted file"
    BINDING = "service binding"
    FILE = "file"
    DEFAULT = "default"


class Origin(Struct, frozen=True):
    """The place a value was read from."""

    layer: Layer
    where: str
    """As an operator finds it: `--partitions`, `TOUCHLINE_PARTITIONS`, `touchline.toml:12`."""


class Given(Struct, frozen=True):
    """A value somebody wrote, not checked yet."""

    value: Any
    origin: Origin


Layered = Mapping[str, Given]
"""By field."""


class Wrong(Struct, frozen=True, kw_only=True):
    """One thing that cannot be used, or was not meant so."""

    where: str
    what: str
    """Goes on after the place: `touchline.toml:3: `."""
    remedy: str
    field: str = ""
    """Whose value it is; empty: of none."""

    def __str__(self) -> str:
        return f"{self.where}{self.what}"


class BadSettings(Exception):
    """Settings that cannot be used: all that is wrong with them at once."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("; ".join(map(str, wrong)))
        self.wrong = wrong
