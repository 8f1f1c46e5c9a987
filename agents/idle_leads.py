"""After an activation: leads to which nothing happens come under the new model too, a few at a time."""

import asyncio
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from agents.clock import WallClock, wall_ms
from agents.delivery.producer import Item, Outbox
from agents.score_table import ScoreTable
from agents.settings import Settings
from agents.signals.timers import LeadsSwitched
from agents.table.models_in_force import ModelsInForce
from agents.table.score_partition import ScorePartition
from schemas.lead_event import TimerFired
from streams.lead_codec import decode
from streams.switch import stands_under_another
from streams.topology import LEAD_EVENTS

LOOK_EVERY_S = 0.05
LOOKED_AT = 20
"""So many leads are looked at for one that may be put on the log: most stand under the model already."""

MayPass = Callable[[int, int], bool]
"""(partition, moment): may time pass to it there?"""

_JSON = msgspec.json.Encoder()


class Switching(Struct):
    """One partition on its way to a model."""

    key: str
    activation: int
    """Which one of this partition, as far as this worker has counted."""
    since_ms: int
    """When this worker saw that it has to: leads come under the model at this moment, not before it took effect."""
    left: Iterator[bytes]
    """Leads that are still to be looked at."""
    landed: int = -1
    """Offset of the last event written; -1: none was needed."""
    ended: bool = False
    """All were looked at; when what was written is folded, every lead is under the model."""


class IdleLeads:
    """Begun anew after a restart: whoever came under the model meanwhile is passed over."""

    def __init__(
        self, settings: Settings, table: ScoreTable, models: ModelsInForce, may_pass: MayPass,
        clock: WallClock = wall_ms,
    ) -> None:  # fmt: skip
        self._table, self._models, self._may_pass, self._clock = table, models, may_pass, clock
        self._at_once = max(1, round(settings.model_leads_per_s * LOOK_EVERY_S))
        self._switching: dict[int, Switching] = {}

    def assigned(self) -> None:
        """What was known of partitions is old."""
        self._switching.clear()

    async def run(self, out: Outbox) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look(out)

    async def look(self, out: Outbox) -> None:
        """Put the next few leads on the log, of one partition after the other."""
        room, looks = self._at_once, self._at_once * LOOKED_AT
        for held in self._table.ours():
            at = self._at(held)
            if at is None or at.ended or not self._may_pass(held.number, at.since_ms):
                continue
            items: list[Item] = []
            while room and looks:
                looks -= 1
                lead = next(at.left, None)
                if lead is None:
                    at.ended = True
                    break
                if (value := held.get(lead)) is not None and stands_under_another(decode(value), at.key):
                    room -= 1
                    items.append(_item(held.number, lead, at))
            if items:
                last = (await out.write(LEAD_EVENTS, items))[held.number][-1]
                at.landed = last.base + last.count - 1
                LeadsSwitched(leads=len(items)).emit()

    def _at(self, held: ScorePartition) -> Switching | None:
        """How far a partition is; None: every lead is under the model in force."""
        key = self._models.key(held.number)
        if held.under == key:
            self._switching.pop(held.number, None)
            return None
        at = self._switching.get(held.number)
        if at is None or (at.key, at.activation) != (key, held.activations):
            at = self._switching[held.number] = Switching(
                key=key, activation=held.activations, since_ms=self._clock(), left=held.keys()
            )
        if at.ended and held.next_offset > at.landed:
            held.under = key
        return at


def _item(partition: int, lead: bytes, at: Switching) -> Item:
    event = TimerFired(id=f"{lead.decode()}/model/{at.key}", at_ms=at.since_ms, model=at.key)
    return partition, lead, _JSON.encode(event), []
