"""The score stage: folds the log into the score table. A shell that only carries bytes; the order is everything."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from agents.app import CannotStart
from agents.dead_letters import DeadLetter, write_dead_letters
from agents.delivery.producer import Item, Outbox
from agents.group_commit import Group
from agents.score_table import ScoreTable
from agents.settings import Settings
from agents.signals import GroupScored
from agents.snapshots.taking import SnapshotTaker
from agents.table.model_shelf import publish
from schemas.scoring_model import ModelDocument, ScoringModel
from streams.card import card
from streams.fold import Folded, fold
from streams.judge import Judge
from streams.lead_codec import UnreadableState
from streams.topology import LEAD_CARDS, LEAD_EVENTS, LEAD_LEDGER, LEAD_STAGES, RIPE, SCORE, Topic

_JSON = msgspec.json.Encoder()


class Score:
    """`lead.events` in; states, cards, ledger, transitions and ripe leads out."""

    step = SCORE

    def __init__(self, settings: Settings, model: ScoringModel, text: str) -> None:
        """`text` is the document the model was read from, byte for byte."""
        self._settings = settings
        self._judge = Judge.of(model)
        self._document = ModelDocument(model=model.model, version=model.version, digest=self._judge.digest, text=text)
        self._table = ScoreTable(settings, [f"{self._judge.name} {self._judge.digest}"])
        self._snapshots = SnapshotTaker(settings)
        self._out: Outbox

    async def start(self, out: Outbox) -> None:
        """Put the model where everybody finds it."""
        self._out = out
        await publish(self._document, self._settings, out)

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Restore the table, and refuse what does not fit it."""
        await self._table.assigned(partitions.get(LEAD_EVENTS.name, set()))

    async def revoked(self) -> None:
        """Memory is kept: if the partitions come back, only what is new is read."""

    def starts(self) -> dict[tuple[str, int], int]:
        """Where the table goes on; committed offsets are advice."""
        return self._table.starts()

    def restored(self) -> int:
        """How much of the changelog was read."""
        return self._table.read_to

    async def stop(self) -> None:
        """Nothing is open but a snapshot under way."""
        await self._snapshots.stop()

    async def flush(self, group: Group) -> None:
        """Check, fold, write what is said, write what is remembered, acknowledge, signal. Never in another order."""
        applied: dict[int, int] = {}
        folds: dict[int, Folded] = {}
        unusable: list[DeadLetter] = []
        for batch in group.batches:
            held = self._table.partition(batch.partition, batch.records)
            try:
                folded = fold(batch.records, held, self._judge, ledger=self._settings.ledger)
            except UnreadableState as fault:
                raise CannotStart(str(fault)) from fault
            folds[batch.partition] = folded
            applied[batch.partition] = batch.records[-1].offset
            await asyncio.sleep(0)  # others' turn: metrics, health, the rebalance that waits for us
            unusable += [DeadLetter(batch.topic, batch.records[at], reject) for at, reject in folded.refused]
        # Outputs first: a replay skips what the table holds already, so what was said must be durable by then.
        await asyncio.gather(
            write_dead_letters(self._out, unusable),
            *(self._out.write(topic, items) for topic, items in self._said(folds).items() if items),
        )
        await self._table.persist(folds, applied, self._out)
        group.acknowledge()
        self._tell(folds.values())
        self._snapshots.after_flush(self._table.ours())

    def _said(self, folds: Mapping[int, Folded]) -> dict[Topic, list[Item]]:
        said: dict[Topic, list[Item]] = {RIPE: [], LEAD_STAGES: [], LEAD_LEDGER: [], LEAD_CARDS: []}
        encode, judge = _JSON.encode, self._judge
        moved = bool(self._settings.generation)
        for number, folded in folds.items():
            said[RIPE] += [(number, ripe.lead_id.encode(), encode(ripe), []) for ripe in folded.ripe]
            # What others read keeps the partitions of the first generation: there the key finds its own.
            place = None if moved else number
            said[LEAD_STAGES] += [(place, stage.lead_id.encode(), encode(stage), []) for stage in folded.stages]
            said[LEAD_LEDGER] += [(place, entry.lead_id.encode(), encode(entry), []) for entry in folded.ledger]
            if self._settings.cards:
                said[LEAD_CARDS] += [
                    (place, key, encode(card(key.decode(), state, judge)), []) for key, state in folded.states.items()
                ]
        return said

    def _tell(self, folds: Iterable[Folded]) -> None:
        touches: Counter[tuple[str, str]] = Counter()
        suppressed: Counter[str] = Counter()
        ripe: Counter[str] = Counter()
        for folded in folds:
            touches += folded.touches
            suppressed += folded.suppressed
            ripe.update(word.type.name.lower() for word in folded.ripe)
        GroupScored(touches=touches, suppressed=suppressed, ripe=ripe, leads=len(self._table)).emit()
