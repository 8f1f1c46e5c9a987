"""Waits, within a limit, until what was written to a lead's log has had its effect on topics and tables."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from agents.delivery.producer import partition_for
from agents.topics.scan import Scan
from schemas.units import Millis
from streams.generations.log_marks import WATERMARK_KEY
from streams.generations.watermarks import InputsRead
from streams.topology import LEAD_EVENTS, Topic

LOOK_EVERY_S = 0.1


class Watch:
    """One limit for all waits of a command."""

    def __init__(self, scan: Scan, within_s: float) -> None:
        self._scan, self._until_s = scan, time.monotonic() + within_s

    @property
    def left_s(self) -> float:
        """Seconds until the limit."""
        return self._until_s - time.monotonic()

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> bool:
        """Ask until the answer is yes; False: the limit came first."""
        while not await holds():
            if self.left_s <= 0:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def pause(self) -> None:
        """Until the next look."""
        await asyncio.sleep(LOOK_EVERY_S)

    async def place(self, topic: Topic, lead: str) -> tuple[int, int]:
        """The partition of a lead and its present end."""
        spans = await self._scan.spans(topic)
        number = partition_for(lead.encode(), len(spans))
        return number, spans[number].end

    async def said(self, topic: Topic, lead: str, since: int, fits: Callable[[bytes | None], bool]) -> bool:
        """Wait for a record of a lead, from an offset of its partition on, of which this holds."""
        key, at = lead.encode(), since

        async def found() -> bool:
            nonlocal at
            number, end = await self.place(topic, lead)
            async for batch in self._scan.read(topic, number, at, end):
                if any(record.key == key and fits(record.value) for record in batch):
                    return True
            at = max(at, end)
            return False

        return await self.until(found)

    async def inputs_read(self, lead: str, since: int, at_ms: Millis) -> bool:
        """Wait until `identify` says on a lead's partition that all that came in before a moment is on the log."""
        read, at = InputsRead(), since

        async def passed() -> bool:
            nonlocal at
            number, end = await self.place(LEAD_EVENTS, lead)
            async for batch in self._scan.read(LEAD_EVENTS, number, at, end):
                for record in batch:
                    if record.key == WATERMARK_KEY:
                        read.hear(record.value)
            at = max(at, end)
            return read.all_before_ms > at_ms

        return await self.until(passed)
