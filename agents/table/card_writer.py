"""Writes score cards: with the flush that changed their leads, or a moment later, and what is due before it leaves."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

from agents.delivery.producer import Item, Outbox
from agents.score_table import ScoreTable
from agents.settings import Settings
from agents.table.models_in_force import ModelsInForce
from agents.table.score_partition import ScorePartition
from streams.card import card
from streams.folded import Folded
from streams.kin.gone import is_gone
from streams.lead_codec import decode
from streams.topology import LEAD_CARDS

LOOK_EVERY_S = 0.1
MOST_AT_ONCE = 2_000
"""Cards written between two flushes, 35 ms of work: the flush that waits goes first."""
MOST_HANDED_OVER = 20_000
"""More is left to whoever gets the partitions."""
HANDED_OVER_WITHIN_S = 10.0

_JSON = msgspec.json.Encoder()


class CardWriter:
    """Holds the turn: a flush and a look for rested leads never overlap, so a lead's cards come in order."""

    def __init__(
        self, settings: Settings, models: ModelsInForce, table: ScoreTable, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.turn = asyncio.Lock()
        self._settings = settings
        self._models = models
        self._table = table
        self._now_s = now_s
        self._look_every_s = min(LOOK_EVERY_S, max(0.01, settings.cards_every_s / 10)) if settings.cards else 0.0
        self._looked_s = self._now_s()
        self._doubtful_until_s = 0.0
        """After a pause of the process: until then its partitions may be somebody else's without its knowing."""
        self._ours = False
        """Between an assignment and the next."""

    def assigned(self) -> None:
        """The partitions of the table are ours, and restored."""
        self._ours, self._doubtful_until_s = True, 0.0

    def of_flush(self, folds: Mapping[int, Folded]) -> list[Item]:
        """The cards that go with a flush: of the leads it touched, and of those that have rested."""
        if not self._settings.cards:
            return []
        now_s, items = self._now_s(), list[Item]()
        for number, folded in folds.items():
            held = self._table.held(number)
            due = held.cards
            at_once = {ripe.lead_id.encode() for ripe in folded.ripe}
            at_once.update([stage.lead_id.encode() for stage in folded.stages])
            leads = due.touched(folded.states, at_once, held.next_offset - 1, now_s)
            items += self._items(held, leads, folded.states)
            items += self._items(held, due.take(MOST_AT_ONCE, now_s), folded.states)
        return items

    async def run(self, out: Outbox) -> None:
        """Look for ever: a last change is followed by its card though no flush comes."""
        while self._settings.cards:
            await asyncio.sleep(self._look_every_s)
            await self.look(out)

    async def look(self, out: Outbox) -> None:
        """Write the cards of leads that have rested."""
        self._doubt()
        while self._ours and self._now_s() >= self._doubtful_until_s:
            async with self.turn:
                if not await self._write_rested(out):
                    break

    async def hand_over(self, out: Outbox) -> None:
        """Nothing is flushed any more: write what is due, for the partitions go to somebody else."""
        self._doubt()
        sure, self._ours = self._ours and self._now_s() >= self._doubtful_until_s, False
        async with self.turn:
            helds = [held for held in self._table.ours() if len(held.cards) and held.control is not None]
            if not sure or not self._settings.cards or sum(len(held.cards) for held in helds) > MOST_HANDED_OVER:
                return
            now_s = self._now_s()
            # A write that no leader takes must not land after those of the partitions' next owner: it ends the worker.
            async with asyncio.timeout(HANDED_OVER_WITHIN_S):
                await self._write(out, {held: held.cards.take_all(now_s) for held in helds})

    async def _write_rested(self, out: Outbox) -> bool:
        """Some of them; True: perhaps there are more."""
        now_s, left = self._now_s(), MOST_AT_ONCE
        taken: dict[ScorePartition, list[bytes]] = {}
        for held in self._table.ours():
            if held.control is None:
                continue  # its first flush was cut short, and comes again
            held.cards.look(now_s)
            leads = held.cards.take(left, now_s)
            if leads:
                taken[held], left = leads, left - len(leads)
        await self._write(out, taken)
        return left == 0

    async def _write(self, out: Outbox, taken: Mapping[ScorePartition, list[bytes]]) -> None:
        """Cards first, then the control record that says so."""
        if not taken:
            return
        await out.write(LEAD_CARDS, [item for held, leads in taken.items() for item in self._items(held, leads, {})])
        applied = {held.number: held.next_offset - 1 for held in taken}
        await self._table.persist({number: Folded() for number in applied}, applied, out)

    def _items(self, held: ScorePartition, leads: Iterable[bytes], folded: Mapping[bytes, bytes]) -> list[Item]:
        # What others read keeps the partitions of the first generation: there the key finds its own.
        place = None if self._settings.generation else held.number
        encode, judge_of = _JSON.encode, self._models.judge_of_lead
        items: list[Item] = []
        for lead in leads:
            record = folded.get(lead) or held.get(lead)
            if record is not None:
                state = decode(record)
                # Merged away, or erased: a tombstone, and who copies cards forgets the lead.
                gone = is_gone(state)
                shown = None if gone else encode(card(lead.decode(), state, judge_of(held.number, state)))
                items.append((place, lead, shown, []))
        return items

    def _doubt(self) -> None:
        """Notice that the process stood still, perhaps for so long that the broker gave its partitions away."""
        now_s, before_s = self._now_s(), self._looked_s
        self._looked_s = now_s
        if now_s - before_s > self._settings.session_timeout_s / 2:
            self._doubtful_until_s = now_s + self._settings.session_timeout_s
