"""Who takes a caller, over HTTP from a real Redis: owner or queue, counting nothing; a Redis away is no error."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from redis.asyncio import Redis

from agents.people.policy_file import hider_of
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.routing.desk import Ask, Desk
from agents.routing.keys import DeskKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from streams.routing.choosing import Member, Option
from streams.routing.sharing import Load, by_turn, take
from streams.topology import FACTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.calls import post
from tests.live.kafka import Kafka
from tests.pure.routing.test_asking import card, handoff

pytestmark = pytest.mark.live

POLICY = """
routing: line
version: 2
hours: always
people: {ann: {weight: 2, capacity: 4}, bob: {capacity: 2}}
teams: {desk: {members: [ann, bob]}}
rules:
  - {name: prices, if: {page: /pricing*}, to: person ann, else: next rule}
  - {name: everyone, to: team desk}
respond: {within: 30m}
"""
PHONE = "+77010000001"


@pytest.fixture
def routing(tmp_path: Path) -> Path:
    file = tmp_path / "routing.yaml"
    file.write_text(POLICY)
    return file


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    redis = connect(settings, patient=False)
    await redis.set(RedisKeys(settings.prefix).graph, "whole")
    yield redis
    await redis.aclose()


async def known(redis: Redis, settings: Settings) -> None:
    """A lead with an open handoff that bob has, as identify and the mirror leave it."""
    keys = RedisKeys(settings.prefix)
    identity = hider_of(settings).identity("phone", PHONE)
    assert identity is not None
    await redis.set(keys.identity("phone", identity.stored), "L1")
    event = handoff("bob")
    name = event.data.handoff_id
    await redis.hset(keys.card("L1"), "json", msgspec.json.encode(card(handoff_id=name, owner="bob")).decode())
    await redis.hset(keys.handoff(name), "json", msgspec.json.encode(event).decode())
    await redis.hset(DeskKeys(settings.prefix).decisions + name, "rule", "everyone")


async def everything(redis: Redis, settings: Settings) -> dict[bytes, bytes | None]:
    """All that Redis holds of this deployment."""
    names = [name async for name in redis.scan_iter(f"{RedisKeys(settings.prefix).everything}*", count=1_000)]
    return {name: await redis.dump(name) for name in names}


async def test_a_known_caller_gets_the_owner_and_the_score_and_nothing_in_redis_moves(
    kafka: Kafka, worker: StartWorker, routing: Path, redis: Redis, settings: Settings, http: aiohttp.ClientSession
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    await known(redis, settings)
    intake = await worker("intake", routing=routing)
    before = await everything(redis, settings)
    asked = {"phone": "8 701 000 00 01", "page": "/pricing", "channel": "call"}
    answers = [await post(http, f"{intake.url}/v1/route/decide", asked) for _ in range(20)]

    status, said = answers[0]
    assert [(status, said)] * 20 == answers
    assert (200, "bob", "", "everyone", "line@2") == (
        status, said["owner"], said["queue"], said["rule"], said["policy"]
    )  # fmt: skip
    assert ("L1", {"crm:hubspot": "501"}, "B/hot", "SQL", 48.0, False) == (
        said["lead_id"], said["crm_ids"], said["label"], said["level"], said["score"]["engagement"], said["degraded"],
    )  # fmt: skip
    assert ["demo_request"] == [touch["kind"] for touch in said["touches"]]
    assert before == await everything(redis, settings)
    assert 'touchline_route_answer_seconds_count{caller="known"} 20.0' in await intake.page("/metrics")


async def test_an_unknown_caller_gets_the_team_and_who_of_it_has_room(
    kafka: Kafka, worker: StartWorker, routing: Path, redis: Redis, settings: Settings, http: aiohttp.ClientSession
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    await redis.hset(DeskKeys(settings.prefix).open, "ann", 4)
    intake = await worker("intake", routing=routing)
    url = f"{intake.url}/v1/route/decide"

    for body in ({"phone": "+77019999999"}, {"phone": "anonymous"}, {}, {"phone": None, "page": "/pricing"}):
        status, said = await post(http, url, body)
        assert (200, False, "", "desk", ["bob"], "everyone", False) == (
            status, said["known"], said["owner"], said["queue"], said["people"], said["rule"], said["degraded"],
        )  # fmt: skip
    status, said = await post(http, url, {"phone": 7})
    assert (400, "wrong_shape", "phone") == (status, said["code"], said["field"])
    async with aiohttp.ClientSession() as nobody:
        assert 401 == (await post(nobody, url, {"phone": PHONE}))[0]


@pytest.mark.parametrize("trouble", ["gone", "silent"])
async def test_a_redis_away_is_answered_by_the_policy_soon_and_says_so(
    kafka: Kafka, worker: StartWorker, routing: Path, http: aiohttp.ClientSession, trouble: str
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    port = free_port()
    silent = await asyncio.start_server(_hold, "127.0.0.1", port) if trouble == "silent" else None
    intake = await worker("intake", routing=routing, redis=f"redis://127.0.0.1:{port}/0")
    began_s = time.monotonic()
    answers = [await post(http, f"{intake.url}/v1/route/decide", {"phone": PHONE}) for _ in range(3)]
    took_s = time.monotonic() - began_s
    if silent is not None:
        silent.close()

    assert [(200, "desk", "everyone", True)] * 3 == [
        (status, said["queue"], said["rule"], said["degraded"]) for status, said in answers
    ]
    assert took_s < 3.0


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Redis that hangs: it reads and says nothing."""
    while await reader.read(1024):
        pass
    writer.close()


async def test_a_key_of_its_own_shuts_out_who_has_the_public_one(
    kafka: Kafka, worker: StartWorker, redis: Redis, http: aiohttp.ClientSession
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    intake = await worker("intake", ask_key="line-key")
    url = f"{intake.url}/v1/route/decide"
    async with aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth("line-key", "")}) as line:
        assert 200 == (await post(line, url, {"phone": PHONE}))[0]
        assert 401 == (await post(http, url, {"phone": PHONE}))[0]


members = st.lists(
    st.builds(Member, st.sampled_from("abcde"), st.integers(1, 4), st.none() | st.integers(1, 9),
              st.none() | st.integers(0, 4)),
    max_size=5, unique_by=lambda member: member.name,
).map(lambda people: tuple(sorted(people, key=lambda member: member.name)))  # fmt: skip
offers = st.builds(
    Option, rule=st.just("r"), kind=st.just("team"), target=st.just("x"), members=members,
    share=st.sampled_from(("weight", "fewest_open")),
)  # fmt: skip


@limits(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(offers, min_size=1, max_size=2), min_size=5, max_size=40))
async def test_whose_turn_it_is_is_told_as_the_desk_decides(settings: Settings, asked: list[list[Option]]) -> None:
    # A prefix for each history: to look for what the one before left would be to read all other tests' keys.
    desk = Desk(client := connect(settings, patient=False), DeskKeys(f"{settings.prefix}{uuid.uuid4().hex}."))
    await client.set(desk.keys.whole, "1")
    load, told = Load(), []
    for offered in asked:
        turns = [(option, by_turn(option, load)) for option in offered]
        option, turn = next(((option, people) for option, people in turns if people), (offered[-1], []))
        told.append(turn[0].name if turn else "")
        if turn:
            take(option, turn[0], load)
    asks = [Ask(handoff_id=f"h{n}", revision=1, options=tuple(offered)) for n, offered in enumerate(asked)]
    decided = [decision.owner for decision in await desk.decide(asks, 1_000, 7)]
    await client.aclose()

    assert told == decided
