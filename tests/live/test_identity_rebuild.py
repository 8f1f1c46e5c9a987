"""The identity graph out of the log: Redis holds what links, profiles and handoffs on Kafka say, and no more."""

import asyncio

import pytest
from redis.asyncio import Redis

from agents.people.asking import Ask
from agents.people.identity_graph import IdentityGraph
from agents.people.links_log import merge_links
from agents.people.rebuilding import Rebuilding, rebuild
from agents.people.refilling import Unreadable
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.profile import IdentityLink
from streams.topology import IDENTITY_LINKS
from tests.live.identity_log import (
    TOPICS,
    WHOLE,
    A,
    B,
    C,
    D,
    held,
    say_links,
    say_people,
    text,
    wipe,
)
from tests.live.kafka import Kafka

pytestmark = pytest.mark.live


async def test_redis_holds_what_the_log_says_and_nothing_else(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)
    await redis.mset({keys.identity("email", "stale"): B, keys.card(A): "the mirror's"})
    await redis.hset(keys.profile(D), "email", "[1,1,1]")
    rebuilding = Rebuilding(settings, redis, keys)

    await rebuilding.whole()

    assert WHOLE | {f"card:{A}": "the mirror's"} == await held(redis, keys)
    assert [] == rebuilding.not_ready()


async def test_a_rebuild_that_is_asked_for_says_the_same_again_under_another_marker(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)

    first = await rebuild(settings, redis, keys)
    marker, number = await redis.mget(keys.graph, keys.changes)
    second = await rebuild(settings, redis, keys)

    assert WHOLE == await held(redis, keys)
    assert first is not None
    assert (11, 4, 2) == (first.links, first.profiles, first.handoffs)
    assert first == second
    assert marker != await redis.get(keys.graph)
    assert int(text(number)) < int(text(await redis.get(keys.changes)))


async def test_who_was_split_stays_apart_after_one_of_them_was_merged_with_somebody_else(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    rebuilding, graph = Rebuilding(settings, redis, keys), IdentityGraph(redis, keys)
    await rebuilding.whole()
    said: dict[str, IdentityLink] = {}

    async def asked(*identities: str) -> list[str]:
        resolved = await graph.resolve([Ask("", 1, identities, tuple(f"L{i[-1].upper() * 16}" for i in identities))])
        homes = {one.index: one for one in resolved.answers[0].news}
        said.update({identities[i]: IdentityLink(lead_id=one.lead, at_ms=1) for i, one in homes.items()})
        said.update(merge_links(resolved.pointers))
        return [await graph.root(resolved.answers[0].home)]

    for identity in ("vk:a", "vk:b", "vk:c"):
        await asked(identity)
    await asked("vk:c", "vk:b")
    said |= await graph.split(C, B, 2)
    assert [A] == await asked("vk:c", "vk:a")
    await say_links(kafka, *said.items())  # as compaction leaves them: the last of each key
    await wipe(redis, keys)
    await rebuilding.whole()

    await asked("vk:c", "vk:b")

    assert [C] == await graph.losers_of(A)
    assert [] == await graph.losers_of(B)


@pytest.mark.long
async def test_a_link_that_cannot_be_read_is_told_with_its_place(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await kafka.say(IDENTITY_LINKS, b'{"lead_id": 7}', "user:1", partition=2)

    with pytest.raises(Unreadable, match=r"identity\.links/2 at offsets 0 to 0 holds what this release cannot read"):
        await Rebuilding(settings, redis, keys).whole()


@pytest.mark.long
async def test_a_fresh_deployment_starts_at_once(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    rebuilding = Rebuilding(settings, redis, keys)

    await asyncio.wait_for(rebuilding.whole(), 15)

    assert {} == await held(redis, keys)
    assert await redis.exists(keys.graph)
