"""Waits until every stage has processed all that is there, as its group's committed offsets say it."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.delivery.consumer_end import end_consumer
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.topics.admin import connected, partitions_of
from streams.topology import TOPOLOGY, Step, name_of

LOOK_EVERY_S = 0.25


async def settled(settings: Settings, within_s: float) -> bool:
    """True once nothing waits anywhere; False when the time is over."""
    consumer = AIOKafkaConsumer(**kafka_client(settings), enable_auto_commit=False)
    try:
        await consumer.start()
        async with asyncio.timeout(within_s):
            # Twice, because a later stage writes to the log that an earlier look found read.
            for _ in range(2):
                for step in TOPOLOGY:
                    await _read_all(settings, step, consumer)
    except TimeoutError:
        return False
    finally:
        await end_consumer(consumer)
    return True


async def _read_all(settings: Settings, step: Step, consumer: AIOKafkaConsumer) -> None:
    while True:
        if not await waiting(settings, step, consumer):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def waiting(settings: Settings, step: Step, consumer: AIOKafkaConsumer) -> int:
    """Records that a stage has not acknowledged."""
    partitions = [
        TopicPartition(name_of(topic, settings), p)
        for topic in step.reads
        for p in range(partitions_of(topic, settings))
    ]
    ends = await consumer.end_offsets(partitions)
    async with connected(settings) as client:
        stored = await client.list_consumer_group_offsets(f"{settings.prefix}touchline-{step.name}")
    return sum(max(0, end - (stored[p].offset if p in stored else 0)) for p, end in ends.items())
