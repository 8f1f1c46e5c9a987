"""The states of a store on disk as a mapping, and a view of them that lasts while the store goes on."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from agents.table.stores.perhaps_there import PerhapsThere
from agents.table.stores.store import StoreBroken

BOOKMARK_KEY = b"\0bookmark"
"""No lead id begins with a zero byte."""
DUE = b"\xff\0due"
"""Before each key that says when a lead is due: behind all leads, whose ids are UTF-8, which never has this byte."""
DAMAGED = "DAMAGED"
"""A file of this name in the folder: reading met damage, the next start begins anew."""
_DAMAGES = ("Corruption", "No such file")
"""How RocksDB speaks of it."""


class Reading(Protocol):
    """Of a database."""

    def get(self, key: Any, /) -> Any:
        """A value, none if it is not there; values for a list of keys."""

    def iter(self) -> Any:
        """A place among all keys as they are now, which can be moved, and says what ended it."""
        ...


class Named:
    """The binding raises a bare `Exception` for all faults of RocksDB: here they get a name, and damage is noted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        if kind is Exception:
            raise self.broken(str(fault)) from fault

    def broken(self, why: str) -> StoreBroken:
        """What to raise."""
        if any(word in why for word in _DAMAGES):
            (self._folder / DAMAGED).touch()
        return StoreBroken(f"the store {self._folder}: {why}")


class _Pairs(ItemsView[bytes, bytes]):
    """Leads and states, read in one go instead of key by key."""

    def __init__(self, of: "RocksStates") -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return self._of.pairs()


class RocksStates(MutableMapping[bytes, bytes]):
    """The states of a store. What is put waits in memory until the store settles."""

    def __init__(self, db: Reading, named: Named, leads: int) -> None:
        self._db, self._named = db, named
        self._leads = leads
        self.perhaps: PerhapsThere | None = None
        """While the store is filled from nothing: who else is not there."""
        self.waiting: dict[bytes, bytes | None] = {}
        """Not on disk yet; none: to be removed."""
        self._read: dict[bytes, bytes | None] = {}
        """Fetched for the flush under way; none: not there."""

    def __len__(self) -> int:
        return self._leads

    def get(self, key: bytes, default: Any = None) -> Any:
        """The state, or none."""
        if key in self.waiting:
            value = self.waiting[key]
        elif key in self._read:
            value = self._read[key]
        else:
            with self._named:
                value = self._read[key] = self._db.get(key)
        return default if value is None else value

    def fetch(self, keys: Iterable[bytes | None]) -> None:
        """Read many at once, in the order in which they lie on the disk."""
        unread = {key for key in keys if key is not None} - self._read.keys() - self.waiting.keys()
        if self.perhaps is not None:
            self._read.update(dict.fromkeys(unread))
            missing = sorted(self.perhaps.among(unread))
        else:
            missing = sorted(unread)
        if missing:
            with self._named:
                self._read.update(zip(missing, self._db.get(missing), strict=True))

    def update(self, other: Any = (), /, **more: Any) -> None:
        """Many at once: who of them is new is one look."""
        states: dict[bytes, bytes] = dict(other, **more)
        self.fetch(states)
        get = self.get
        new = [key for key in states if get(key) is None]
        self.waiting.update(states)
        self._put(new)

    def _put(self, new: list[bytes]) -> None:
        self._leads += len(new)
        if self.perhaps is not None:
            self.perhaps.add(new)

    def __getitem__(self, key: bytes) -> bytes:
        value: bytes | None = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if self.get(key) is None:
            self._put([key])
        self.waiting[key] = value

    def __delitem__(self, key: bytes) -> None:
        if self.get(key) is None:
            raise KeyError(key)
        self._leads -= 1
        self.waiting[key] = None

    def __iter__(self) -> Iterator[bytes]:
        return (key for key, _ in self.pairs())

    def items(self) -> ItemsView[bytes, bytes]:
        """All of them, one after the other from the disk."""
        return _Pairs(self)

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """What lies on disk, unless something newer waits; then what waits."""
        with self._named:
            for key, value in leads_in(self._db):
                if key not in self.waiting:
                    yield key, value
        yield from ((key, value) for key, value in self.waiting.items() if value is not None)

    @property
    def read(self) -> Mapping[bytes, bytes | None]:
        """What lies on disk of all that waits, and of others."""
        return self._read

    def forget(self) -> None:
        """What waited is on disk; what was read is not asked for again."""
        self.waiting.clear()
        self._read.clear()


class RocksCopy:
    """The states at one moment, to be read once, perhaps by another thread, while the store goes on.

    It holds an iterator, which sees the database as it was when it was made: the binding's snapshots (0.3.29) heed
    their moment for single keys alone.
    """

    def __init__(self, pairs: Iterator[tuple[bytes, bytes]], named: Named, leads: int) -> None:
        self._pairs: Iterator[tuple[bytes, bytes]] | None = pairs
        self._named, self._leads = named, leads

    def __len__(self) -> int:
        return self._leads

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All of them, unless the store is closed meanwhile."""
        count = 0
        with self._named:
            for pair in self._left():
                self._left()
                count += 1
                yield pair
        # RocksDB's iterator ends at damage as it does at the end.
        if count != self._leads:
            raise self._named.broken(f"Corruption: it holds {count} leads where {self._leads} were written")

    def _left(self) -> Iterator[tuple[bytes, bytes]]:
        pairs = self._pairs
        if pairs is None:
            raise OSError("the partition was given away while its states were copied")
        return pairs

    def end(self) -> None:
        """The store is closed: a reader, if there is one, must let go."""
        self._pairs = None


def leads_in(source: Reading) -> Iterator[tuple[bytes, bytes]]:
    """Leads and states as they are now, whatever is written while they are read."""
    at = source.iter()
    at.seek_to_first()
    return ((key, at.value()) for key in keys_until(at, DUE) if key != BOOKMARK_KEY)


def keys_until(at: Any, end: bytes) -> Iterator[bytes]:
    """From where an iterator stands, before an end. Raises at damage, where RocksDB ends as it does at the end."""
    while at.valid() and (key := at.key()) < end:
        yield key
        at.next()
    at.status()
