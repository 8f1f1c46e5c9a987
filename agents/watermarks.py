"""Says on every partition of the log how far this worker has read its inputs: until then the log is complete."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from agents.delivery.producer import Outbox
from agents.settings import Settings
from streams.generations.log_marks import WATERMARK_KEY
from streams.generations.watermarks import Place, watermark_bytes
from streams.topology import INPUTS, LEAD_EVENTS

LOOK_EVERY_S = 0.1
IDLE_AFTER_S = 60.0
"""Without any input: then nobody waits for an answer that is under way."""

ReadTo = Callable[[], Mapping[Place, int]]
"""Per input partition of ours a moment: all that Kafka got before it is processed."""


@runtime_checkable
class TellsReadTo(Protocol):
    """A stage that says how far its inputs are read."""

    def tell(self, read_to: ReadTo) -> None:
        """Whom to ask; called once, before the start."""


class Watermarks:
    """Written after what they speak of: a look counts what is acknowledged, so the broker has it on the log already."""

    def __init__(self, settings: Settings, read_to: ReadTo, clock: Callable[[], float] = time.monotonic) -> None:
        self._read_to, self._partitions, self._every_s = read_to, settings.partitions, settings.watermark_every_s
        self._idle_every_s = max(settings.watermark_every_s, settings.watermark_idle_every_s)
        self._clock = clock
        self._moved_s = clock()
        """When something was last read."""
        self._told: Mapping[Place, int] = {}
        self._told_s: float | None = None
        """When we last spoke; None: never."""

    def moved(self) -> None:
        """Something was read."""
        self._moved_s = self._clock()

    def due(self) -> bool:
        """Is it time to speak? Often while something comes in and for a while after, seldom when nothing does."""
        if self._told_s is None:
            return True
        now_s = self._clock()
        every_s = self._every_s if now_s - self._moved_s < IDLE_AFTER_S else self._idle_every_s
        return now_s - self._told_s >= every_s

    async def run(self, out: Outbox) -> None:
        """Look more often than is written: what an earlier look found is sure."""
        while self._every_s > 0:
            await asyncio.sleep(min(LOOK_EVERY_S, self._every_s))
            read = self._read_to()
            if self.due():
                self._told_s = self._clock()
                await self.write(read, out)

    async def write(self, read: Mapping[Place, int], out: Outbox) -> None:
        """On every partition of the log, if anything is new."""
        if not read or read == self._told:
            return
        counts = {topic.name: await out.partitions_of(topic) for topic in INPUTS}
        value = watermark_bytes(read, counts)
        await out.write(LEAD_EVENTS, [(p, WATERMARK_KEY, value, []) for p in range(self._partitions)])
        self._told = dict(read)
