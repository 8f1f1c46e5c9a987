"""A deployment as it should be, for a whole file: each test plants one fault and takes it back."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.settings import Settings
from agents.topics.admin import apply
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from deploy.local.stack import Addresses


@pytest.fixture(scope="module")
def well(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Topics as the topology wants them, and a key of our own."""
    settings = Settings(
        bootstrap=stack.bootstrap, redis=stack.redis, prefix=f"t{uuid.uuid4().hex[:10]}.", partitions=4,
        identity_key=SecretStr("of our own"), data_dir=tmp_path_factory.mktemp("data"),
    )  # fmt: skip
    asyncio.run(apply(settings))
    return settings


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis whose settings are nobody else's."""
    server = RedisServer(tmp_path_factory.mktemp("redis"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def elsewhere(well: Settings, own_redis: RedisServer, tmp_path: Path) -> Settings:
    """The same deployment with a Redis of its own."""
    return well.model_copy(update={"redis": own_redis.url})
