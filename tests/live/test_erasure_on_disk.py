"""Forgotten is gone from the disk: after an erasure, retention and compaction no byte names the person.

A Kafka and a Redis of their own, whose segments are tiny and whose topics keep seconds where they would keep days.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from agents.redis.client import connect
from agents.settings import Settings
from deploy.local.stack import LocalStack
from streams.topic_settings import config
from streams.topology import (
    CRM_UPDATES,
    DEAD_LETTERS,
    FACTS,
    HANDOFFS,
    LEAD_CARDS,
    LEAD_PROFILES,
    TOPICS,
    TOUCHES_EMAIL,
    TOUCHES_WEB,
    Topic,
)
from tests.conftest import PARTITIONS, StartWorker
from tests.live.kafka import Kafka, until
from tests.live.probes import EMAIL, NAME, WHO, facts, poison, reports, sweep_files, touches, traces
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(240)]

M1 = Path(__file__).parents[1] / "models" / "m1.yaml"
TINY = {"segment.ms": "1000", "file.delete.delay.ms": "500"}
DELETED = {"retention.ms": "2000"}
COMPACTED = {
    "max.compaction.lag.ms": "1000", "min.compaction.lag.ms": "0", "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "500",
}  # fmt: skip
BROKER: dict[str, str | int] = {
    # Uncompressed, so that what is on the disk can be searched.
    "compression.type": "uncompressed", "log.index.size.max.bytes": 65_536, "log.segment.delete.delay.ms": 500,
    "log.retention.check.interval.ms": 500, "log.initial.task.delay.ms": 500, "log.cleaner.backoff.ms": 500,
}  # fmt: skip
LOOK_EVERY_S = 1.5
STAGES = ("identify", "score", "route", "mirror")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Servers for this file alone, on whose disk we look."""
    stack = LocalStack(tmp_path_factory.mktemp("own"), persistent_redis=True, configured=BROKER)
    stack.start()
    try:
        yield stack
    finally:
        stack.discard()


@pytest.fixture
def settings(own: LocalStack, prefix: str, tmp_path: Path) -> Settings:
    """On these servers."""
    at = own.addresses
    return Settings(
        bootstrap=at.bootstrap, redis=at.redis, prefix=prefix, partitions=PARTITIONS, data_dir=tmp_path / "data",
        model=M1, cards_every_s=0.05,
    )  # fmt: skip


async def time_passes(settings: Settings, kafka: Kafka) -> None:
    """What topics keep for days is over: from now on they keep seconds, in tiny files."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    more = {kafka.name(t): {**config(t), **TINY, **(COMPACTED if t.compacted else DELETED)} for t in TOPICS}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, said) for name, said in more.items()])
    await admin.close()


async def others_go_on(kafka: Kafka, places: dict[Topic, list[int]]) -> None:
    """Records of nobody on every partition: a log is cut and compacted up to the file that is written."""
    for topic, partitions in places.items():
        for partition in partitions:
            await kafka.say(topic, [None if topic.compacted else b"{}"], b"\0filler", partition=partition)


def on_disk(own: LocalStack) -> dict[str, list[str]]:
    """Files of the broker and of Redis that name her."""
    folders = (own.kafka.data, own.redis.folder)
    return {f"{folder.name}/{name}": words for folder in folders for name, words in sweep_files(folder).items()}


async def lives(kafka: Kafka, now: datetime) -> None:
    """She comes over two channels, fills in forms, is handed off and answered; others do too."""
    when = now.isoformat()
    await kafka.say(FACTS, [*facts(when)], NAME)
    hers = [one for one in touches(when, round(now.timestamp() * 1000)) if "email" in one["who"]]
    await kafka.say(TOUCHES_EMAIL, hers, EMAIL)
    await kafka.say(TOUCHES_EMAIL, list(poison(when)), EMAIL)
    await kafka.say(CRM_UPDATES, [*reports(when)], NAME)
    ripening: list[dict[str, Any]] = [
        {"touch_id": f"r{n}", "kind": "demo_request", "at": when, "who": who}
        for n, who in enumerate([WHO, WHO, {"email": "bob@firm.example"}])
    ]
    await kafka.say(TOUCHES_WEB, ripening, EMAIL)


async def test_after_an_erasure_no_file_of_kafka_or_redis_names_the_person(
    own: LocalStack, settings: Settings, kafka: Kafka, worker: StartWorker
) -> None:
    await kafka.create()
    await asyncio.gather(*(worker(stage, within_s=60, member=stage, session_timeout_s=6.0) for stage in STAGES))
    began_s = time.monotonic()
    await lives(kafka, datetime.now(UTC))

    async def known() -> bool:
        found = " ".join(await asyncio.to_thread(on_disk, own))
        return all(f"{kafka.name(topic)}-" in found for topic in (TOUCHES_WEB, LEAD_PROFILES, HANDOFFS, DEAD_LETTERS)
                   ) and "appendonly" in found  # fmt: skip

    await until(known, "her to be on the disk in all that holds personal data", within_s=30)
    for stage, topic in (("identify", FACTS), ("identify", TOUCHES_EMAIL), ("route", "ripe")):
        await kafka.until_committed(f"touchline-{stage}", topic, 60)

    await erase(settings, kafka)
    await time_passes(settings, kafka)
    erased_s = time.monotonic()

    places = {topic: list(await kafka.end_offsets(topic)) for topic in TOPICS if topic.personal}
    looked_s = 0.0

    async def gone() -> bool:
        nonlocal looked_s
        if time.monotonic() - looked_s < LOOK_EVERY_S:
            return False
        await others_go_on(kafka, places)
        await rewrite(settings)
        looked_s = time.monotonic()
        return not await asyncio.to_thread(on_disk, own)

    assert [] == [r.key for r in await latest(kafka) if traces(r.value)], "no profile in force names her"
    try:
        await until(gone, "her to be gone from the disk", within_s=40)
    except AssertionError as still:
        raise AssertionError(f"{still}: {on_disk(own)}") from None
    print(f"known for {erased_s - began_s:.1f} s, gone {time.monotonic() - erased_s:.1f} s after the erasure")
    assert 1 == len([r for r in await latest(kafka, LEAD_CARDS) if r.value]), "the other one is still there"


async def latest(kafka: Kafka, topic: Topic = LEAD_PROFILES) -> list[ConsumerRecord]:
    """What is in force of a compacted topic, tombstones too."""
    return list({r.key: r for r in await kafka.read_all(topic)}.values())


async def rewrite(settings: Settings) -> None:
    """Redis' own log holds every command until it is written anew, as it is by itself once it has grown enough."""
    redis = connect(settings, patient=False)
    await redis.bgrewriteaof()

    async def done() -> bool:
        said = await redis.info("persistence")
        return not said["aof_rewrite_in_progress"] and not said["aof_rewrite_scheduled"]

    await until(done, "Redis to write its log anew")
    await redis.aclose()


async def erase(settings: Settings, kafka: Kafka) -> None:
    """As an operator does."""
    ended = await touchline(settings, "lead", "erase", f"email:{EMAIL}", "--yes", within_s=60)
    assert 0 == ended.code, ended.out + ended.err
