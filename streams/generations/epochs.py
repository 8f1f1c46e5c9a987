"""Activations of a log that moves to other partitions: each is put on every new one, after all that came before it.

On the old log each partition has its own mark of an activation, at its own place. The new partitions mix leads of
several old ones; so all that lies before the first activation is copied from everywhere, then the activation to
everywhere, then what lies between it and the next, and so on: each lead is judged as it was.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from schemas.log_mark import ModelActivated

GONE = -1
"""Instead of an offset: retention removed the mark, and what is left of the partition came after it."""

_DECODER = msgspec.json.Decoder(ModelActivated)


class Met(Struct, frozen=True):
    """An activation on one partition."""

    offset: int
    timestamp: int
    value: bytes
    name: str
    """`model@version`."""
    digest: str
    rescore: bool


class Step(Struct, frozen=True):
    """One activation, as all partitions have it."""

    mark: Met
    partition: int
    """Where `mark` was found."""
    at: dict[int, int]
    """Offset by old partition, or `GONE`; a partition that is not named has not heard of it."""


class Uneven(Exception):
    """The partitions tell of activations that cannot be brought into one order."""


def met(offset: int, timestamp: int, value: bytes | None) -> Met | None:
    """A record under `MODEL_KEY`; None: it cannot be read, so it changed nothing."""
    try:
        told = _DECODER.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    name = f"{told.model}@{told.version}"
    return Met(offset, timestamp, value or b"", name, told.digest, told.rescore)


def in_order(found: Mapping[int, Sequence[Met]], firsts: Mapping[int, int]) -> list[Step]:
    """The activations of a whole log. `firsts`: where each partition begins now. Raises `Uneven`."""
    told = {number: _without_repeats(marks) for number, marks in found.items()}
    longest = max(sorted(told), key=lambda number: len(told[number]), default=None)
    if longest is None:
        return []
    whole = [_what(mark) for mark in told[longest]]
    places: list[dict[int, int]] = [{} for _ in whole]
    for number, marks in sorted(told.items()):
        ours = [_what(mark) for mark in marks]
        start = len(whole) - len(ours) if firsts[number] > 0 else 0
        if whole[start : start + len(ours)] != ours:
            raise Uneven(
                f"partition {number} tells of {_names(marks)}, partition {longest} of {_names(told[longest])}, so no "
                "order of these activations is true of all leads"
            )
        for place in range(start):
            places[place][number] = GONE
        for place, mark in enumerate(marks, start):
            places[place][number] = mark.offset
    return [Step(mark, longest, at) for mark, at in zip(told[longest], places, strict=True)]


def _without_repeats(marks: Sequence[Met]) -> list[Met]:
    """A command that failed half-way is given again: the second mark of a partition says what the first one said."""
    kept: list[Met] = []
    for mark in marks:
        if not kept or _what(mark) != _what(kept[-1]):
            kept.append(mark)
    return kept


def _what(mark: Met) -> tuple[str, bool]:
    return mark.digest, mark.rescore


def _names(marks: Iterable[Met]) -> str:
    return ", ".join(mark.name for mark in marks) or "none"
