"""Sends messages as any producer would, and waits until the brokers have them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata
from msgspec import Struct

from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.topics.reader import counted
from streams.topology import name_of

IN_FLIGHT = 500
"""Messages sent before the answers are awaited."""


class Message(Struct, frozen=True, kw_only=True):
    """What goes to a topic."""

    topic: str
    """Without prefix."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = []


async def send(settings: Settings, messages: Iterable[Message]) -> list[RecordMetadata]:
    """Where each message came to lie. Returns when all in-sync replicas have them all."""
    waiting = list(messages)
    await counted(settings, {message.topic for message in waiting})
    answers: list[RecordMetadata] = []
    producer = AIOKafkaProducer(
        **kafka_client(settings), enable_idempotence=True, acks="all", max_request_size=2 * 1024 * 1024
    )
    await producer.start()
    try:
        for at in range(0, len(waiting), IN_FLIGHT):
            futures = [
                await producer.send(name_of(m.topic, settings), value=m.value, key=m.key, headers=m.headers)
                for m in waiting[at : at + IN_FLIGHT]
            ]
            answers += await asyncio.gather(*futures)
    finally:
        await producer.stop()
    return answers
