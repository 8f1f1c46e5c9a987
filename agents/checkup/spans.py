"""How far topics reach, asked without a group and without creating them."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.delivery.consumer_end import end_consumer
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.topics import admin
from streams.topology import Topic, name_of

Spans = dict[TopicPartition, tuple[int, int]]
"""First and next offset of each partition."""


async def spans(settings: Settings, topics: Sequence[Topic]) -> Spans:
    """Those of topics that exist."""
    names = {name_of(topic, settings) for topic in topics}
    async with admin.connected(settings) as client:
        counts = {t["topic"]: len(t["partitions"]) for t in await client.describe_topics() if t["topic"] in names}
    partitions = [TopicPartition(name, p) for name, count in counts.items() for p in range(count)]
    consumer = AIOKafkaConsumer(**kafka_client(settings), enable_auto_commit=False)
    await consumer.start()
    try:
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    finally:
        await end_consumer(consumer)
    return {p: (begins[p], ends[p]) for p in partitions}
