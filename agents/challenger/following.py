"""Follows the log and `ripe` in no group, from the first record still there: nobody notices that it reads."""

import asyncio
from typing import Any

from aiokafka.errors import KafkaError

from agents.clock import WallClock, wall_ms
from agents.settings import Settings
from agents.signals.challenger import ChallengeStands
from agents.table.changelog import Changelog, changelog
from agents.table.model_shelf import ModelShelf
from schemas.handoff import Ripe
from schemas.units import MINUTE_MS
from streams.challenge import Challenge, Compared, compared
from streams.generations.log_marks import CANARY_KEY
from streams.judge import Judge
from streams.moments import rfc3339
from streams.routing.handing_over import read_ripe
from streams.topology import LEAD_EVENTS, RIPE

LOOK_EVERY_S = 0.5
TELL_EVERY_S = 15.0
"""As often as metrics are scraped, as a rule."""
BROKER_EVERY_S = 1.0
BEHIND_MS = MINUTE_MS
"""Timers fire so long after their deadline: what is late on its way comes first."""


class Following:
    """The challenger on all partitions, and how far it has read."""

    def __init__(self, settings: Settings, judge: Judge, file: str, since_ms: int, clock: WallClock = wall_ms) -> None:
        """`since_ms`: count from then on, or from where `ripe` begins, if that is later."""
        self._settings, self._judge, self._file = settings, judge, file
        self._since_ms, self._clock = since_ms, clock
        self._shelf = ModelShelf(settings)
        """Models that leads stand under when they are merged into others."""
        self._parts: dict[int, Challenge] = {}
        self._log: dict[int, int] = {}
        self._ripe: dict[int, int] = {}
        """Next offset of each partition."""
        self._problem = "the log is not read to its end yet"
        self._told_handoffs = 0

    def not_ready(self) -> list[str]:
        """Why the comparison is not up to date; none: it is."""
        return [self._problem] if self._problem else []

    def report(self) -> Compared:
        """As it stands."""
        since = rfc3339(self._since_ms) if self._since_ms else "the beginning"
        parts = list(self._parts.values())
        return compared(parts, self._judge, file=self._file, since=since, caught_up=not self._problem)

    async def run(self) -> None:
        """For ever. A broker that is away is waited for."""
        try:
            await self._run()
        finally:
            await self._shelf.stop()

    async def _run(self) -> None:
        while True:
            try:
                async with changelog(self._settings) as reader:
                    await self._follow(reader)
            except KafkaError as fault:
                if not fault.retriable:
                    raise
                self._problem = f"no broker answers ({type(fault).__name__})"
            await asyncio.sleep(BROKER_EVERY_S)

    async def _follow(self, reader: Changelog) -> None:
        if not self._parts:
            await self._begin(reader)
        told_s = 0.0
        turn = asyncio.get_running_loop().time
        while True:
            await self._shelf.refresh()
            await reader.read(self._log, self._take, LEAD_EVENTS)
            await reader.read(self._ripe, self._hear, RIPE)
            self._problem = ""
            if turn() - told_s >= TELL_EVERY_S:
                told_s = turn()
                await self._tell()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _begin(self, reader: Changelog) -> None:
        """The champion's words first: where they begin, the comparison begins."""
        numbers = range(self._settings.partitions)
        log, ripe = await reader.ends(numbers), await reader.ends(numbers, RIPE)
        words: dict[int, list[Any]] = {number: [] for number in numbers}

        def gather(number: int, records: list[Any]) -> None:
            words[number] += records

        await reader.read(dict(ripe.first), gather, RIPE)
        self._since_ms = max(self._since_ms, *(
            records[0].timestamp if records else self._clock()
            for number, records in words.items() if ripe.first[number]
        ), 0)  # fmt: skip
        self._log, self._ripe = dict(log.first), dict(ripe.first)
        self._parts = {number: Challenge(self._judge, self._since_ms, self._shelf) for number in numbers}
        for number, records in words.items():
            if records:
                self._hear(number, records)

    def _take(self, number: int, records: list[Any]) -> None:
        # An answer may begin before the offset asked for; what was taken is not taken again.
        self._parts[number].take([record for record in records if record.offset >= self._log[number]])
        self._log[number] = records[-1].offset + 1

    def _hear(self, number: int, records: list[Any]) -> None:
        for record in records:
            if record.key != CANARY_KEY and isinstance(said := read_ripe(record.value), Ripe):
                self._parts[number].hear(said)
        self._ripe[number] = records[-1].offset + 1

    async def _tell(self) -> None:
        """Let time pass for leads of whom nothing was heard, then show how it stands."""
        for part in self._parts.values():
            part.pass_time(self._clock() - BEHIND_MS)
            await asyncio.sleep(0)  # others' turn: health, and whoever asks for the report
        now = self.report()
        handoffs = int(now.handoffs.challenger or 0)
        ChallengeStands(
            model=now.challenger, handoffs=handoffs - self._told_handoffs, new=now.new, leads=now.leads,
            by={"both": now.both, "champion": now.only_champion, "challenger": now.only_challenger},
        ).emit()  # fmt: skip
        self._told_handoffs = handoffs
