"""A worker that gets nothing done ends, so that it is replaced; one that waits for Redis does not."""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.demo.crew import environment_of
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from streams.topology import RIPE, ROUTE, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touches import TOPICS, events, touch

pytestmark = pytest.mark.live

STALL_S = 3.0


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test alone, which it may stop; it keeps what it was told."""
    server = RedisServer(tmp_path / "redis", free_port(), persistent=True)
    server.start()
    yield server
    server.stop()


async def test_a_worker_whose_flush_never_returns_ends_with_1_and_the_reason(kafka: Kafka, settings: Settings) -> None:
    await kafka.create(ROUTE.topics)
    await kafka.say(RIPE, b"{}", partition=2)
    environment = environment_of(settings.model_copy(update={"stall_after_s": STALL_S, "port": free_port()}))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.live.stuck_worker", env=environment, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), 40)
    finally:
        if process.returncode is None:
            process.kill()

    assert 1 == process.returncode
    [crash] = [line for line in said.decode().splitlines() if "worker crashed" in line]
    assert "Stalled" in crash
    assert "records of ripe/2 wait and none was processed" in crash


@pytest.mark.long
async def test_an_outage_of_redis_longer_than_a_stall_ends_no_worker_and_readiness_says_why(
    kafka: Kafka, worker: StartWorker, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify", redis=own_redis.url, stall_after_s=STALL_S)
    await kafka.say(TOUCHES_WEB, touch(1, {"user": "cyd"}))
    await events(kafka, 1)
    own_redis.stop()
    await kafka.say(TOUCHES_WEB, touch(2, {"user": "dan"}))

    async def says_so() -> bool:
        return any("Redis" in reason for reason in await asyncio.to_thread(reasons, f"{identify.url}/readyz"))

    await until(says_so, "readiness to say that Redis is away")
    loop = asyncio.get_running_loop()
    until_s = loop.time() + 2.5 * STALL_S

    async def outlasted() -> bool:
        assert identify.running, identify.excerpt()
        return loop.time() > until_s

    await until(outlasted, "an outage longer than a stall")
    own_redis.start()

    assert {"t1", "t2"} == {event.id for _, event in await events(kafka, 2)}


def reasons(url: str) -> list[str]:
    """Why a worker is not ready; none: it is."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return []
    except urllib.error.HTTPError as refused:
        return list(json.loads(refused.read())["reasons"])
