"""Reads `lead.state` and the ends of `lead.events` with a consumer of its own, in no group."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from msgspec import Struct

from agents.delivery.consumer_end import end_consumer
from agents.delivery.metadata_pace import pace_metadata
from agents.settings import Settings
from agents.signals import RestoreProgressed
from agents.table.topic_identity import topic_id
from streams.topology import LEAD_EVENTS, LEAD_STATE, Topic, name_of

FETCH_BYTES = 8 * 1024 * 1024
"""Per partition and fetch: the restore is bound by the network, not by its round trips."""
RECORDS_PER_POLL = 20_000
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
        tps = [TopicPartition(name, p) for p in partitions]
        first, end = await self._consumer.beginning_offsets(tps), await self._consumer.end_offsets(tps)
        return LogEnds(
            generation=await topic_id(self._consumer._client, name),
            partitions=len(self._consumer.partitions_for_topic(name) or ()),
            first={tp.partition: offset for tp, offset in first.items()},
            end={tp.partition: offset for tp, offset in end.items()},
        )

    async def read(self, seen: dict[int, int], take: Callable[[int, list[Any]], None]) -> int:
        """Give `take` every record of these partitions from the offset seen to the present end. Returns how many."""
        consumer, name = self._consumer, name_of(LEAD_STATE, self._settings)
        tps = [TopicPartition(name, p) for p in seen]
        consumer.assign(tps)
        first, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
        at = {tp: max(seen[tp.partition], first[tp]) for tp in tps}
        for tp, offset in at.items():
            consumer.seek(tp, offset)
        count, behind = 0, {tp for tp in tps if at[tp] < ends[tp]}
        while behind:
            RestoreProgressed(remaining=sum(ends[tp] - at[tp] for tp in behind)).emit()
            polled = await consumer.getmany(*behind, timeout_ms=500, max_records=RECORDS_PER_POLL)
            for tp, records in polled.items():
                take(tp.partition, records)
                count += len(records)
            for tp in behind:
                # The position, not the last record: compaction may have left nothing at the end.
                at[tp] = await consumer.position(tp)
            behind = {tp for tp in behind if at[tp] < ends[tp]}
        RestoreProgressed(remaining=0).emit()
        return count


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
            bootstrap_servers=settings.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=50,
        )
        pace_metadata(consumer._client)
        try:
            await consumer.start()
        except KafkaConnectionError:
            await end_consumer(consumer)
            await asyncio.sleep(BROKER_EVERY_S)
        else:
            return consumer
