"""Who rebuilds the identity graph: one worker at a time, and whoever waits, dies or was paused spoils nothing."""

import asyncio

import pytest
from redis.asyncio import Redis

from agents.people.rebuilding import Rebuilding
from agents.people.refilling import LockLost, Refilling
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.profile import IdentityLink
from tests.live.identity_log import (
    TOPICS,
    WHOLE,
    A,
    B,
    graph_is_there,
    held,
    say_links,
    say_people,
    soon,
    wipe,
)
from tests.live.kafka import Kafka, until

pytestmark = [pytest.mark.live, pytest.mark.long]


@pytest.fixture(autouse=True)
async def people(kafka: Kafka) -> None:
    """Some are known on the log; Redis knows nobody."""
    await kafka.create(TOPICS)
    await say_people(kafka)


async def test_of_two_workers_one_rebuilds_and_both_find_it_whole(
    settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    one, other = Rebuilding(settings, redis, keys), Rebuilding(settings, redis, keys)

    async with asyncio.timeout(20):
        await asyncio.gather(one.whole(), other.whole())

    assert WHOLE == await held(redis, keys)
    assert {True, False} == {one.last is None, other.last is None}


async def test_whoever_waits_says_why_and_takes_over_when_the_holder_is_dead(
    settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await redis.set(keys.graph_lock, "of a worker that was killed", px=1500)
    rebuilding = Rebuilding(settings, redis, keys)

    waiting = asyncio.create_task(rebuilding.whole())
    await until(soon(lambda: bool(rebuilding.not_ready())), "it to wait")
    assert "another worker rebuilds the identity graph" in rebuilding.not_ready()[0]
    assert not await redis.exists(keys.graph)
    await asyncio.wait_for(waiting, 10)

    assert WHOLE == await held(redis, keys)
    assert rebuilding.last is not None


async def test_who_waits_may_be_called_away_and_the_work_goes_on(
    settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    rebuilding = Rebuilding(settings, redis, keys)

    flush = asyncio.create_task(rebuilding.whole())
    await until(soon(lambda: bool(rebuilding.not_ready())), "it to begin")
    flush.cancel()
    await until(graph_is_there(redis, keys), "the graph")

    assert WHOLE == await held(redis, keys)


async def test_a_holder_that_was_paused_for_too_long_changes_nothing(
    settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    paused = Refilling(settings, redis, keys, "paused")
    await redis.set(keys.graph_lock, "paused", px=60_000)
    await paused.put((), [["SET", keys.identity("email", "a"), B]])
    await redis.delete(keys.graph_lock)  # as it runs out
    await Rebuilding(settings, redis, keys).whole()

    with pytest.raises(LockLost):
        await paused.put([("email:a", B, 1, 0, 0, 0, ())], [["SET", keys.graph, "paused"]])

    assert WHOLE == await held(redis, keys)


async def test_a_redis_that_is_emptied_once_more_meanwhile_is_filled_all_the_same(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await say_links(kafka, *((f"user:{n}", IdentityLink(lead_id=A, at_ms=1)) for n in range(1_500)))
    rebuilding = Rebuilding(settings, redis, keys)

    working = asyncio.create_task(rebuilding.whole())
    await until(soon(lambda: "links" in "".join(rebuilding.not_ready())), "it to read")
    await wipe(redis, keys)
    await working

    found = await held(redis, keys)
    assert 1_500 + 4 == sum(name.startswith("id:") for name in found)
    assert WHOLE[f"lead:{A}"].items() <= found[f"lead:{A}"].items()
    assert WHOLE["merged"] == found["merged"]


async def test_a_watch_fills_an_empty_redis_before_anybody_asks(
    settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    rebuilding = Rebuilding(settings, redis, keys)
    rebuilding.begin()
    try:
        for _ in range(2):
            await until(graph_is_there(redis, keys), "the graph")
            assert WHOLE == await held(redis, keys)
            await wipe(redis, keys)
    finally:
        await rebuilding.stop()
