"""The score stage: folds the log into the score table. A shell that only carries bytes; the order is everything."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping

import msgspec

from agents.app import CannotStart
from agents.canary.passing import onto_ripe
from agents.clock import wall_ms
from agents.dead_letters import DeadLetter, write_dead_letters
from agents.delivery.producer import Item, Outbox
from agents.group_commit import Group
from agents.idle_leads import IdleLeads
from agents.life import end
from agents.score_table import ScoreTable
from agents.settings import Settings, StoreKind
from agents.signals import GroupScored, LeadsJudged
from agents.signals.place import DiskUsed
from agents.snapshots.taking import SnapshotTaker
from agents.spans import Spans, Traced
from agents.table.card_writer import CardWriter
from agents.table.model_shelf import document_of
from agents.table.models_in_force import ModelsInForce
from agents.timers import Timers
from schemas.handoff import HandoffType
from schemas.scoring_model import ScoringModel
from schemas.units import SECOND_MS
from streams.drift import tally
from streams.folded import Folded
from streams.judge import Judge
from streams.lead_codec import UnreadableState
from streams.topology import (
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_NEWS,
    LEAD_STAGES,
    LEAD_TASKS,
    RIPE,
    SCORE,
    Topic,
)

_JSON = msgspec.json.Encoder()
MODELS_EVERY_S = 2.0
"""Between two looks for new documents; one that an activation names is looked for at once."""


class Score:
    """`lead.events` in; states, cards, ledger, transitions and ripe leads out."""

    step = SCORE

    def __init__(self, settings: Settings, model: ScoringModel, text: str) -> None:
        """The model of a fresh table; `text` is the document it was read from, byte for byte."""
        self._settings = settings
        self._models = ModelsInForce(settings, document_of(model, text), Judge.of(model))
        self._table = ScoreTable(settings, self._models)
        self._cards = CardWriter(settings, self._models, self._table)
        self._timers = Timers(settings, self._table)
        self._idle = IdleLeads(settings, self._table, self._models, self._timers.read_past)
        self._snapshots = SnapshotTaker(settings)
        self._spans = Spans(self.step.name)
        self._out: Outbox
        self._following: list[asyncio.Task[None]] = []
        """Write what no flush writes: cards of leads that have rested, deadlines that have passed."""
        self._watching: asyncio.Task[None] | None = None
        """Sets aside model documents that cannot be used."""

    async def start(self, out: Outbox) -> None:
        """Read the models, and begin to look for cards."""
        self._out = out
        _tell_disks(self._settings)
        await self._models.start()
        following = (self._cards.run, self._timers.run, self._idle.run)
        self._following = [asyncio.create_task(run(out)) for run in following]
        for task in self._following:
            task.add_done_callback(_ended)
        self._watching = asyncio.create_task(self._watch())
        self._watching.add_done_callback(_ended)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(MODELS_EVERY_S)
            await write_dead_letters(self._out, await self._models.news())

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Restore the table, and refuse what does not fit it."""
        await self._table.assigned(partitions.get(LEAD_EVENTS.name, set()))
        await self._models.assigned({held.number: held.control for held in self._table.ours()}, self._out)
        self._cards.assigned()
        self._timers.assigned()
        self._idle.assigned()

    async def revoked(self) -> None:
        """Memory is kept: if the partitions come back, only what is new is read."""
        self._timers.revoked()
        await self.hand_over()

    async def hand_over(self) -> None:
        """Write what still waits for its turn."""
        await self._cards.hand_over(self._out)

    def starts(self) -> dict[tuple[str, int], int]:
        """Where the table goes on; committed offsets are advice."""
        return self._table.starts()

    def restored(self) -> int:
        """How much of the changelog was read."""
        return self._table.read_to

    async def stop(self) -> None:
        """Let a snapshot under way end, and close the stores."""
        for task in self._following:
            task.cancel()
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.to_thread(self._spans.stop)
        await self._snapshots.stop()
        await self._models.stop()
        self._table.close()

    async def flush(self, group: Group) -> None:
        """One at a time, and between two looks for cards."""
        async with self._cards.turn:
            await self._flush(group)

    async def _flush(self, group: Group) -> None:
        """Check, fold, write what is said, write what is remembered, acknowledge, signal. Never in another order."""
        began_ms = wall_ms()
        applied: dict[int, int] = {}
        folds: dict[int, Folded] = {}
        unusable: list[DeadLetter] = []
        await self._models.know(batch.records for batch in group.batches)
        for batch in group.batches:
            held = self._table.partition(batch.partition, batch.records)
            try:
                folded = await self._models.fold(batch.partition, batch.records, held, ledger=self._settings.ledger)
            except UnreadableState as fault:
                raise CannotStart(str(fault)) from fault
            folds[batch.partition] = folded
            applied[batch.partition] = batch.records[-1].offset
            await asyncio.sleep(0)  # others' turn: metrics, health, the rebalance that waits for us
            unusable += [DeadLetter(batch.topic, batch.records[at], reject) for at, reject in folded.refused]
        # Outputs first: a replay skips what the table holds already, so what was said must be durable by then.
        await asyncio.gather(
            write_dead_letters(self._out, unusable),
            *(self._out.write(topic, items) for topic, items in self._said(folds, group).items() if items),
        )
        await self._table.persist(folds, applied, self._out)
        group.acknowledge()
        for batch in group.batches:
            # After what lies before it is in the table: until then its deadlines are not the leads'.
            self._timers.hear(batch.partition, batch.records)
        self._tell(folds.values())
        if self._spans.on:
            traced = [Traced(word.trace, began_ms) for folded in folds.values() for word in folded.ripe if word.trace]
            self._spans.tell("process", LEAD_EVENTS.name, traced, wall_ms())
        self._snapshots.after_flush(self._table.ours())

    def _said(self, folds: Mapping[int, Folded], group: Group) -> dict[Topic, list[Item]]:
        said: dict[Topic, list[Item]] = {
            RIPE: [], LEAD_STAGES: [], LEAD_TASKS: [], LEAD_LEDGER: [], LEAD_NEWS: [], LEAD_EVENTS: [],
        }  # fmt: skip
        encode = _JSON.encode
        moved = bool(self._settings.generation)
        for number, folded in folds.items():
            said[RIPE] += [(number, ripe.lead_id.encode(), encode(ripe), []) for ripe in folded.ripe]
            # What others read keeps the partitions of the first generation: there the key finds its own.
            place = None if moved else number
            said[LEAD_STAGES] += [(place, stage.lead_id.encode(), encode(stage), []) for stage in folded.stages]
            said[LEAD_TASKS] += [(place, task.lead_id.encode(), encode(task), []) for task in folded.tasks]
            said[LEAD_NEWS] += [(place, news.lead_id.encode(), encode(news), []) for news in folded.news]
            # In their order: a survivor hears what its loser sends on by rising numbers.
            said[LEAD_EVENTS] += [(None, lead.encode(), value, []) for lead, value in folded.onward]
            said[LEAD_LEDGER] += [(place, entry.lead_id.encode(), encode(entry), []) for entry in folded.ledger]
        for batch in group.batches:
            said[RIPE] += onto_ripe(batch.partition, batch.records)
        said[LEAD_CARDS] = self._cards.of_flush(folds)
        return said

    def _tell(self, folds: Collection[Folded]) -> None:
        touches: Counter[tuple[str, str]] = Counter()
        suppressed: Counter[str] = Counter()
        ripe: Counter[str] = Counter()
        new: Counter[str] = Counter()
        kin: Counter[str] = Counter()
        for folded in folds:
            touches += folded.touches
            suppressed += folded.suppressed
            new += folded.new
            kin += folded.kin
            ripe.update(word.type.value for word in folded.ripe)
        now_ms = wall_ms()
        ripe_s = [
            (now_ms - word.touch_at_ms) / SECOND_MS
            for folded in folds
            for word in folded.ripe
            if word.type is HandoffType.REQUESTED and not word.history
        ]
        GroupScored(
            touches=touches, suppressed=suppressed, ripe=ripe, kin=kin, ripe_s=ripe_s, leads=len(self._table)
        ).emit()
        told = tally(word for folded in folds for word in folded.ripe)
        LeadsJudged(new=new, passed=told.passed, handoffs=told.handoffs, rules=told.rules).emit()


def _tell_disks(settings: Settings) -> None:
    """A disk that fills up is seen before it is full."""
    if settings.store is StoreKind.ROCKSDB:
        DiskUsed(what="stores", folder=settings.data_dir).emit()
    if settings.snapshot_to is not None:
        DiskUsed(what="snapshots", folder=settings.snapshot_to).emit()


def _ended(following: asyncio.Task[None]) -> None:
    """A write that failed ends the worker, as in a flush."""
    if not following.cancelled() and (fault := following.exception()) is not None:
        end(fault)
