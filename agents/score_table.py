"""The score table of one worker: restored in bulk, written after its outputs, with a control record to start from."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from agents.app import CannotStart
from agents.delivery.producer import Landed, Outbox
from agents.settings import Settings
from agents.signals import ForeignWriteFound, PartitionsRestored
from agents.table.changelog import Changelog, LogEnds, changelog
from agents.table.control import misfit, unfounded
from agents.table.models_in_force import ModelsInForce
from agents.table.score_partition import ScorePartition
from agents.table.stores import stores_of
from schemas.lead_state import Control
from streams.fold import FOLD_REVISION
from streams.folded import Folded
from streams.generations.log_marks import MODEL_KEY
from streams.topology import LEAD_EVENTS, LEAD_STATE


class GapFound(RuntimeError):
    """Records of the log are missing between what the table holds and what was delivered."""


class TableLost(RuntimeError):
    """The changelog was made anew under our feet: what memory holds is no longer on it."""


class ScoreTable:
    """States of all leads on this worker's partitions."""

    def __init__(self, settings: Settings, models: ModelsInForce) -> None:
        self._settings = settings
        self._models = models
        self._stores = stores_of(settings)
        self._held: dict[int, ScorePartition] = {}
        self._assigned: frozenset[int] = frozenset()
        self._ends: LogEnds | None = None

    def __len__(self) -> int:
        return sum(len(self._held[p]) for p in self._assigned)

    def starts(self) -> dict[tuple[str, int], int]:
        """Where each partition of the log goes on."""
        return {(LEAD_EVENTS.name, p): self._held[p].next_offset for p in self._assigned}

    @property
    def read_to(self) -> int:
        """Offsets of the changelog up to which it is in the table, summed: grows while partitions are restored."""
        return sum(held.read_to for held in self._held.values())

    def ours(self) -> list[ScorePartition]:
        """The partitions assigned, between two flushes."""
        return [self._held[p] for p in sorted(self._assigned)]

    async def assigned(self, partitions: set[int]) -> None:
        """Hold exactly these partitions, with everything their changelog says now: also about those kept all along.

        A worker that was paused may get "its" partition back hundreds of records late; where nobody wrote, it is free.
        """
        began_s = time.monotonic()
        self._assigned = frozenset()
        for number, held in list(self._held.items()):
            if number not in partitions and held.away:
                self._held.pop(number).close()
            else:
                held.away = number not in partitions
        records = 0
        if partitions:
            async with changelog(self._settings) as log:
                await self._open(log, partitions)
                records = await self._read(log, partitions)
                self._ends = await log.ends(sorted(partitions))
            for number in sorted(partitions):
                self._begin(self._held[number], self._ends)
                await asyncio.to_thread(self._held[number].see_deadlines)
                if self._settings.cards:
                    # It may look at every lead, on disk perhaps, and others want their turn meanwhile.
                    await asyncio.to_thread(self._held[number].see_cards)
        self._assigned = frozenset(partitions)
        PartitionsRestored(
            partitions=sorted(partitions), records=records, leads=len(self), took_s=time.monotonic() - began_s
        ).emit()

    async def _open(self, log: Changelog, partitions: set[int]) -> None:
        """Hold what we did not: what is in its store already is not read again."""
        new = sorted(partitions - self._held.keys())
        if new:
            table = await log.ends(new, LEAD_STATE)
            for number in new:
                store = self._stores.open(number, table)
                self._held[number] = ScorePartition(number, self._settings.cards_every_s, store=store)

    async def _read(self, log: Changelog, partitions: set[int]) -> int:
        def take(number: int, records: Sequence[Any]) -> None:
            held = self._held[number]
            held.take(records)
            # A store that is filled goes to disk while the next one is read: its buffers are in the way of others.
            held.settle(at_end=held.read_to >= ends.end[number])

        ends = await log.ends(sorted(partitions), LEAD_STATE)
        count = await log.read({p: self._held[p].read_to for p in sorted(partitions)}, take)
        for number in partitions:
            self._held[number].settle(at_end=True)
        return count

    def _begin(self, held: ScorePartition, ends: LogEnds) -> None:
        refused = (
            unfounded(held.number, ends, self._settings)
            if held.control is None
            else misfit(held.number, held.control, ends, self._settings)
        )
        if refused:
            raise CannotStart(refused)

    def held(self, number: int) -> ScorePartition:
        """A partition of ours."""
        return self._held[number]

    def partition(self, number: int, records: Sequence[Any]) -> ScorePartition:
        """The partition these records go to, once it is sure that they follow what it holds without a gap."""
        held = self._held[number]
        wanted, first, last = held.next_offset, records[0].offset, records[-1].offset
        if first != wanted or last - first + 1 != len(records):
            raise GapFound(
                f"{LEAD_EVENTS.name} partition {number}: wanted offset {wanted} next, got {len(records)} records from "
                f"{first} to {last}: the worker stops and resumes from its control record"
            )
        held.prefetch(records)
        if activations := sum(record.key == MODEL_KEY for record in records):
            held.activations, held.under = held.activations + activations, ""
        return held

    async def persist(self, folds: Mapping[int, Folded], applied: Mapping[int, int], out: Outbox) -> None:
        """Write each touched lead once and the control record last, wait, and see that nobody else wrote between."""
        controls = {p: self._control(self._held[p], offset) for p, offset in applied.items()}
        items = [item for p, folded in folds.items() for item in self._held[p].records(folded, controls[p])]
        landed = await out.write(LEAD_STATE, items)
        strangers = {p for p in folds if self._settle(p, controls[p], landed[p])}
        if strangers:
            async with changelog(self._settings) as log:
                await self._read(log, strangers)
            for number in strangers:
                self._held[number].see_deadlines()

    def _control(self, held: ScorePartition, applied: int) -> Control:
        if self._ends is None:
            raise RuntimeError("nothing is assigned: assigned() comes before persist()")
        models, rescore = self._models.names(held.number)
        return Control(
            generation=self._ends.generation,
            applied=applied,
            models=models,
            rescore=rescore,
            fold_revision=FOLD_REVISION,
            partitions=self._ends.partitions,
            suffix=self._settings.generation,
            under=held.under,
            # Switched off, cards stay where they were: switched on again, who was touched meanwhile gets one.
            cards_to=held.cards.written_to(applied) if self._settings.cards else held.cards_to,
        )

    def _settle(self, number: int, control: Control, landed: Sequence[Landed]) -> bool:
        """True when records of another writer lie between: then we must read them before we go on."""
        held = self._held[number]
        expected = at = held.read_to
        for batch in landed:
            if batch.base < at:
                raise TableLost(
                    f"{LEAD_STATE.name} partition {number}: a record landed at offset {batch.base}, though {at} were "
                    "written: was the topic made anew? The worker stops, and says at its next start what to do"
                )
            if batch.base != at:
                held.persisted(control, expected)
                ForeignWriteFound(partition=number, expected=at, found=batch.base).emit()
                return True
            at += batch.count
        held.persisted(control, at)
        held.settle(at_end=True)
        return False

    def close(self) -> None:
        """The worker stops, and nothing reads or writes any more."""
        for held in self._held.values():
            held.close()
        self._stores.close()
