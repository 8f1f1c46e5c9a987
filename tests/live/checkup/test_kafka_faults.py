"""What doctor says of Kafka: topics, unfinished rebuilds, clocks, and lag that grows."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import OffsetAndMetadata

from agents.checkup import Area, Problem, check_up
from agents.checkup.clocks import log_clock
from agents.checkup.lag import lag
from agents.checkup.topics import topics
from agents.clock import wall_ms
from agents.settings import Settings
from agents.topics.admin import alter, connected
from agents.topics.plan import FILLING
from streams.topic_settings import config
from streams.topology import CRM_UPDATES, LEAD_EVENTS, LEAD_STATE, RIPE, Topic, name_of
from tests.live.kafka import Kafka
from tests.live.touchline import touchline

pytestmark = pytest.mark.live


@pytest.fixture
async def kafka(well: Settings) -> AsyncIterator[Kafka]:
    client = Kafka(well)
    yield client
    await client.close()


async def altered(settings: Settings, topic: Topic, changes: dict[str, str]) -> None:
    async with connected(settings) as client:
        await alter(client, {name_of(topic, settings): changes})


def told(problems: list[Problem]) -> list[tuple[Area, str]]:
    return [(problem.area, problem.what) for problem in problems]


async def test_of_a_deployment_as_it_should_be_nothing_is_said(well: Settings) -> None:
    ended = await touchline(well, "doctor")

    assert (0, "") == (ended.code, ended.err)
    assert ended.out.startswith("All is well: kafka, topics, rebuild, redis, clock, identity key, ")


async def test_a_topic_that_is_not_there_is_told_with_the_command_that_makes_it(well: Settings) -> None:
    nobody = well.model_copy(update={"prefix": f"{well.prefix}none."})
    (problem,) = (await topics(nobody)).problems

    assert problem.what.startswith("20 missing: ")
    assert problem.what.endswith(" and 17 more"), "three of them by name"
    assert problem.next.startswith("touchline topics apply --bootstrap ")


async def test_another_partition_count_than_configured_is_told(well: Settings) -> None:
    (problem,) = (await topics(well.model_copy(update={"partitions": 8}))).problems

    assert "has 4 partitions where 8 are configured (and " in problem.what
    assert "either keep that count with `--partitions 4`" in problem.next


@pytest.mark.parametrize(
    ("topic", "setting", "wrong", "what"),
    [
        (LEAD_EVENTS, "retention.ms", "3600000", "lead.events has retention.ms = 3600000 where 15552000000 is needed"),
        (LEAD_STATE, "cleanup.policy", "delete", "lead.state has cleanup.policy = delete where compact is needed"),
        (RIPE, "message.timestamp.type", "CreateTime",
         "ripe has message.timestamp.type = CreateTime where LogAppendTime is needed"),
    ],
)  # fmt: skip
async def test_wrong_retention_compaction_and_time_are_told(
    well: Settings, topic: Topic, setting: str, wrong: str, what: str
) -> None:
    await altered(well, topic, {setting: wrong})
    try:
        (problem,) = (await topics(well)).problems
    finally:
        await altered(well, topic, {setting: config(topic)[setting]})

    assert f"{well.prefix}{what}" == problem.what
    assert problem.next.startswith("run `touchline topics apply")


async def test_a_rebuild_that_nobody_finished_is_told_with_the_command_that_goes_on(well: Settings) -> None:
    name = f"{well.prefix}lead.events.g2"
    admin = AIOKafkaAdminClient(bootstrap_servers=well.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 6, 1, topic_configs=config(LEAD_EVENTS) | FILLING)])
        for _ in range(50):
            if found := (await topics(well)).problems:
                break
            await asyncio.sleep(0.1)
    finally:
        await admin.delete_topics([name])
        await admin.close()

    assert ["a rebuild of generation first to g2 was begun and has not cut over: it holds disk, and falls behind"] == [
        problem.what for problem in found
    ]
    assert found[0].next.startswith(f"touchline rebuild --bootstrap {well.bootstrap} --prefix {well.prefix}")
    assert "--generation g2 --partitions 6, or delete its topics" in found[0].next


async def test_brokers_whose_clock_is_ahead_are_told_by_how_much(well: Settings, kafka: Kafka) -> None:
    await kafka.say(CRM_UPDATES, b"{}")

    assert [(Area.CLOCK, "the brokers' clock is 60 s ahead of this machine's")] == told(
        await log_clock(well, lambda: wall_ms() - 60_500)
    )
    assert [] == await log_clock(well, wall_ms)


@pytest.mark.long
async def test_lag_is_looked_at_twice_nobody_at_work_growing_standing_and_shrinking(
    well: Settings, kafka: Kafka
) -> None:
    await kafka.say(RIPE, [b"{}"] * 1_200, partition=0)
    name, group = kafka.name(RIPE), f"{well.prefix}touchline-route"
    where = TopicPartition(name, 0)
    (nobody,) = [p for p in await lag(well) if "route" in p.what]
    worker = AIOKafkaConsumer(
        name, bootstrap_servers=well.bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await worker.start()
    try:
        while where not in worker.assignment():
            await worker.getmany(timeout_ms=100)
        (standing,) = [p for p in await lag(well) if "route" in p.what]

        looking = asyncio.create_task(lag(well))
        await asyncio.sleep(1.5)
        await kafka.say(RIPE, [b"{}"] * 900, partition=0)
        await worker.commit({where: OffsetAndMetadata(10, "")})
        (growing,) = [p for p in await looking if "route" in p.what]

        looking = asyncio.create_task(lag(well))
        await asyncio.sleep(1.5)
        await worker.commit({where: OffsetAndMetadata(1_000, "")})
        shrinking = [p for p in await looking if "route" in p.what]
    finally:
        await worker.stop()

    assert "nobody runs route; 1201 records wait for it" == nobody.what
    assert standing.what.startswith("route is 1201 records behind and read none in ")
    assert growing.what.startswith("route is 2091 records behind, ")
    assert growing.what.endswith(" more every second (1 at work)")
    assert growing.next.startswith("start one more: touchline run route --bootstrap ")
    assert [] == shrinking


async def test_whole_problems_come_the_most_fundamental_first(well: Settings) -> None:
    wrong = well.model_copy(update={"redis": "redis://127.0.0.1:1/0", "session_timeout_s": 300.0, "partitions": 8})
    areas = [problem.area for problem in await check_up(wrong)]

    assert areas == sorted(areas, key=list(Area).index)
    assert {Area.TOPICS, Area.REDIS, Area.WORKERS} <= set(areas)


async def test_problems_are_json_for_programs(well: Settings) -> None:
    ended = await touchline(well.model_copy(update={"session_timeout_s": 300.0}), "doctor", "--json")
    said = json.loads(ended.out)["problems"]

    assert 1 == ended.code
    assert [("workers", "export TOUCHLINE_SESSION_TIMEOUT_S=60")] == [
        (one["area"], one["next"]) for one in said if one["area"] not in ("lag", "dead letters")
    ]
