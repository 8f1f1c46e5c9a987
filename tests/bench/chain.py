"""What the whole chain costs a touch: identify, score and route, each a real worker, behind by a heap of touches."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from agents.clock import wall_ms
from agents.delivery.producer import partition_for
from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import ServerFailed
from tests.bench.load import MIX, MODEL, PARTITIONS
from tests.bench.measured import cpu_s
from tests.bench.place import BATCH_BYTES
from tests.bench.subjects import LOOK_EVERY_S, PROCESSED, STUCK_AFTER_S, counted

STAGES = ("identify", "score", "route")
KNOWN = 0.98
"""Share of the touches whose person acted before; the others are seen for the first time."""
NAMED = 0.2
"""Share of the known people's touches that carry their e-mail address beside the cookie."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to."""

    touches: int
    took_s: float
    cpu_s: dict[str, float]
    """By stage."""
    broker_cpu_s: float

    @property
    def cpu_us(self) -> float:
        """All stages, per touch."""
        return sum(self.cpu_s.values()) / self.touches * 1e6


@contextlib.asynccontextmanager
async def working(settings: Settings, folder: Path) -> AsyncIterator[dict[str, Worker]]:
    """The three stages, ready; ended afterwards."""
    stages = {name: Worker(name, settings, folder / name, free_port()) for name in STAGES}
    try:
        await asyncio.gather(*(worker.ready(60.0) for worker in stages.values()))
        yield stages
    finally:
        for worker in stages.values():
            worker.kill()


async def measure(settings: Settings, folder: Path, touches: int, people: int, broker_pid: int) -> Chain:
    """Everybody once, so that they are known; then the heap, and what its digestion costs."""
    async with working(settings.model_copy(update={"model": MODEL}), folder) as stages:
        await pour(settings, introductions(people))
        await digested(stages, people)
        before = {name: cpu_s(worker.pid) for name, worker in stages.items()}
        broker_s, began_s = cpu_s(broker_pid), time.monotonic()
        await pour(settings, acts(touches, people))
        await digested(stages, people + touches)
        return Chain(
            touches=touches, took_s=time.monotonic() - began_s,
            cpu_s={name: cpu_s(worker.pid) - before[name] for name, worker in stages.items()},
            broker_cpu_s=cpu_s(broker_pid) - broker_s,
        )  # fmt: skip


Message = tuple[str, bytes, bytes]
"""Channel, key, value."""


def introductions(people: int) -> Iterator[Message]:
    """Each person's first touch: cookie and address together."""
    for n in range(people):
        yield _message(f"first-{n}", f"cookie-{n}", f"anna.{n}@steppe-foods.example", "page_view", "web", "/")


def acts(touches: int, people: int, seed: int = 1) -> Iterator[Message]:
    """The mix of `load.py`, as producers say it."""
    random = Random(seed)
    patterns = [(kind, channel, pages) for share, kind, channel, pages in MIX for _ in range(share)]
    for n in range(touches):
        kind, channel, pages = random.choice(patterns)
        known = random.random() < KNOWN
        person = random.randrange(people)
        cookie = f"cookie-{person}" if known else f"new-{n}"
        address = f"anna.{person}@steppe-foods.example" if known and random.random() < NAMED else ""
        yield _message(f"act-{n}", cookie, address, kind, channel, random.choice(pages))


def _message(id: str, cookie: str, address: str, kind: str, channel: str, page: str) -> Message:
    who = {"anonymous": cookie} | ({"email": address} if address else {})
    props = {"video": page} if kind == "video_view" else {"plan": "team"}
    touch = {"touch_id": id, "kind": kind, "at": wall_ms(), "who": who, "page": page, "source": "google",
             "campaign": "autumn", "props": props}  # fmt: skip
    return channel, cookie.encode(), msgspec.json.encode(touch)


async def pour(settings: Settings, messages: Iterator[Message]) -> None:
    """Onto their topics as fast as the broker takes them: made first, so that making them does not hold it up."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap, enable_idempotence=True, acks="all", compression_type="lz4",
        max_batch_size=BATCH_BYTES,
    )  # fmt: skip
    await producer.start()
    try:
        full: list[tuple[tuple[str, int], Any]] = []
        filling: dict[tuple[str, int], Any] = {}
        for channel, key, value in messages:
            place = f"{settings.prefix}touches.{channel}", partition_for(key, PARTITIONS)
            batch = filling.get(place)
            if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
                batch = filling[place] = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
                full.append((place, batch))
        await asyncio.gather(
            *[await producer.send_batch(batch, topic, partition=number) for (topic, number), batch in full]
        )
    finally:
        await producer.stop()


async def digested(stages: dict[str, Worker], touches: int) -> None:
    """Return when score has folded so many touches and route has carried every word of it."""
    most, changed_s = -1.0, time.monotonic()
    while time.monotonic() - changed_s < STUCK_AFTER_S and all(worker.running for worker in stages.values()):
        done, said = await asyncio.gather(*(_counted(stages["score"], name) for name in (PROCESSED, "touchline_ripe")))
        carried = await _counted(stages["route"], "touchline_group_records")
        if done >= touches and carried >= said:
            return
        if done + carried > most:
            most, changed_s = done + carried, time.monotonic()
        await asyncio.sleep(LOOK_EVERY_S)
    excerpts = "\n".join(worker.excerpt(5) for worker in stages.values())
    raise ServerFailed(f"the chain stands at {done:,.0f} of {touches:,} touches. {excerpts}")


async def _counted(worker: Worker, name: str) -> float:
    return await asyncio.to_thread(counted, worker, name)
