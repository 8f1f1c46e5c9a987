"""Gathers what Kafka delivered since the last flush and hands it to a stage, one group at a time."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from msgspec import Struct, field

from agents.clock import WallClock, wall_ms
from agents.signals import GroupFlushed


class Record(Protocol):
    """A message as the broker gave it (an aiokafka `ConsumerRecord`): bytes, undecoded."""

    topic: str
    """On the broker, prefix included."""
    partition: int
    offset: int
    timestamp: int
    """Milliseconds, Unix time; the broker's own clock on topics stamped by it."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Batch(Struct):
    """Records of one partition, in offset order."""

    topic: str
    """Without the prefix."""
    partition: int
    records: list[Any]
    """Each a `Record`."""


class GiveBack(Exception):
    """Raised by a stage that has written nothing yet and whose group became unwanted: not a failure."""


class Unacknowledged(RuntimeError):
    """A flush returned without acknowledging its group: a bug that would stall every rebalance."""


class Delivery(Protocol):
    """How the transport knows a chunk: a Faust event whose value is a list of records."""

    value: list[Any]
    message: Any

    def ack(self) -> bool: ...


AIM_S = 0.5
"""A flush should take no longer: while it runs the loop serves nobody else, and a rebalance waits for it."""


class Group:
    """Everything delivered since the last flush."""

    def __init__(self, deliveries: list[Delivery], bare: Callable[[str], str], unwanted: Callable[[], bool]) -> None:
        self._deliveries = deliveries
        self._unwanted = unwanted
        self.acknowledged = False
        gathered: dict[tuple[str, int], list[Any]] = {}
        for delivery in deliveries:
            gathered.setdefault((delivery.message.topic, delivery.message.partition), []).extend(delivery.value)
        self.batches = [Batch(bare(topic), p, records) for (topic, p), records in gathered.items()]

    @property
    def unwanted(self) -> bool:
        """Its partitions are being taken away, or the worker stops: a stage that only waits may raise `GiveBack`."""
        return self._unwanted()

    @property
    def size(self) -> int:
        """Records in it."""
        return sum(len(batch.records) for batch in self.batches)

    def acknowledge(self) -> None:
        """Make its offsets committable: everything decided about it is durable."""
        self.acknowledged = True
        for delivery in self._deliveries:
            delivery.ack()


class Position(Struct):
    """How far a partition is acknowledged and what of it waits, for the lag collector."""

    acknowledged: int
    """Offset of the next record to process."""
    waiting: deque[tuple[int, int, int]] = field(default_factory=deque)
    """Chunks taken from the broker: (offset of the last record, append time of the first, when it was taken), ms."""
    behind_since_ms: int = 0
    """When it was first seen to lag with nothing taken yet; 0: it is not."""
    flushed_ms: int = 0
    """Append time of the last record processed; 0: none yet."""
    processed_ms: int = 0
    """When that was; 0: not yet."""
    since_ms: int = 0
    """When it was assigned."""


class GroupCommit:
    """The queue between delivery and flush. Never two flushes at once."""

    def __init__(
        self,
        flush: Callable[[Group], Awaitable[None]],
        *,
        stage: str,
        bare: Callable[[str], str] = str,
        most_records: int = 20_000,
        generation: Callable[[], int],
        unwanted: Callable[[], bool],
        forget: Callable[[Any], None],
        check: Callable[[], None] = lambda: None,
        clock: WallClock = wall_ms,
    ) -> None:
        self._flush = flush
        self._stage = stage
        self._bare = bare
        """The name of a topic of the broker without prefix and generation."""
        self._most_records = most_records
        self._generation = generation
        """Of the group membership now: a delivery of an older one is somebody else's."""
        self._unwanted = unwanted
        self._forget = forget
        """Tells the transport that a message will never be acknowledged, or a rebalance would wait for it."""
        self._check = check
        """Raises when this process may not write any more."""
        self._clock = clock
        self._waiting: list[Delivery] = []
        self._records = 0
        self._aim_records = most_records
        """What fits into `AIM_S`, by the last flush."""
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self.positions: dict[tuple[str, int], Position] = {}
        """By (topic without prefix, partition), of the current assignment."""

    async def deliver(self, delivery: Delivery) -> None:
        """Take a chunk; waits while a whole group is waiting already, which is how pressure reaches the broker."""
        while self._records >= self._most_records:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(delivery)
        self._records += len(delivery.value)
        self._arrived.set()

    async def run(self) -> None:
        """Flush for ever. An exception of the stage ends it, and with it the process."""
        while True:
            await self._arrived.wait()
            await self.flush_waiting()

    async def flush_waiting(self) -> None:
        """Flush what waits now, less what a rebalance has made somebody else's."""
        taken = self._take()
        generation = self._generation()
        ours = [d for d in taken if d.message.generation_id == generation]
        for delivery in taken:
            if delivery.message.generation_id != generation:
                self._forget(delivery.message)
        if not ours:
            return
        self._check()
        group = Group(ours, self._bare, self._unwanted)
        began_s = time.monotonic()
        try:
            await self._flush(group)
        except GiveBack:
            for delivery in ours:
                self._forget(delivery.message)
            return
        if not group.acknowledged:
            raise Unacknowledged(f"{self._stage}: flush returned without acknowledging its group")
        self._note_flushed(group, time.monotonic() - began_s)

    def _take(self) -> list[Delivery]:
        """Chunks from the front, as many as one flush should have."""
        records = count = 0
        while count < len(self._waiting) and records < self._aim_records:
            records += len(self._waiting[count].value)
            count += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._records -= records
        if not self._waiting:
            self._arrived.clear()
        self._room.set()
        return taken

    def assigned(self, positions: dict[tuple[str, int], int]) -> None:
        """Begin anew from these offsets: what is known of partitions given away is forgotten."""
        now_ms = self._clock()
        self.positions = {where: Position(offset, since_ms=now_ms) for where, offset in positions.items()}

    def taken(self, topic: str, partition: int, chunk: list[Any]) -> None:
        """The transport took a chunk from the broker (topic as there)."""
        position = self.positions.get((self._bare(topic), partition))
        if position is not None:
            position.waiting.append((chunk[-1].offset, chunk[0].timestamp, self._clock()))

    def _note_flushed(self, group: Group, took_s: float) -> None:
        now_ms = self._clock()
        oldest_ms = taken_ms = now_ms
        for batch in group.batches:
            position = self.positions.get((batch.topic, batch.partition))
            if position is not None:
                position.acknowledged = batch.records[-1].offset + 1
                position.flushed_ms, position.processed_ms = batch.records[-1].timestamp, now_ms
                while position.waiting and position.waiting[0][0] < position.acknowledged:
                    _, first_ms, at_ms = position.waiting.popleft()
                    if first_ms < oldest_ms:
                        oldest_ms, taken_ms = first_ms, at_ms
        self._aim_records = max(1, min(self._most_records, int(group.size * AIM_S / max(took_s, 1e-6))))
        GroupFlushed(
            stage=self._stage,
            records=group.size,
            took_s=took_s,
            fetched_s=max(0, taken_ms - oldest_ms) / 1000,
            emitted_s=(now_ms - oldest_ms) / 1000,
        ).emit()
