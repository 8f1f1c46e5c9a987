"""The next deadline of each lead of one partition, the earliest first: one entry per lead, found without a scan."""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol

from streams.lead_codec import deadline_of, has_deadline

SPARE = 1_000
"""Entries out of date that are let be, beside one per lead."""
PAGE = 5_000
"""Deadlines fetched at once from where all of them lie."""
AHEAD_MS = 600_000
"""Those that come due so soon are held in memory."""

Due = tuple[int, bytes]
"""Deadline in ms, and its lead."""
_NOWHERE: Due = (-(2**63), b"")
_EVERYWHERE: Due = (2**63, b"")


class Far(Protocol):
    """Where all deadlines lie, if not in memory: with the states, as they were put."""

    def __len__(self) -> int:
        """How many, about: what waits to be kept may be missing."""
        ...

    def due(self, first: Due, before_ms: int, most: int) -> Sequence[Due]:
        """The earliest from this one on, before a moment, in their order."""
        ...


class Deadlines:
    """A heap beside a dict: the dict says what is in force, an entry of the heap that says otherwise is stale."""

    def __init__(self, far: Far | None = None) -> None:
        self._far = far
        self._upto = _EVERYWHERE if far is None else _NOWHERE
        """Those before this one are in memory; the others are far."""
        self._due: dict[bytes, int] = {}
        """By lead; the same objects as in the heap, so that a deadline is kept once."""
        self._heap: list[Due] = []
        """For each lead in force an entry at its deadline, or before it: one put off is put back when it comes up."""
        self._under_way: dict[bytes, int] = {}
        """Fired, and not folded yet: never twice."""

    def __len__(self) -> int:
        return len(self._due) if self._far is None else max(0, len(self._far) - len(self._under_way))

    def restored(self, encoded: Mapping[bytes, bytes]) -> None:
        """Begin anew from the headers of a table, or from what lies far."""
        self._under_way.clear()
        if self._far is None:
            self._due = {lead: deadline_of(value) for lead, value in encoded.items() if has_deadline(value)}
        else:
            self._due, self._upto = {}, _NOWHERE
        self._rebuild()

    def folded(self, states: Mapping[bytes, bytes]) -> None:
        """These leads have new states."""
        due, under_way, upto = self._due, self._under_way, self._upto
        for lead, value in states.items():
            due_ms = deadline_of(value)
            if under_way and lead in under_way:
                if under_way[lead] == due_ms:
                    continue  # folded before what was fired came to its turn
                del under_way[lead]
            before_ms = due.get(lead)
            if due_ms == 0 or (due_ms, lead) >= upto:
                if before_ms is not None:
                    del due[lead]
                continue
            if before_ms == due_ms:
                continue
            due[lead] = due_ms
            if before_ms is None or due_ms < before_ms:
                heappush(self._heap, (due_ms, lead))
        if len(self._heap) > 2 * len(due) + SPARE:
            self._rebuild()

    def take(self, until_ms: int, most: int) -> list[Due]:
        """Up to so many deadlines at or before a moment, the earliest first. They are under way from now on."""
        taken = self._take(until_ms, most)
        while len(taken) < most and self._upto[0] <= until_ms and self._far is not None:
            self._fetch(self._far, until_ms + AHEAD_MS)
            taken += self._take(until_ms, most - len(taken))
        return taken

    def _fetch(self, far: Far, before_ms: int) -> None:
        page = far.due(self._upto, before_ms, PAGE)
        for due_ms, lead in page:
            self._due[lead] = due_ms
            heappush(self._heap, (due_ms, lead))
        # The next name after one is itself and a zero byte.
        self._upto = (before_ms, b"") if len(page) < PAGE else (page[-1][0], page[-1][1] + b"\0")

    def _take(self, until_ms: int, most: int) -> list[Due]:
        taken: list[Due] = []
        heap, due = self._heap, self._due
        while heap and len(taken) < most and heap[0][0] <= until_ms:
            at_ms, lead = heappop(heap)
            due_ms = due.get(lead)
            if due_ms == at_ms:
                taken.append((at_ms, lead))
                self._under_way[lead] = at_ms
                del due[lead]
            elif due_ms is not None and due_ms > at_ms:
                heappush(heap, (due_ms, lead))
        return taken

    def _rebuild(self) -> None:
        self._heap = [(due_ms, lead) for lead, due_ms in self._due.items()]
        heapify(self._heap)
