"""The next deadline of each lead of one partition, the earliest first: one entry per lead, found without a scan."""

from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from streams.lead_codec import deadline_of

SPARE = 1_000
"""Entries out of date that are let be, beside one per lead."""


class Deadlines:
    """A heap beside a dict: the dict says what is in force, an entry of the heap that says otherwise is stale."""

    def __init__(self) -> None:
        self._due: dict[bytes, int] = {}
        """By lead; the same objects as in the heap, so that a deadline is kept once."""
        self._heap: list[tuple[int, bytes]] = []
        """For each lead in force an entry at its deadline, or before it: one put off is put back when it comes up."""
        self._under_way: dict[bytes, int] = {}
        """Fired, and not folded yet: never twice."""

    def __len__(self) -> int:
        return len(self._due)

    def restored(self, encoded: Mapping[bytes, bytes]) -> None:
        """Begin anew from the headers of a table."""
        self._under_way.clear()
        self._due = {lead: due_ms for lead, value in encoded.items() if (due_ms := deadline_of(value))}
        self._rebuild()

    def folded(self, states: Mapping[bytes, bytes]) -> None:
        """These leads have new states."""
        due, under_way = self._due, self._under_way
        for lead, value in states.items():
            due_ms = deadline_of(value)
            if under_way and lead in under_way:
                if under_way[lead] == due_ms:
                    continue  # folded before what was fired came to its turn
                del under_way[lead]
            before_ms = due.get(lead)
            if due_ms == 0:
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

    def take(self, until_ms: int, most: int) -> list[tuple[int, bytes]]:
        """Up to so many deadlines at or before a moment, the earliest first. They are under way from now on."""
        taken: list[tuple[int, bytes]] = []
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
