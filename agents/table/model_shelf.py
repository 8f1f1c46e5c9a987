"""Keeps every model that was ever in force on `scoring.models`, so that any score can be explained later."""

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.delivery.consumer_end import end_consumer
from agents.delivery.producer import Outbox
from agents.settings import Settings
from agents.signals import ModelPublished
from schemas.scoring_model import ModelDocument
from streams.topology import SCORING_MODELS, name_of


def shelf_key(document: ModelDocument) -> bytes:
    """`model@digest`: a document never changes under its key."""
    return f"{document.model}@{document.digest}".encode()


async def publish(document: ModelDocument, settings: Settings, out: Outbox) -> None:
    """Put the document on the shelf unless it is there."""
    key = shelf_key(document)
    anew = key not in await shelved(settings)
    if anew:
        await out.write(SCORING_MODELS, [(None, key, msgspec.json.encode(document), [])])
    ModelPublished(model=f"{document.model}@{document.version}", digest=document.digest, anew=anew).emit()


async def shelved(settings: Settings) -> set[bytes]:
    """Keys of all documents on the shelf now."""
    name = name_of(SCORING_MODELS, settings)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        await consumer._client._wait_on_metadata(name)
        tps = [TopicPartition(name, p) for p in consumer.partitions_for_topic(name) or ()]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning(*tps)
        keys: set[bytes] = set()
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                keys |= {record.key for record in records if record.value is not None}
        return keys
    finally:
        await end_consumer(consumer)
