"""Reads whole topics, partition by partition, with a consumer in no group: for rebuilds and snapshots."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from agents.delivery.consumer_end import end_consumer
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.table.topic_identity import topic_id
from streams.topology import Topic, name_of

FETCH_BYTES = 8 * 1024 * 1024
RECORDS_PER_POLL = 10_000


class Span(Struct, frozen=True):
    """What a partition holds."""

    first: int
    end: int
    """The next offset."""


class Scan:
    """A reader of one generation's topics."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: Settings) -> None:
        self._consumer, self.settings = consumer, settings

    async def topics(self) -> set[str]:
        """All there are, by their names on the broker."""
        return set(await self._consumer.topics())

    async def spans(self, topic: Topic) -> dict[int, Span]:
        """First and next offset of each partition."""
        name = name_of(topic, self.settings)
        await self._consumer._client._wait_on_metadata(name)
        tps = [TopicPartition(name, p) for p in sorted(self._consumer.partitions_for_topic(name) or ())]
        first, end = await self._consumer.beginning_offsets(tps), await self._consumer.end_offsets(tps)
        return {tp.partition: Span(first[tp], end[tp]) for tp in tps}

    async def identity(self, topic: Topic) -> str:
        """The topic's id."""
        return await topic_id(self._consumer._client, name_of(topic, self.settings))

    async def read(self, topic: Topic, partition: int, start: int, end: int) -> AsyncIterator[list[Any]]:
        """Records from `start` up to before `end`, in order."""
        if start >= end:
            return  # aiokafka's stop() hangs when it follows an assignment that was not read from
        tp = TopicPartition(name_of(topic, self.settings), partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, start)
        at = start
        while at < end:
            polled = await self._consumer.getmany(tp, timeout_ms=500, max_records=RECORDS_PER_POLL)
            records = [r for r in polled.get(tp, []) if r.offset < end]
            if records:
                yield records
            # The position, not the last record: compaction may have left nothing at the end.
            at = await self._consumer.position(tp)

    async def read_all(self, topic: Topic, partitions: Iterable[int] | None = None) -> AsyncIterator[list[Any]]:
        """All that these partitions hold now (all, unless told), one after the other."""
        spans = await self.spans(topic)
        for partition in sorted(spans if partitions is None else partitions):
            async for records in self.read(topic, partition, spans[partition].first, spans[partition].end):
                yield records


@asynccontextmanager
async def scanning(settings: Settings) -> AsyncIterator[Scan]:
    """A reader, connected for the length of a block."""
    consumer = AIOKafkaConsumer(
        **kafka_client(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_bytes=4 * FETCH_BYTES,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        yield Scan(consumer, settings)
    finally:
        await end_consumer(consumer)
