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

ReadTo = Callable[[], Mapping[Place, int]]
"""Per input partition of ours a moment: all that Kafka got before it is processed."""


@runtime_checkable
class TellsReadTo(Protocol):
    """A stage that says how far its inputs are read."""

    def tell(self, read_to: ReadTo) -> None:
        """Whom to ask; called once, before the start."""


class Watermarks:
    """Written after what they speak of: a look counts what is acknowledged, so the broker has it on the log already."""

    def __init__(self, settings: Settings, read_to: ReadTo) -> None:
        self._read_to, self._partitions, self._every_s = read_to, settings.partitions, settings.watermark_every_s
        self._told: Mapping[Place, int] = {}

    async def run(self, out: Outbox) -> None:
        """Look more often than is written: what an earlier look found is sure."""
        due_s = time.monotonic()
        while self._every_s > 0:
            await asyncio.sleep(min(LOOK_EVERY_S, self._every_s))
            read = self._read_to()
            if time.monotonic() >= due_s:
                due_s = time.monotonic() + self._every_s
                await self.write(read, out)

    async def write(self, read: Mapping[Place, int], out: Outbox) -> None:
        """On every partition of the log, if anything is new."""
        if not read or read == self._told:
            return
        counts = {topic.name: await out.partitions_of(topic) for topic in INPUTS}
        value = watermark_bytes(read, counts)
        await out.write(LEAD_EVENTS, [(p, WATERMARK_KEY, value, []) for p in range(self._partitions)])
        self._told = dict(read)
