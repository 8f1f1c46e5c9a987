"""Reads `lead.state` and the ends of `lead.events` with a consumer of its own, in no group."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from msgspec import Struct

from agents.delivery.consumer_end import end_consumer
from agents.delivery.metadata_pace import AFTER_A_FAILURE_S, pace_metadata
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.table.bulk_read import BulkRead
from agents.table.fetch_line import dial
from agents.table.topic_identity import topic_id
from streams.topology import LEAD_EVENTS, LEAD_STATE, Topic, name_of

BROKER_EVERY_S = 1.0


class LogEnds(Struct, frozen=True, kw_only=True):
    """What the broker holds of `lead.events`, or of its table."""

    generation: str
    """The topic's id."""
    partitions: int
    first: dict[int, int]
    """Offset of the first record still there, per partition asked for."""
    end: dict[int, int]


class Changelog:
    """A reader for the length of one restore."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: Settings) -> None:
        self._consumer = consumer
        self._settings = settings

    async def ends(self, partitions: Iterable[int], topic: Topic = LEAD_EVENTS) -> LogEnds:
        """Where the log, or its table, begins and ends, and which topic it is."""
        name = name_of(topic, self._settings)
        await self._consumer._client._wait_on_metadata(name)
        first, end = await self._bounds(name, partitions)
        return LogEnds(
            generation=await topic_id(self._consumer._client, name),
            partitions=len(self._consumer.partitions_for_topic(name) or ()),
            first=first,
            end=end,
        )

    async def read(
        self,
        seen: dict[int, int],
        take: Callable[[int, list[Any]], None],
        topic: Topic = LEAD_STATE,
        upto: dict[int, int] | None = None,
    ) -> int:
        """Give `take` every record of these partitions from the offset seen to the present end. Returns how many.

        `upto`: to these offsets at least, and no batch beyond them.
        """
        with _uncollected():
            return await self._read(seen, take, topic, upto or {})

    async def _read(
        self, seen: dict[int, int], take: Callable[[int, list[Any]], None], topic: Topic, upto: dict[int, int]
    ) -> int:
        cluster, name = self._consumer._client.cluster, name_of(topic, self._settings)
        first, end = await self._bounds(name, seen)
        end = {p: min(offset, upto.get(p, offset)) for p, offset in end.items()}
        at = {p: max(offset, first[p]) for p, offset in seen.items()}
        reading = BulkRead(name, at, end, take, dial(self._settings))
        reading.tell()
        while behind := reading.behind:
            leads = {p: cluster.leader_for_partition(TopicPartition(name, p)) for p in behind}
            broker = cluster.broker_metadata(leads[behind[0]])
            # One broker after the other: unpacking is the limit, not the network.
            led = [p for p in behind if leads[p] == leads[behind[0]]]
            if broker is not None and await reading.follow(broker, led):
                continue
            await asyncio.sleep(AFTER_A_FAILURE_S)
            await self._consumer._client.force_metadata_update()
            if reading.cut:
                reading.restart(*await self._bounds(name, reading.cut))
        return reading.count

    async def _bounds(self, name: str, partitions: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
        """First offset and end of each."""
        tps = [TopicPartition(name, p) for p in partitions]
        first, end = await self._consumer.beginning_offsets(tps), await self._consumer.end_offsets(tps)
        return {tp.partition: at for tp, at in first.items()}, {tp.partition: at for tp, at in end.items()}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: records make none, and looking for them took 0.2 µs for each."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@asynccontextmanager
async def changelog(settings: Settings) -> AsyncIterator[Changelog]:
    """A reader, connected for the length of a block."""
    consumer = await _connected(settings)
    try:
        yield Changelog(consumer, settings)
    finally:
        await end_consumer(consumer)


async def _connected(settings: Settings) -> AIOKafkaConsumer:
    """Once connected, aiokafka waits for a broker that is away; its first connection it tries once."""
    while True:
        consumer = AIOKafkaConsumer(
            **kafka_client(settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        pace_metadata(consumer._client)
        try:
            await consumer.start()
        except KafkaConnectionError:
            await end_consumer(consumer)
            await asyncio.sleep(BROKER_EVERY_S)
        else:
            return consumer
