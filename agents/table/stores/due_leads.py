"""Deadlines beside the states in RocksDB, in the order in which they come due: one key each, and nothing in memory."""

from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Any, Protocol

from agents.table.deadlines import Due
from agents.table.stores.rocks_states import DUE, Named, Reading, keys_until
from streams.lead_codec import deadline_of

_MOMENT = Struct(">Q")
_ZERO = 2**63
"""Added to a moment, so that bytes sort as moments do."""
_LEAD_AT = len(DUE) + _MOMENT.size


class Batch(Protocol):
    """Of writes."""

    def put(self, key: Any, value: Any, /) -> None:
        """Written with the others, or not at all."""

    def delete(self, key: Any, /) -> None:
        """Likewise."""


def due_key(due_ms: int, lead: bytes) -> bytes:
    """Where a deadline lies."""
    return DUE + _MOMENT.pack(due_ms + _ZERO) + lead


def due_in(key: bytes) -> Due:
    """What such a key says."""
    return _MOMENT.unpack_from(key, len(DUE))[0] - _ZERO, key[_LEAD_AT:]


def keep_due(batch: Batch, after: Mapping[bytes, bytes | None], before: Mapping[bytes, bytes | None]) -> int:
    """Move the deadlines of leads whose states change; how many more there are."""
    more = 0
    for lead, value in after.items():
        was = before[lead]
        was_ms, due_ms = deadline_of(was) if was else 0, deadline_of(value) if value else 0
        if was_ms != due_ms:
            if was_ms:
                batch.delete(due_key(was_ms, lead))
                more -= 1
            if due_ms:
                batch.put(due_key(due_ms, lead), b"")
                more += 1
    return more


class DueLeads:
    """Deadlines on disk, with what the states that wait to be kept will make of them."""

    def __init__(self, db: Reading, named: Named, waiting: Mapping[bytes, bytes | None], count: int) -> None:
        self._db, self._named, self._waiting = db, named, waiting
        self.count = count
        """On disk."""

    def __len__(self) -> int:
        return self.count

    def due(self, first: Due, before_ms: int, most: int) -> Sequence[Due]:
        """The earliest from this one on, before a moment, in their order."""
        found, waiting, end = list[Due](), self._waiting, due_key(before_ms, b"")
        with self._named:
            at = self._db.iter()
            at.seek(due_key(*first))
            for key in keys_until(at, end):
                due = due_in(key)
                if due[1] not in waiting:
                    found.append(due)
                    if len(found) == most:
                        break
        new = [(deadline_of(value), lead) for lead, value in waiting.items() if value]
        new = [due for due in new if due[0] and first <= due < (before_ms, b"")]
        return sorted(found + new)[:most] if new else found
