"""Those for whom nobody was free: as soon as somebody is, the first gets an owner. One worker looks after them."""

import asyncio
import secrets

import msgspec

from agents.clock import WallClock
from agents.delivery.producer import Item, Outbox
from agents.redis.keys import RedisKeys
from agents.routing.desk import Decision, DeskLost
from agents.routing.giving import Giving, given_by
from agents.signals.routing import QueueLooked
from schemas.handoff import Ripe
from schemas.units import MINUTE_MS, Millis
from streams.routing.assigning import assignment
from streams.routing.choosing import Chooser
from streams.routing.handing_over import encode
from streams.routing.promising import clocks
from streams.routing.queueing import in_order
from streams.topology import LEAD_EVENTS

LOOK_EVERY_S = 0.5
HELD_MS = 5_000
"""A worker that dies is followed by another after so long."""
SOON_MS = 5 * MINUTE_MS
"""A promise that runs out within a quarter of itself, and this at most, is at risk."""
AT_ONCE = 500
"""Leads for whom somebody is looked for at one look, the first in the queue."""

_RIPE = msgspec.json.Decoder(Ripe)


class WaitingRoom:
    """Decided in Redis first, then told to the log, then forgotten: a kill between repeats and never loses."""

    def __init__(self, giving: Giving, chooser: Chooser, redis_keys: RedisKeys, clock: WallClock) -> None:
        self._giving, self._chooser, self._clock = giving, chooser, clock
        self._redis_keys = redis_keys
        self._holder = secrets.token_hex(8)
        self._due_ms: dict[str, Millis | None] = {}
        """By handoff, of those that waited at the last look: by when they are promised a first contact."""

    async def run(self, out: Outbox) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look(out)
            except DeskLost:
                continue  # whoever decides next rebuilds it

    async def look(self, out: Outbox) -> None:
        """Give what can be given, in the policy's order; tell the log what it does not hold yet."""
        desk = self._giving.desk
        if not await desk.lock(desk.keys.releasing, self._holder, HELD_MS):
            QueueLooked(waiting=None, oldest_s=None).emit()
            return
        now_ms = self._clock()
        await self._giving.look_who_is_away(now_ms)
        waiting = [_RIPE.decode(lead) for lead in (await desk.waiting()).values()]
        if waiting:
            first = (await self._ordered(waiting))[:AT_ONCE]
            asks = [self._giving.ask(ripe, "waiting", now_ms) for ripe in first]
            await self._giving.decide(asks, now_ms)
        await self._tell(out)
        left = {handoff: _RIPE.decode(lead) for handoff, lead in (await desk.waiting()).items()}
        oldest_ms = min((ripe.received_ms for ripe in left.values()), default=now_ms)
        soon, broken = self._at_risk(left, now_ms)
        QueueLooked(waiting=len(left), oldest_s=max(0, now_ms - oldest_ms) / 1000, soon=soon, broken=broken).emit()

    def _at_risk(self, left: dict[str, Ripe], now_ms: Millis) -> tuple[int, int]:
        """How many of these are promised a first contact that is nearly due, and how many one that is overdue."""
        promise, calendar = self._chooser.policy.promise, self._chooser.calendar
        known = self._due_ms
        # A promise does not move while its lead waits, and working it out takes a look at the calendar.
        self._due_ms = {
            handoff: known[handoff] if handoff in known else clocks(ripe, promise, calendar).respond_by_ms
            for handoff, ripe in left.items()
        }
        margin_ms = min(SOON_MS, promise.within_ms // 4)
        due = [due_ms for due_ms in self._due_ms.values() if due_ms is not None]
        broken = sum(due_ms < now_ms for due_ms in due)
        return sum(due_ms - margin_ms <= now_ms for due_ms in due) - broken, broken

    async def _ordered(self, waiting: list[Ripe]) -> list[Ripe]:
        desk, chooser = self._giving.desk, self._chooser
        cards = await desk.priorities([self._redis_keys.card(ripe.lead_id) for ripe in waiting])
        now = {ripe.lead_id: told for ripe, told in zip(waiting, cards, strict=True) if told is not None}
        decided = [await desk.decision(ripe.handoff_id) for ripe in waiting]
        rules = {ripe.handoff_id: one.rule for ripe, one in zip(waiting, decided, strict=True) if one is not None}
        return in_order(waiting, chooser.policy, chooser.calendar, rules, now)

    async def _tell(self, out: Outbox) -> None:
        desk = self._giving.desk
        found = {handoff: _RIPE.decode(lead) for handoff, lead in (await desk.untold()).items()}
        items: list[Item] = []
        for handoff, ripe in found.items():
            decision: Decision | None = await desk.decision(handoff)
            if decision is not None and decision.status == "given":
                said = assignment(ripe, given_by(decision), self._chooser)
                items.append((None, ripe.lead_id.encode(), encode(said), []))
        if items:
            await out.write(LEAD_EVENTS, items)
        await desk.told(list(found))
