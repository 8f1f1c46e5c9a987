"""States in a dictionary: the fastest, as long as they fit; a restart reads the whole changelog."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from agents.table.changelog import LogEnds
from agents.table.deadlines import Far
from agents.table.stores.store import Bookmark
from schemas.lead_state import Control


class MemoryStore:
    """Keeps nothing beyond the process."""

    bookmark: Bookmark | None = None
    due: Far | None = None

    def __init__(self) -> None:
        self.states: dict[bytes, bytes] = {}

    def prefetch(self, keys: Iterable[bytes | None]) -> None:
        """They are at hand."""

    def settle(
        self, read_to: int, control: Control | None, highest: int, outdated: Collection[bytes], *, at_end: bool
    ) -> None:
        """Nothing outlives us."""

    def keys(self) -> Iterator[bytes]:
        """Those of this moment."""
        return iter(list(self.states))

    def copy(self) -> Mapping[bytes, bytes]:
        """Encoded states never change in place, so a copy of the dictionary is a copy of the table."""
        return dict(self.states)

    def close(self) -> None:
        """The collector does it."""


class MemoryStores:
    """One dictionary per partition."""

    def open(self, number: int, table: LogEnds) -> MemoryStore:
        """Empty."""
        return MemoryStore()

    def close(self) -> None:
        """Nothing is open."""
