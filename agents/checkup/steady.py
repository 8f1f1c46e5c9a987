"""Asks again where a client chose a broker that is away: it chooses among all that the cluster knows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError

T = TypeVar("T")

TRIES = 20
PAUSE_S = 0.05


async def steady(look: Callable[[], Awaitable[T]]) -> T:
    """What a look comes to, once it met brokers that answer."""
    for _ in range(TRIES - 1):
        try:
            return await look()
        except NodeNotReadyError:
            await asyncio.sleep(PAUSE_S)
    return await look()


async def answering(client: AIOKafkaAdminClient) -> list[int]:
    """Brokers that can be asked: groups are listed by each, and one that is away would fail them all."""
    brokers = [broker.nodeId for broker in client._client.cluster.brokers()]
    ready = await asyncio.gather(*(client._client.ready(number) for number in brokers))
    return [number for number, answers in zip(brokers, ready, strict=True) if answers]
