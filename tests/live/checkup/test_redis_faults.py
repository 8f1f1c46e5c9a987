"""What doctor says of Redis: who may come in, how full it is, whose clock differs, and how far it is behind Kafka."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr
from redis.asyncio import Redis

from agents.checkup import Area
from agents.checkup.redis_server import BEHIND, Copied, redis
from agents.clock import wall_ms
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from streams.topology import HANDOFFS, IDENTITY_LINKS, LEAD_CARDS, name_of

pytestmark = pytest.mark.live


@pytest.fixture
async def server(own_redis: RedisServer) -> AsyncIterator["Redis"]:
    """As its owner; afterwards as it was."""
    client = Redis.from_url(own_redis.url)
    yield client
    await client.config_set("maxmemory", "0")
    await client.config_set("maxmemory-policy", "noeviction")
    await client.acl_deluser("worker")
    await client.flushall()
    await client.aclose()


async def said(settings: Settings) -> list[tuple[str, str]]:
    """Problems of Redis alone, with what to do."""
    return [(problem.what, problem.next) for problem in (await redis(settings, wall_ms))[0]]


async def test_of_a_redis_as_it_should_be_nothing_is_said(elsewhere: Settings, server: "Redis") -> None:
    assert [] == await said(elsewhere)


async def test_a_redis_that_is_not_there_is_told_without_its_password(elsewhere: Settings) -> None:
    place = f"127.0.0.1:{free_port()}"
    ((what, mend),) = await said(elsewhere.model_copy(update={"redis": f"redis://u:hush@{place}/0"}))

    assert what.startswith(f"no Redis answers at {place}/0 (Error 111 ")
    assert "start one with `touchline stack`, or give the right --redis" == mend
    assert "hush" not in what


async def test_a_wrong_password_is_told_from_a_redis_that_is_away(elsewhere: Settings, server: "Redis") -> None:
    await server.acl_setuser("worker", enabled=True, passwords=["+right"], commands=["+@all"], keys=["*"])
    wrong = elsewhere.model_copy(update={"redis_user": "worker", "redis_password": SecretStr("hush")})
    ((what, mend),) = await said(wrong)

    assert "refuses our name or password" in what
    assert "TOUCHLINE_REDIS_PASSWORD" in mend
    assert "hush" not in what


async def test_a_user_who_may_too_little_is_told_what_it_may_not(elsewhere: Settings, server: "Redis") -> None:
    await server.acl_setuser(
        "worker", enabled=True, passwords=["+right"], commands=["+@all", "-eval", "-time"], keys=["other:*"]
    )
    narrow = elsewhere.model_copy(update={"redis_user": "worker", "redis_password": SecretStr("right")})
    ((what, mend),) = await said(narrow)

    assert what.endswith("does not let this user TIME, HGETALL, MGET, EVAL")
    assert f"touchline acls --format redis --prefix {elsewhere.prefix}" == mend


async def test_a_redis_that_drops_keys_and_one_that_is_nearly_full_are_told(
    elsewhere: Settings, server: "Redis"
) -> None:
    used = int((await server.info("memory"))["used_memory"])
    await server.config_set("maxmemory-policy", "allkeys-lru")
    await server.config_set("maxmemory", str(used * 100))
    drops = await said(elsewhere)
    await server.config_set("maxmemory-policy", "noeviction")
    await server.config_set("maxmemory", str(used))
    full = await said(elsewhere)

    assert ["a full Redis drops keys (allkeys-lru): whoever's identity is dropped gets a second lead"] == [
        what for what, _ in drops
    ]
    assert full[0][0].startswith("Redis is ")
    assert "when it is full, identify waits" in full[0][0]


async def test_a_clock_that_differs_is_told_by_how_much(elsewhere: Settings, server: "Redis") -> None:
    problems, _ = await redis(elsewhere, lambda: wall_ms() + 30_000)

    assert [(Area.CLOCK, "Redis' clock is 30 s behind this machine's")] == [(p.area, p.what) for p in problems]


async def test_a_graph_that_is_not_whole_is_told_while_kafka_holds_links(elsewhere: Settings, server: "Redis") -> None:
    keys = RedisKeys(elsewhere.prefix)
    links = {TopicPartition(name_of(IDENTITY_LINKS, elsewhere), 0): (0, 5)}
    _, empty = await redis(elsewhere, wall_ms)
    await server.set(keys.graph_lock, "token")
    _, refilled = await redis(elsewhere, wall_ms)
    await server.set(keys.graph, "whole")
    _, whole = await redis(elsewhere, wall_ms)

    assert ["the identity graph is not whole, 5 links on Kafka: first touches wait"] == whats(empty, links)
    assert [] == whats(empty, dict.fromkeys(links, (5, 5)))
    assert whats(refilled, links)[0].endswith("until it is refilled, which is under way")
    assert [] == whats(whole, links)


async def test_a_mirror_that_is_behind_or_of_another_cluster_is_told(elsewhere: Settings, server: "Redis") -> None:
    cards, handoffs = (TopicPartition(name_of(t, elsewhere), 0) for t in (LEAD_CARDS, HANDOFFS))
    await server.set(RedisKeys(elsewhere.prefix).graph, "whole")
    _, never = await redis(elsewhere, wall_ms)
    await server.hset(RedisKeys(elsewhere.prefix).mirrored, mapping={"lead.cards/0": 99, "handoffs/0": 9})
    _, copied = await redis(elsewhere, wall_ms)

    assert [] == whats(never, {cards: (0, BEHIND * 2)})
    assert [] == whats(copied, {cards: (0, 100), handoffs: (0, 10)})
    assert [f"the mirror is {BEHIND} records behind: look-ups and the ranking show the past"] == whats(
        copied, {cards: (0, BEHIND + 100), handoffs: (0, 10)}
    )
    assert [] == whats(copied, {cards: (BEHIND, BEHIND + 100)})
    assert whats(copied, {cards: (0, 50)})[0].startswith("Redis has copied lead.cards up to 99, and Kafka ends at 50")


def whats(copied: Copied, ends: dict[TopicPartition, tuple[int, int]]) -> list[str]:
    return [problem.what for problem in copied.problems(ends)]
