"""A broker in memory under Faust's real consumer, with rebalances on demand: for the guards of batch delivery alone.

It keeps the habits of aiokafka that the guards answer: an empty set of partitions to fetch means all of them, and
partitions without a committed offset are not rewound.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import ConsumerRecord
from faust.transport import base, drivers
from faust.transport.consumer import Consumer as FaustConsumer
from faust.transport.producer import Producer as FaustProducer
from faust.types import TP, ConsumerMessage

from agents.delivery.batch_delivery import BatchDelivery

SCHEME = "memory"
MOST_PER_FETCH = 500


class Log:
    """What the broker of one test holds."""

    def __init__(self) -> None:
        self.records: dict[TP, list[ConsumerRecord]] = defaultdict(list)
        self.committed: dict[TP, int] = {}
        self.marked_to: dict[TP, int] = {}
        """Offset after the transaction markers that follow the last record."""
        self.refuse_commits = 0
        """How many commits will be refused."""
        self.hold_fetch: asyncio.Event | None = None
        """Set: a fetch that has its records waits for this before it returns them."""
        self.fetched: list[set[TP]] = []
        """Partitions of each fetch, in order."""

    def append(self, topic: str, partition: int, *values: bytes, offsets: Iterable[int] | None = None) -> None:
        """Add records; offsets may leave gaps, as transaction markers do."""
        tp = TP(topic, partition)
        end = self.end(tp)
        numbers = list(offsets) if offsets is not None else list(range(end, end + len(values)))
        for offset, value in zip(numbers, values, strict=True):
            self.records[tp].append(
                ConsumerRecord(topic, partition, offset, 1_000 + offset, 0, b"k", value, None, 1, len(value), ())
            )

    def end(self, tp: TP) -> int:
        """Offset after the last record."""
        return self.records[tp][-1].offset + 1 if self.records[tp] else 0


class MemoryDriver(FaustConsumer):
    """What a driver gives Faust's consumer; the guards sit between the two, as with Kafka."""

    consumer_stopped_errors = ()
    group_reachable = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._held: set[TP] = set()
        self._at: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    @property
    def log_in_memory(self) -> Log:
        return self.app.log_in_memory

    async def subscribe(self, topics: Iterable[str]) -> None:
        # Not awaited: Faust counts itself subscribed only after this returns, and an assignment waits for that.
        self.add_future(self.rebalance({TP(topic, 0) for topic in topics}))

    async def rebalance(self, held: set[TP], generation: int | None = None) -> None:
        """As aiokafka does it: revoke all, then assign; a static member may keep its generation."""
        app = self.app
        app.on_rebalance_start()
        if self._held:
            await self.on_partitions_revoked(set(self._held))
        app.consumer_generation_id = app.consumer_generation_id + 1 if generation is None else generation
        self._held = held
        self._at = {tp: self.log_in_memory.committed.get(tp, self._at.get(tp, 0)) for tp in held}
        await self.on_partitions_assigned(set(held), app.consumer_generation_id)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[ConsumerRecord]]:
        if not self.flow_active:
            return {}
        ends = asyncio.get_running_loop().time() + timeout
        self.log_in_memory.fetched.append(set(active_partitions or ()))
        while True:
            found = {}
            for tp in self._held:
                if active_partitions and tp not in active_partitions:
                    continue
                records = [r for r in self.log_in_memory.records[tp] if r.offset >= self._at[tp]][:MOST_PER_FETCH]
                if records:
                    found[tp] = records
                    self._at[tp] = records[-1].offset + 1
                if self._at[tp] >= self.log_in_memory.end(tp):
                    self._at[tp] = max(self._at[tp], self.log_in_memory.marked_to.get(tp, 0))
            if found and self.log_in_memory.hold_fetch is not None:
                await self.log_in_memory.hold_fetch.wait()
            if found or asyncio.get_running_loop().time() > ends:
                return found
            await asyncio.sleep(0.005)

    def _to_message(self, tp: TP, record: ConsumerRecord) -> ConsumerMessage:
        raise AssertionError(f"a record of {tp} was delivered by itself")

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        if self.log_in_memory.refuse_commits:
            self.log_in_memory.refuse_commits -= 1
            return False
        self.log_in_memory.committed.update(offsets)
        return True

    async def seek_to_committed(self) -> dict[TP, int | None]:
        committed = self.log_in_memory.committed
        for tp in self._held:
            if committed.get(tp):
                self._at[tp] = committed[tp]
        return {tp: committed.get(tp) for tp in self._held}

    async def _seek(self, partition: TP, offset: int) -> None:
        self._at[partition] = offset

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            self._at[tp] = offset
            if offset > 0:
                self._read_offset[tp] = offset
            else:
                self._read_offset.pop(tp, None)

    def fetched_to(self, tp: TP) -> int | None:
        return self._at.get(tp)

    def readable_to(self, tp: TP) -> int | None:
        return self.log_in_memory.end(tp)

    async def position(self, tp: TP) -> int | None:
        return self._at.get(tp)

    def assignment(self) -> set[TP]:
        return set(self._held)

    def highwater(self, tp: TP) -> int:
        return self.log_in_memory.end(tp)

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        return {
            tp: self.log_in_memory.records[tp][0].offset if self.log_in_memory.records[tp] else 0 for tp in partitions
        }

    async def highwaters(self, *partitions: TP) -> dict[TP, int]:
        return {tp: self.log_in_memory.end(tp) for tp in partitions}

    def topic_partitions(self, topic: str) -> int:
        return 1

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int:
        return partition or 0

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        raise AssertionError("Faust never creates topics")


class Consumer(BatchDelivery, MemoryDriver):
    """The guards over memory."""

    overran_after_s: float | None = None

    def overran(self, after_s: float) -> None:
        """The process would end here."""
        self.overran_after_s = after_s


class Producer(FaustProducer):
    """Unused: what we write does not go through Faust."""

    async def flush(self) -> None: ...


class Transport(base.Transport):
    """What `memory://` stands for."""

    Consumer = Consumer
    Producer = Producer
    driver_version = "memory"
    default_port = 0


def register() -> None:
    """Make `memory://` a broker URL."""
    drivers.TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
