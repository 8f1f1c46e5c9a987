"""Puts time on the log: a lead's deadline that has passed becomes an event of the lead, and the fold decides."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec

from agents.clock import WallClock, wall_ms
from agents.delivery.producer import Item, Outbox
from agents.score_table import ScoreTable
from agents.settings import Settings
from agents.signals.timers import TimersLooked
from schemas.lead_event import TimerFired
from streams.generations.log_marks import WATERMARK_KEY
from streams.generations.watermarks import InputsRead
from streams.topology import LEAD_EVENTS

LOOK_EVERY_S = 0.05

_JSON = msgspec.json.Encoder()


class Timers:
    """Fires a deadline once wall time and all inputs have passed it; if inputs do not, after a bounded hold.

    A timer fired twice (a worker was killed in between, or woke too late) is stale to the fold, which passes over it.
    """

    def __init__(self, settings: Settings, table: ScoreTable, clock: WallClock = wall_ms) -> None:
        self._table, self._clock = table, clock
        self._hold_ms = int(settings.timer_hold_s * 1000)
        self._most = settings.timers_at_once
        self._read: dict[int, InputsRead] = {}
        """By partition of the log."""
        self._since_ms: int | None = None
        """Since when the partitions are ours; None: they are not. What was missed before is held anew: `identify`, too,
        may have been away."""

    def assigned(self) -> None:
        """The partitions of the table are ours, and restored."""
        ours = {held.number for held in self._table.ours()}
        self._read = {number: read for number, read in self._read.items() if number in ours}
        self._since_ms = self._clock()

    def revoked(self) -> None:
        """They are not ours any more."""
        self._since_ms = None

    def hear(self, partition: int, records: Iterable[Any]) -> None:
        """Watermarks among records whose effects are durable."""
        for record in records:
            if record.key == WATERMARK_KEY:
                self._read.setdefault(partition, InputsRead()).hear(record.value)

    async def run(self, out: Outbox) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look(out)

    async def look(self, out: Outbox) -> None:
        """Fire what is due, so many of a partition at once: the rest waits for the next look."""
        if self._since_ms is None:
            return
        now_ms = self._clock()
        ours = self._table.ours()
        late_ms = now_ms - self._hold_ms
        items: list[Item] = []
        delays_ms: list[int] = []
        degraded = 0
        for held in ours:
            read_to_ms = self._read_to(held.number)
            taken = held.deadlines.take(min(now_ms, read_to_ms), self._most)
            if self._since_ms <= late_ms and len(taken) < self._most:
                given_up = held.deadlines.take(late_ms, self._most - len(taken))
                degraded += len(given_up)
                taken += given_up
            items += [_item(held.number, at_ms, lead, now_ms, degraded=at_ms > read_to_ms) for at_ms, lead in taken]
            delays_ms += [at_ms for at_ms, _ in taken]
        if items:
            await out.write(LEAD_EVENTS, items)
            now_ms = self._clock()
        known_ms = min([self._read_to(held.number) for held in ours], default=0)
        TimersLooked(
            pending=sum(len(held.deadlines) for held in ours),
            on_time=len(items) - degraded,
            degraded=degraded,
            delays_s=[max(0, now_ms - at_ms) / 1000 for at_ms in delays_ms],
            watermark_lag_s=max(0, now_ms - known_ms) / 1000 if known_ms else None,
        ).emit()

    def read_past(self, number: int, at_ms: int) -> bool:
        """May time pass to this moment on a partition of ours: are all inputs read past it, or is the hold over?"""
        since_ms, late_ms = self._since_ms, self._clock() - self._hold_ms
        if since_ms is None:
            return False
        return self._read_to(number) > at_ms or max(since_ms, at_ms) <= late_ms

    def _read_to(self, number: int) -> int:
        read = self._read.get(number)
        return read.all_before_ms if read is not None else 0


def _item(partition: int, at_ms: int, lead: bytes, now_ms: int, *, degraded: bool) -> Item:
    fired = TimerFired(id=f"{lead.decode()}/{at_ms}", at_ms=at_ms, degraded=degraded, fired_ms=now_ms)
    return partition, lead, _JSON.encode(fired), []
