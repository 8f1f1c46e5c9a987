"""Reads a topic from outside any group, so that looking changes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from agents.delivery.consumer_end import end_consumer
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.topics.admin import command, connected
from streams.topology import Topic, name_of

MANY = 2_000
"""Most records held at once."""
POLL_MS = 200


class MissingTopicError(Exception):
    """A topic that should be there is not. Says so with the command that makes it."""


async def counted(settings: Settings, topics: set[str]) -> dict[str, int]:
    """Partitions of topics, by their names without prefix; refuses a missing one rather than create it."""
    names = {name_of(topic, settings): topic for topic in topics}
    async with connected(settings) as client:
        counts = {
            names[t["topic"]]: len(t["partitions"]) for t in await client.describe_topics() if t["topic"] in names
        }
    if missing := topics - set(counts):
        told = ", ".join(name_of(topic, settings) for topic in sorted(missing))
        raise MissingTopicError(
            f"missing on {settings.bootstrap}: {told}. Make it: {command(settings, 'topics apply')}"
        )
    return counts


@asynccontextmanager
async def opened(settings: Settings, topic: Topic) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """A consumer of all partitions of a topic, in no group."""
    count = (await counted(settings, {topic.name}))[topic.name]
    partitions = [TopicPartition(name_of(topic, settings), p) for p in range(count)]
    consumer = AIOKafkaConsumer(
        **kafka_client(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )  # fmt: skip
    try:
        await consumer.start()
        consumer.assign(partitions)
        yield consumer, partitions
    finally:
        await end_consumer(consumer)


async def kept(settings: Settings, topic: Topic) -> AsyncGenerator[list[ConsumerRecord[bytes, bytes]], None]:
    """All a topic holds at this moment, in batches; each partition in its order."""
    async with opened(settings, topic) as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        unread = {p for p in partitions if begins[p] < ends[p]}
        for partition in partitions:
            consumer.seek(partition, begins[partition])
        while unread:
            got = await consumer.getmany(timeout_ms=POLL_MS, max_records=MANY)
            batch = [r for p, records in got.items() for r in records if r.offset < ends[p]]
            if batch:
                yield sorted(batch, key=lambda r: (r.timestamp, r.partition, r.offset))
            # The position also passes what compaction or a transaction marker left empty.
            unread = {p for p in unread if await consumer.position(p) < ends[p]}


async def heard(
    settings: Settings, topic: Topic, *, from_beginning: bool
) -> AsyncGenerator[list[ConsumerRecord[bytes, bytes]], None]:
    """What arrives from now on (or from the beginning), for ever, in batches."""
    async with opened(settings, topic) as (consumer, partitions):
        if not from_beginning:
            for partition, end in (await consumer.end_offsets(partitions)).items():
                consumer.seek(partition, end)
        while True:
            got = await consumer.getmany(timeout_ms=POLL_MS, max_records=MANY)
            yield sorted((r for records in got.values() for r in records), key=lambda r: r.timestamp)
