"""What several live tests begin with."""

from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis
from xdist.scheduler import LoadFileScheduling

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

LONG_S = 120.0
"""A test that may take longer says so with a mark."""


class ByCrew(LoadFileScheduling):
    """Files of a folder that has a crew of its own go to one process, one after another: it is started once."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def together(nodeid: str) -> str:
    """The folder of scenarios, or the file, whose tests run in one process."""
    file = PurePosixPath(nodeid.partition("::")[0])
    return str(file.parent if "scenarios" in file.parent.parent.parts else file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByCrew:
    """Share tests out in the order below, not by how many there are of a kind."""
    config.option.loadscopereorder = False
    return ByCrew(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no process waits for another in the end."""
    if not hasattr(config, "workerinput"):
        return
    longest: dict[str, float] = {}
    count: dict[str, int] = {}
    for item in items:
        mark, unit = item.get_closest_marker("timeout"), together(item.nodeid)
        longest[unit] = max(longest.get(unit, LONG_S), mark.args[0] if mark else LONG_S)
        count[unit] = count.get(unit, 0) + 1
    items.sort(key=lambda item: (-longest[(unit := together(item.nodeid))], -count[unit], unit))


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
