"""What the score table asks of a store, and the note by which a store on disk knows how far it has come.

Kafka's changelog stays the truth: a store holds a prefix of it, never more, and reads the rest again.
"""

from collections.abc import Collection, Iterable, Iterator, MutableMapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from agents.table.changelog import LogEnds
from agents.table.deadlines import Far
from schemas.lead_state import Control
from schemas.units import HOUR_MS, Millis

LAYOUT = 2
"""Of what a store on disk writes; another one is not read."""

TRUSTED_MS = 20 * HOUR_MS
"""Kafka forgets tombstones a day after it compacted them (`delete.retention.ms`): who looks away longer misses some."""


class StoreBroken(RuntimeError):
    """The disk refused, or what it holds is damaged. The worker stops: what it wrote to Kafka is whole."""


class Bookmark(Struct, frozen=True, kw_only=True):
    """Lies in the store beside the states, written with them at once or not at all."""

    layout: int = LAYOUT
    table_id: str
    """Topic id of the changelog: no topic made later shares it."""
    first: int
    """Where the changelog began."""
    read_to: int
    """Up to which offset of the changelog the store holds everything."""
    current_ms: Millis
    """When that was, for sure, the changelog's end; wall time."""
    leads: int
    due: int = 0
    """Leads with a deadline."""
    control: Control | None
    highest: int
    """Applied offset of all leads read from the changelog."""
    outdated: list[bytes]
    """Leads whose last record on the changelog is an older one than here, not yet written again."""


class Unfit(StrEnum):
    """Why a store is thrown away, and its partition restored from the changelog's beginning."""

    ANOTHER_LAYOUT = "written by another release"
    ANOTHER_TABLE = "the changelog was made anew"
    AHEAD = "the changelog ends before it"
    CUT = "the changelog begins elsewhere than it did"
    TOO_OLD = "it was away for so long that tombstones may be gone"
    DAMAGED = "its files are damaged"


def unfit(number: int, mark: Bookmark, table: LogEnds, now_ms: int) -> Unfit | None:
    """Why this store is no prefix of that changelog; none: read on from it."""
    if mark.layout != LAYOUT:
        return Unfit.ANOTHER_LAYOUT
    if mark.table_id != table.generation:
        return Unfit.ANOTHER_TABLE
    if mark.read_to > table.end[number]:
        return Unfit.AHEAD
    if mark.first != table.first[number]:
        return Unfit.CUT
    if now_ms - mark.current_ms > TRUSTED_MS:
        return Unfit.TOO_OLD
    return None


class Copy(Protocol):
    """States at one moment, to be read once."""

    def __len__(self) -> int:
        """Leads."""
        ...

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """Leads and states. Raises `OSError` if the store is closed meanwhile."""
        ...


class Store(Protocol):
    """Encoded states of one partition."""

    @property
    def states(self) -> MutableMapping[bytes, bytes]:
        """By lead. What is put here is kept with the next `settle`, if the store keeps anything."""
        ...

    @property
    def due(self) -> Far | None:
        """Deadlines of all states, if they are to be had in their order; none: nobody else keeps them."""
        ...

    @property
    def bookmark(self) -> Bookmark | None:
        """As it was opened; none: empty."""
        ...

    def prefetch(self, keys: Iterable[bytes | None]) -> None:
        """These leads will be asked for."""
        ...

    def settle(
        self, read_to: int, control: Control | None, highest: int, outdated: Collection[bytes], *, at_end: bool
    ) -> None:
        """The broker has all that was put; keep it, with how far the changelog is read. `at_end`: that is its end."""
        ...

    def keys(self) -> Iterator[bytes]:
        """Leads, to be read a few at a time while the store goes on; of those put meanwhile perhaps not all."""
        ...

    def copy(self) -> Copy:
        """All states as they are now, whatever is put later. Only between two flushes; ends the copy before it."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


class Stores(Protocol):
    """Opens stores."""

    def open(self, number: int, table: LogEnds) -> Store:
        """The store of a partition, fit for this changelog. Raises `CannotStart` if somebody else has it."""
        ...

    def close(self) -> None:
        """After the last store."""
        ...
