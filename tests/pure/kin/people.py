"""Leads of one partition of the log that are merged: what one sends on comes to the other as a worker does it."""

from collections.abc import Sequence

import msgspec

from schemas.lead_event import LeadEvent, MergedInto
from schemas.lead_state import LeadState
from streams.fold import NOBODY, fold
from streams.folded import Folded, add
from streams.judge import Judge
from tests.pure.lives import Logged, T, Table

_DECODER = msgspec.json.Decoder(LeadEvent)


def merged_into(survivor: str, loser: str, at_ms: int = T) -> MergedInto:
    return MergedInto(id=f"{loser}/merged/{survivor}", at_ms=at_ms, survivor=survivor)


class People:
    """Leads whose events are folded in batches; what is sent onward waits at its lead's log until it is delivered."""

    def __init__(self, by: Judge, *, ledger: bool = True) -> None:
        self.by, self.ledger = by, ledger
        self.table, self.told = Table(), Folded()
        self.log: list[Logged] = []
        self.waiting: list[tuple[str, bytes]] = []
        self.earlier = {by.key: by}

    def say(self, lead: str, *events: LeadEvent) -> None:
        """Events onto a lead's log, folded in one batch."""
        self.put(*((lead, msgspec.json.encode(event)) for event in events))

    def put(self, *values: tuple[str, bytes]) -> None:
        start = len(self.log)
        self.log += [Logged(start + i, lead.encode(), value) for i, (lead, value) in enumerate(values)]
        self._fold(self.log[start:])

    def _fold(self, records: Sequence[Logged]) -> None:
        folded = fold(records, self.table, self.by, ledger=self.ledger, earlier=self.earlier or NOBODY)
        assert [] == folded.refused
        self.table.keep(folded)
        self.waiting += folded.onward
        folded.states = {}
        add(self.told, folded)

    def deliver(self, times: int = 1) -> None:
        """What waits, in its order; `times`: as a worker that was killed in between says it again."""
        waiting, self.waiting = self.waiting, []
        for _ in range(times):
            self.put(*waiting)

    def settle(self, times: int = 1, most: int = 50) -> None:
        """Until nobody sends anything on."""
        for _ in range(most):
            if not self.waiting:
                return
            self.deliver(times)
        raise AssertionError("leads send one another events for ever")

    def state(self, lead: str) -> LeadState:
        return self.table.state(lead)

    def again(self, batch: int) -> "People":
        """The same log folded from its start, in other batches; what was sent on lies there already."""
        anew = People(self.by, ledger=self.ledger)
        for start in range(0, len(self.log), batch):
            records = self.log[start : start + batch]
            anew.log += records
            anew._fold(records)
        return anew


def event_of(value: bytes | None) -> LeadEvent:
    event: LeadEvent = _DECODER.decode(value or b"")
    return event
