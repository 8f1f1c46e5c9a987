"""The identity graph out of the log: Redis holds what links, profiles and handoffs on Kafka say, and no more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from agents.people.asking import Ask
from agents.people.identity_graph import IdentityGraph
from agents.people.links_log import merge_links
from agents.people.rebuilding import Rebuilding, rebuild
from agents.people.refilling import LockLost, Refilling, Unreadable
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.handoff import HandoffType
from schemas.profile import Detail, IdentityLink, Profile
from streams.routing.handing_over import encode, route
from streams.topology import HANDOFFS, IDENTITY_LINKS, LEAD_PROFILES
from tests.live.kafka import Kafka, until
from tests.pure.ripes import DESK, ripe

pytestmark = pytest.mark.live

TOPICS = (IDENTITY_LINKS, LEAD_PROFILES, HANDOFFS)
A, B, C, D = (f"L{letter * 16}" for letter in "ABCD")
NOBODY = IdentityLink(lead_id="", at_ms=9, erasures=2, erased_ms=9)


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator["Redis"]:
    client = connect(settings)
    yield client
    await client.aclose()


@pytest.fixture
def keys(settings: Settings) -> RedisKeys:
    return RedisKeys(settings.prefix)


def text(value: bytes | str | None) -> str:
    """As Redis has it."""
    assert isinstance(value, bytes)
    return value.decode()


async def held(redis: "Redis", keys: RedisKeys) -> dict[str, Any]:
    """All this deployment has in Redis, but for what differs with every rebuild."""
    found: dict[str, Any] = {}
    async for name in redis.scan_iter(match=f"{keys.everything}*", count=10_000):
        bare = name.decode().removeprefix(keys.everything)
        match await redis.type(name):
            case b"string":
                found[bare] = text(await redis.get(name))
            case b"hash":
                found[bare] = {text(k): text(v) for k, v in (await redis.hgetall(name)).items()}
            case b"set":
                found[bare] = {text(member) for member in await redis.smembers(name)}
            case kind:
                found[bare] = kind
    return {name: what for name, what in found.items() if name not in ("graph", "changes", "profile-changes")}


async def say_links(kafka: Kafka, *links: tuple[str, IdentityLink | None]) -> None:
    await kafka.say(IDENTITY_LINKS, [link for _, link in links], [key for key, _ in links])


async def say_people(kafka: Kafka) -> None:
    """Four leads: two of them merged, one split, one erased; and what was said before all that."""
    await say_links(
        kafka,
        ("email:a", IdentityLink(lead_id=A, at_ms=1)),
        ("crm:x:1:2", IdentityLink(lead_id=A, at_ms=1)),
        ("phone:b", IdentityLink(lead_id=B, at_ms=2, shared_ms=7)),
        ("user:c", IdentityLink(lead_id=B, at_ms=2)),
        ("user:c", IdentityLink(lead_id=C, at_ms=3, erasures=1, erased_ms=2)),
        ("email:d", IdentityLink(lead_id=D, at_ms=4)),
        (f"lead:{B}", IdentityLink(lead_id=A, at_ms=5)),
        (f"lead:{C}", IdentityLink(lead_id=A, at_ms=6)),
        (f"lead:{C}", IdentityLink(lead_id="", at_ms=7, apart=(A,))),
        ("email:d", NOBODY),
        (f"lead:{D}", IdentityLink(lead_id="", at_ms=9, erasures=1, erased_ms=9)),
    )
    profiles = [
        Profile(lead_id=lead, details={"email": Detail(f"{lead}@x.kz", 1, "t"), "headcount": Detail(40, 2, "f")})
        for lead in (A, D, A)
    ]
    profiles[0] = Profile(lead_id=A, details={"name": Detail("before", 1, "t")})
    await kafka.say(LEAD_PROFILES, [*profiles, None], [A, D, A, D])
    said = [ripe(handoff_id=f"h{n}", revision=1, type=HandoffType.REQUESTED, lead_id=A) for n in range(2)]
    await kafka.say(HANDOFFS, [encode(route(one, {}, DESK).handoff) for one in said], [A, A])


WHOLE: dict[str, Any] = {
    "id:email:a": A, "id:crm:x:1:2": A, "id:phone:b": B, "id:user:c": C,
    f"lead:{A}": {"email:a": "1", "crm:x:1:2": "1", f">{B}": "1"},
    f"lead:{B}": {"phone:b": "1"},
    f"lead:{C}": {"user:c": "1"},
    "merged": {B: f"{A} 0"}, "unannounced:merges": {B: "5"},
    "blocked": {f"{A} {C}"},
    "shared": {"phone:b": "7"},
    "erased": {"user:c": "1 2", "email:d": "2 9", f"lead:{D}": "1 9"},
    f"profile:{A}": {"email": f'["{A}@x.kz",1,"t"]', "headcount": '[40,2,"f"]'},
    "handoff-lead:h0": A, "handoff-lead:h1": A,
}  # fmt: skip


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
async def test_of_two_workers_one_rebuilds_and_both_find_it_whole(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)
    one, other = Rebuilding(settings, redis, keys), Rebuilding(settings, redis, keys)

    async with asyncio.timeout(20):
        await asyncio.gather(one.whole(), other.whole())

    assert WHOLE == await held(redis, keys)
    assert {True, False} == {one.last is None, other.last is None}


@pytest.mark.long
async def test_whoever_waits_says_why_and_takes_over_when_the_holder_is_dead(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)
    await redis.set(keys.graph_lock, "of a worker that was killed", px=1500)
    rebuilding = Rebuilding(settings, redis, keys)

    waiting = asyncio.create_task(rebuilding.whole())
    await until(_so(lambda: bool(rebuilding.not_ready())), "it to wait")
    assert "another worker rebuilds the identity graph" in rebuilding.not_ready()[0]
    assert not await redis.exists(keys.graph)
    await asyncio.wait_for(waiting, 10)

    assert WHOLE == await held(redis, keys)
    assert rebuilding.last is not None


@pytest.mark.long
async def test_who_waits_may_be_called_away_and_the_work_goes_on(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)
    rebuilding = Rebuilding(settings, redis, keys)

    flush = asyncio.create_task(rebuilding.whole())
    await until(_so(lambda: bool(rebuilding.not_ready())), "it to begin")
    flush.cancel()
    await until(_so_soon(redis, keys), "the graph")

    assert WHOLE == await held(redis, keys)


@pytest.mark.long
async def test_a_holder_that_was_paused_for_too_long_changes_nothing(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)
    paused = Refilling(settings, redis, keys, "paused")
    await redis.set(keys.graph_lock, "paused", px=60_000)
    await paused.put((), [["SET", keys.identity("email", "a"), B]])
    await redis.delete(keys.graph_lock)  # as it runs out
    await Rebuilding(settings, redis, keys).whole()

    with pytest.raises(LockLost):
        await paused.put([("email:a", B, 1, 0, 0, 0, ())], [["SET", keys.graph, "paused"]])

    assert WHOLE == await held(redis, keys)


@pytest.mark.long
async def test_a_redis_that_is_emptied_once_more_meanwhile_is_filled_all_the_same(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_links(kafka, *((f"user:{n}", IdentityLink(lead_id=A, at_ms=1)) for n in range(1_500)))
    await say_people(kafka)
    rebuilding = Rebuilding(settings, redis, keys)

    working = asyncio.create_task(rebuilding.whole())
    await until(_so(lambda: "links" in "".join(rebuilding.not_ready())), "it to read")
    await wipe(redis, keys)
    await working

    found = await held(redis, keys)
    assert 1_500 + 4 == sum(name.startswith("id:") for name in found)
    assert WHOLE[f"lead:{A}"].items() <= found[f"lead:{A}"].items()
    assert WHOLE["merged"] == found["merged"]


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


@pytest.mark.long
async def test_a_watch_fills_an_empty_redis_before_anybody_asks(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await say_people(kafka)
    rebuilding = Rebuilding(settings, redis, keys)
    rebuilding.begin()
    try:
        for _ in range(2):
            await until(_so_soon(redis, keys), "the graph")
            assert WHOLE == await held(redis, keys)
            await wipe(redis, keys)
    finally:
        await rebuilding.stop()


async def wipe(redis: "Redis", keys: RedisKeys) -> None:
    """All of this deployment's, at one moment."""
    script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('UNLINK', key) end"
    await redis.eval(script, 0, f"{keys.everything}*")


def _so(what: Any) -> Any:
    async def so() -> bool:
        return bool(what())

    return so


def _so_soon(redis: "Redis", keys: RedisKeys) -> Any:
    async def so() -> bool:
        return bool(await redis.exists(keys.graph))

    return so
