"""What several live tests begin with."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from redis.asyncio import Redis

from agents.demo.crew import Worker
from agents.people.identity_graph import IdentityGraph
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from streams.topology import FACTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.calls import KEY
from tests.live.kafka import Kafka
from tests.live.rebuilding import Generation


@pytest.fixture
async def intake(kafka: Kafka, worker: StartWorker) -> Worker:
    """An intake that takes calls."""
    await kafka.create([TOUCHES_WEB, FACTS])
    return await worker("intake")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client with the write key."""
    async with aiohttp.ClientSession(headers=KEY) as session:
        yield session


@pytest.fixture
async def first(settings: Settings, worker: StartWorker) -> AsyncIterator[Generation]:
    """The first generation of a log, scored from."""
    made = await Generation(settings, worker).make()
    yield made
    await made.kafka.close()


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator["Redis"]:
    """A client as patient as a stage's."""
    client = connect(settings)
    yield client
    await client.aclose()


@pytest.fixture
def keys(settings: Settings) -> RedisKeys:
    """Names of this test's keys."""
    return RedisKeys(settings.prefix)


@pytest.fixture
async def graph(settings: Settings) -> AsyncIterator[IdentityGraph]:
    """An identity graph that is whole and holds nobody."""
    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    await redis.set(keys.graph, "whole")
    yield IdentityGraph(redis, keys)
    await redis.aclose()
