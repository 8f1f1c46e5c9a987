"""What a command about one person works with, connected for the length of a block."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec import Struct
from redis.asyncio import Redis

from agents.delivery.producer import Outbox
from agents.people.identity_graph import IdentityGraph
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from agents.topics.reader import counted
from agents.topics.scan import Scan, scanning
from streams.topology import LEAD_EVENTS, TOPICS

Tell = Callable[[str], None]
"""Hears of each step as it begins."""


class Tools(Struct, frozen=True):
    """Kafka to read and to write, and Redis."""

    settings: Settings
    redis: Redis
    scan: Scan
    out: Outbox
    tell: Tell

    @property
    def keys(self) -> RedisKeys:
        """Names in Redis."""
        return RedisKeys(self.settings.prefix)

    @property
    def graph(self) -> IdentityGraph:
        """Who is who."""
        return IdentityGraph(self.redis, self.keys)


@asynccontextmanager
async def tools_of(settings: Settings, tell: Tell) -> AsyncIterator[Tools]:
    """The log's own partition count is taken, whatever an option says: leads would lie elsewhere by another."""
    count = (await counted(settings, {topic.name for topic in TOPICS}))[LEAD_EVENTS.name]
    settings = settings.model_copy(update={"partitions": count})
    redis, out = connect(settings, patient=False), Outbox(settings)
    try:
        await out.start()
        async with scanning(settings) as scan:
            yield Tools(settings, redis, scan, out, tell)
    finally:
        await out.stop()
        await redis.aclose()
