"""Puts the desk back from the topics where Redis lost it: who has which leads, and who waits.

Shares begin anew: who got how many before is not made up for. What was given today counts by the handoff's day.
"""

import asyncio
import secrets
from collections import Counter
from datetime import datetime

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.routing.away import absences, note
from agents.routing.desk import KEEP_S, Desk
from agents.settings import Settings
from agents.signals.routing import DeskRefilled
from agents.topics.scan import Scan, scanning
from schemas.handoff import HandoffEvent, HandoffType, Ripe
from streams.moments import to_ms
from streams.routing.assigning import kind_of
from streams.routing.choosing import Chooser
from streams.routing.handing_over import asked
from streams.topology import CRM_UPDATES, HANDOFFS, RIPE

HELD_MS = 30_000
LOOK_EVERY_S = 0.2
AT_ONCE = 1_000
HOLDS = ("queue", "partner")
"""Who lies here has no owner and waits for none."""

_HANDOFF = msgspec.json.Decoder(HandoffEvent)
_RIPE = msgspec.json.Decoder(Ripe)
_ENDED = {f"io.touchline.handoff.{kind.value}.v1" for kind in (
    HandoffType.WITHDRAWN, HandoffType.RETURNED, HandoffType.CLOSED,
)}  # fmt: skip


class Held(Struct):
    """The latest that was said of a handoff."""

    revision: int
    ended: bool
    owner: str
    target: str
    kind: str
    begun: str
    """Time of the first of its events that was read."""


async def refill(settings: Settings, redis: "Redis", desk: Desk, chooser: Chooser) -> None:
    """Return once the desk is there, filled by us or by another worker."""
    holder = secrets.token_hex(8)
    while not await redis.exists(desk.keys.whole):
        if await desk.lock(desk.keys.building, holder, HELD_MS):
            await _Refilling(settings, redis, desk, chooser, holder).run()
            return
        await asyncio.sleep(LOOK_EVERY_S)


class _Refilling:
    def __init__(self, settings: Settings, redis: "Redis", desk: Desk, chooser: Chooser, holder: str) -> None:
        self._settings, self._redis, self._desk = settings, redis, desk
        self._chooser, self._holder = chooser, holder
        self._handoffs: dict[str, Held] = {}

    async def run(self) -> None:
        async with scanning(self._settings) as scan:
            await self._read_handoffs(scan)
            waiting = await self._read_waiting(scan)
            async for records in scan.read_all(CRM_UPDATES):
                await note(self._redis, self._desk.keys, absences(records))
        await self._write(waiting)
        open_ones = [held for held in self._handoffs.values() if not held.ended]
        DeskRefilled(handoffs=len(self._handoffs), open=len(open_ones), waiting=len(waiting)).emit()

    async def _read_handoffs(self, scan: Scan) -> None:
        async for records in scan.read_all(HANDOFFS):
            await self._desk.lock(self._desk.keys.building, self._holder, HELD_MS)
            for record in records:
                if record.value is None:
                    continue
                try:
                    event = _HANDOFF.decode(record.value)
                except msgspec.MsgspecError:
                    continue  # of a version to come: who reads it then, puts it back
                self._hear(event)

    def _hear(self, event: HandoffEvent) -> None:
        data = event.data
        before = self._handoffs.get(data.handoff_id)
        if before is not None and before.revision >= data.revision:
            return
        if before is not None and not (data.owner or data.queue or data.partner):
            # Said before the lead's log knew who has it: it takes the lead from nobody, and out of no queue.
            before.revision, before.ended = data.revision, event.type in _ENDED
            return
        kind = "partner" if data.partner else kind_of(self._chooser.policy, data.queue)
        self._handoffs[data.handoff_id] = Held(
            revision=data.revision,
            ended=event.type in _ENDED,
            owner=data.owner,
            target=data.partner or data.queue,
            kind=kind,
            begun=event.time if before is None else before.begun,
        )

    async def _read_waiting(self, scan: Scan) -> dict[str, bytes]:
        """Leads that wait for an owner, as they asked last: who was taken from somebody asked again."""
        wanted = {
            handoff
            for handoff, held in self._handoffs.items()
            if not held.ended and not held.owner and held.kind not in HOLDS
        }
        found: dict[str, bytes] = {}
        if not wanted:
            return found
        async for records in scan.read_all(RIPE):
            await self._desk.lock(self._desk.keys.building, self._holder, HELD_MS)
            for record in records:
                try:
                    ripe = _RIPE.decode(record.value or b"")
                except msgspec.MsgspecError:
                    continue
                if ripe.handoff_id in wanted and asked(ripe):
                    found[ripe.handoff_id] = record.value
        return found

    async def _write(self, waiting: dict[str, bytes]) -> None:
        keys, calendar = self._desk.keys, self._chooser.calendar
        await self._redis.delete(keys.open, keys.today, keys.waiting, keys.untold, keys.shares)
        load: Counter[str] = Counter()
        today: Counter[str] = Counter()
        pipeline = self._redis.pipeline(transaction=False)
        for number, (handoff, held) in enumerate(self._handoffs.items(), 1):
            status = "ended" if held.ended else "given" if held.owner or held.kind in HOLDS else "waiting"
            told: dict[str, str | int] = {
                "status": status, "owner": held.owner, "target": held.target, "kind": held.kind, "rule": "",
                "revision": held.revision, "settled": held.revision, "at": to_ms(datetime.fromisoformat(held.begun)),
                "waited": held.target if status == "waiting" else "",
            }  # fmt: skip
            name = keys.decisions + handoff
            pipeline.hset(name, items=[part for pair in told.items() for part in pair])
            if held.ended:
                pipeline.expire(name, KEEP_S)
            if held.owner:
                day = calendar.local(to_ms(datetime.fromisoformat(held.begun))).toordinal()
                today[f"{day}/{held.owner}"] += 1
                load[held.owner] += not held.ended
            if number % AT_ONCE == 0:
                await pipeline.execute()
        if load:
            pipeline.hset(keys.open, items=[part for pair in load.items() for part in pair])
        if today:
            pipeline.hset(keys.today, items=[part for pair in today.items() for part in pair])
        if waiting:
            pipeline.hset(keys.waiting, items=[part for pair in waiting.items() for part in pair])
        pipeline.set(keys.whole, self._holder)
        await pipeline.execute()
