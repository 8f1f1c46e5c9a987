"""Where a measurement runs: the stack, the topics, the touches on the log, and a few words about the machine."""

import asyncio
import contextlib
import os
import platform
import signal
import uuid
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from aiokafka import AIOKafkaProducer
from msgspec import Struct
from redis.asyncio import Redis

from agents.settings import Settings
from agents.topics.admin import connected
from deploy.local.distribution import POM
from deploy.local.stack import opened
from streams.topology import LEAD_EVENTS, Topic
from tests.bench.load import PARTITIONS, Sent
from tests.live.kafka import Kafka

BATCH_BYTES = 512 * 1024
NO_REDIS = "redis://127.0.0.1:1/0"


class Place(Struct, frozen=True):
    """A broker to measure on."""

    settings: Settings
    broker_pid: int
    """0: it is not ours."""


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """The stack of TOUCHLINE_BOOTSTRAP and TOUCHLINE_REDIS if set, else one of our own; a prefix of our own on it.

    SIGTERM and SIGHUP end us as Ctrl-C does: everything started is ended by its own handle.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with contextlib.ExitStack() as closing:
        bootstrap, redis, pid = os.environ.get("TOUCHLINE_BOOTSTRAP"), os.environ.get("TOUCHLINE_REDIS", ""), 0
        if not bootstrap:
            stack = closing.enter_context(opened())
            bootstrap, redis, pid = stack.addresses.bootstrap, stack.addresses.redis, stack.kafka.pid
        prefix = f"bench-{uuid.uuid4().hex[:8]}."
        # Measurements that need no Redis do without.
        settings = Settings(bootstrap=bootstrap, redis=redis or NO_REDIS, prefix=prefix, partitions=PARTITIONS)
        if not pid:
            closing.callback(lambda: asyncio.run(leave(settings)))
        yield Place(settings, pid)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def create_topics(settings: Settings) -> None:
    """All of the topology."""
    kafka = Kafka(settings)
    await kafka.create()
    await kafka.close()


def apart(where: Settings, name: str, **changes: Any) -> Settings:
    """Topics and keys of their own, for one part of a measurement."""
    return where.model_copy(update={"prefix": f"{where.prefix}{name}.", **changes})


@contextlib.contextmanager
def topics_of(where: Settings, name: str, **changes: Any) -> Iterator[Settings]:
    """A topology of its own for one part: made, and taken away again, for the next part needs the room."""
    settings = apart(where, name, **changes)
    asyncio.run(create_topics(settings))
    try:
        yield settings
    finally:
        asyncio.run(leave(settings))


async def leave(settings: Settings) -> None:
    """Take our topics and keys off servers that others go on using."""
    async with connected(settings) as admin:
        ours = [topic for topic in await admin.list_topics() if settings.prefix in topic]  # Quix puts its word first
        if ours:
            await admin.delete_topics(ours)
    if settings.redis != NO_REDIS:
        async with Redis.from_url(settings.redis) as redis:
            async for key in redis.scan_iter(match=f"touchline:{settings.prefix}*", count=1_000):
                await redis.unlink(key)


async def write_log(settings: Settings, load: Iterable[Sent], to: Topic = LEAD_EVENTS) -> int:
    """Put records on a topic in large lz4 batches, before anybody reads; the bytes of their values."""
    topic = f"{settings.prefix}{to.name}"
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap, enable_idempotence=True, acks="all", compression_type="lz4",
        max_batch_size=BATCH_BYTES,
    )  # fmt: skip
    await producer.start()
    try:
        filling: list[Any] = [producer.create_batch() for _ in range(settings.partitions)]
        size = 0
        for sent in load:
            size += len(sent.value)
            if filling[sent.partition].append(key=sent.key, value=sent.value, timestamp=None) is None:
                await producer.send_batch(filling[sent.partition], topic, partition=sent.partition)
                filling[sent.partition] = producer.create_batch()
                filling[sent.partition].append(key=sent.key, value=sent.value, timestamp=None)
        rest = [await producer.send_batch(b, topic, partition=p) for p, b in enumerate(filling) if b.record_count()]
        await asyncio.gather(*rest)
    finally:
        await producer.stop()
    return size


def machine() -> str:
    """Cores, processor, versions, and how busy it is already: above nothing, times are those of a shared machine."""
    kafka = POM.read_text().split("<kafka.version>")[1].split("<")[0]
    name = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    return (
        f"{len(os.sched_getaffinity(0))} cores ({name}), Python {platform.python_version()}, Kafka {kafka}, "
        f"faust-streaming {version('faust-streaming')}, aiokafka {version('aiokafka')}; "
        f"load average before: {os.getloadavg()[0]:.1f}"
    )
