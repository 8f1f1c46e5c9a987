"""What `touchline plan` goes by: CPU per touch and stage, bytes on Kafka per touch and topic, bytes of Redis per lead.

One run of the whole chain and the mirror, all outputs on: `python -m tests.bench.sizing`. Its figures go to
deploy/sizing.yaml by hand, with the day and the machine.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.stack import LocalStack, opened
from streams.topology import LEAD_CARDS, TOPICS, Topic, name_of
from tests.bench import chain
from tests.bench.load import MODEL
from tests.bench.measured import cpu_s, peak_mb
from tests.bench.place import create_topics, machine
from tests.live.kafka import Kafka, until

PREFIX = "sizing."


def main() -> None:
    """Measure and print."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--people", type=int, default=20_000, help="leads; default: 20,000")
    said.add_argument("--touches", type=int, default=200_000, help="of them; default: 200,000")
    given = said.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened() as stack:
        where = Settings(
            bootstrap=stack.addresses.bootstrap, redis=stack.addresses.redis, prefix=PREFIX, partitions=12, model=MODEL
        )
        asyncio.run(_measure(where, stack, Path(folder), given.people, given.touches))


async def _measure(where: Settings, stack: LocalStack, folder: Path, people: int, touches: int) -> None:
    await create_topics(where)
    async with Redis.from_url(where.redis) as redis, chain.working(where, folder) as stages:
        empty = int((await redis.info("memory"))["used_memory"])
        await chain.pour(where, chain.introductions(people))
        await chain.digested(stages, people)
        known = int((await redis.info("memory"))["used_memory"])
        before = {name: cpu_s(worker.pid) for name, worker in stages.items()}
        sizes = _sizes(stack, where)
        await chain.pour(where, chain.acts(touches, people))
        await chain.digested(stages, people + touches)
        print(f"{touches:,} touches of {people:,} leads; {machine()}")
        for name, worker in stages.items():
            used_us = (cpu_s(worker.pid) - before[name]) / touches * 1e6
            print(f"{name}: {used_us:.1f} us of CPU per touch, {peak_mb(worker.pid):.0f} MB at most")
        kafka = Kafka(where)
        for topic in TOPICS:
            size = _size(stack, where, topic)
            records = sum((await kafka.end_offsets(topic)).values())
            told = f"{(size - sizes[topic.name]) / touches:.1f} bytes per touch"
            print(f"{topic.name}: {told}, {size / max(1, records):.1f} per record ({records:,})")
        await kafka.close()
        unmirrored = int((await redis.info("memory"))["used_memory"])
        print(f"Redis: {(known - empty) / people:.0f} bytes per lead of two identities, with its profile")
        await _mirror(where, redis, folder, unmirrored)


async def _mirror(where: Settings, redis: "Redis", folder: Path, before: int) -> None:
    """All cards so far, from nothing."""
    kafka = Kafka(where)
    cards = sum((await kafka.end_offsets(LEAD_CARDS)).values())
    await kafka.close()
    worker = Worker("mirror", where, folder / "mirror", free_port())
    try:
        await worker.ready(60.0)

        async def copied() -> bool:
            marks: dict[Any, Any] = await redis.hgetall(f"touchline:{PREFIX}mirrored")
            return sum(int(at) + 1 for name, at in marks.items() if name.startswith(b"lead.cards/")) >= cards

        started_s = 0.0
        await until(copied, "all cards in Redis", within_s=120)
        used_us = (cpu_s(worker.pid) - started_s) / cards * 1e6
        leads = await redis.zcard(f"touchline:{PREFIX}ranking")
        grew = int((await redis.info("memory"))["used_memory"]) - before
        print(f"mirror: {used_us:.1f} us of CPU per card, its start included, {peak_mb(worker.pid):.0f} MB at most")
        print(f"Redis: {grew / leads:.0f} bytes per mirrored lead ({cards:,} cards of {leads:,} leads)")
    finally:
        worker.kill()


def _sizes(stack: LocalStack, where: Settings) -> dict[str, int]:
    return {topic.name: _size(stack, where, topic) for topic in TOPICS}


def _size(stack: LocalStack, where: Settings, topic: Topic) -> int:
    """Bytes of a topic's segments on the one broker's disk; indexes are allocated ahead, so they are left out."""
    partitions = stack.folder.glob(f"kafka-*/**/{name_of(topic, where)}-[0-9]*")
    return sum(log.stat().st_size for folder in partitions for log in folder.glob("*.log"))


if __name__ == "__main__":
    main()
