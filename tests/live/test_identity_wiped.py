"""Redis is emptied under traffic: first touches wait, none is lost, and nobody gets a second lead id."""

import asyncio
import contextlib
import json
import re
import urllib.error
import urllib.request
from collections import defaultdict

import msgspec
import pytest
from redis.asyncio import Redis

from agents.demo.crew import Worker
from agents.redis.keys import RedisKeys
from schemas.lead_event import LeadEvent, TouchSeen
from schemas.profile import IdentityLink
from streams.topology import DEAD_LETTERS, HANDOFFS, IDENTITY_LINKS, LEAD_EVENTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.identity_log import text, wipe
from tests.live.kafka import Kafka, until
from tests.live.touches import TOPICS, touch

pytestmark = [pytest.mark.live, pytest.mark.long]

PEOPLE = 30


def seen_as(person: int, act: int) -> dict[str, str]:
    """Each person shows a little more each time; alone, each identity would begin a lead of its own."""
    return (
        {"user": f"u{person}", "email": f"e{person}@acme.kz"},
        {"email": f"e{person}@acme.kz", "anonymous": f"a{person}"},
        {"anonymous": f"a{person}"},
        {"anonymous": f"a{person}", "phone": f"+7701{person:07d}"},
        {"phone": f"+7701{person:07d}"},
        {"email": f"e{person}@acme.kz"},
    )[act % 6]


class Traffic:
    """People who act without a pause: some always for the first time."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._acts: dict[int, int] = defaultdict(int)
        self.said = 0
        self._ending = False
        self._going = asyncio.create_task(self._go())

    async def _go(self) -> None:
        newest = PEOPLE
        while not self._ending:
            newest += 3
            crowd = range(newest - PEOPLE, newest)
            said = [touch(f"{p}-{self._acts[p]}", seen_as(p, self._acts[p])) for p in crowd]
            for person in crowd:
                self._acts[person] += 1
            await self._kafka.say(TOUCHES_WEB, said, [f"k{p}" for p in crowd])
            self.said += len(said)

    async def more(self, count: int) -> None:
        """Wait until so many more are said."""
        upto = self.said + count

        async def so() -> bool:
            return self.said >= upto or self._going.done()

        await until(so, f"{count} more touches", within_s=30)

    async def end(self) -> int:
        """How many were said in all, once no more are."""
        self._ending = True
        await self._going
        return self.said


async def leads_of(kafka: Kafka, said: int) -> dict[str, set[str]]:
    """Leads by person, once every touch that was said is on the log."""
    await kafka.until_committed("touchline-identify", TOUCHES_WEB, within_s=60)
    heard = [(r.key.decode(), msgspec.json.decode(r.value, type=LeadEvent)) for r in await kafka.read_all(LEAD_EVENTS)]
    leads: dict[str, set[str]] = defaultdict(set)
    touches = set()
    for lead, event in heard:
        if isinstance(event, TouchSeen):
            touches.add(event.id)
            leads[event.id.removeprefix("t").partition("-")[0]].add(lead)
    assert said == len(touches)
    return leads


async def test_a_redis_wiped_under_traffic_is_filled_again_and_nobody_gets_a_second_lead(
    kafka: Kafka, worker: StartWorker, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create({*TOPICS, HANDOFFS})
    workers = [await worker("identify"), await worker("identify")]
    traffic = Traffic(kafka)
    await traffic.more(400)

    for _ in range(3):
        await wipe(redis, keys)
        await traffic.more(100)
        await until(lambda: _is(redis, keys.graph), "the graph to be whole again")
    said = await traffic.end()
    leads = await leads_of(kafka, said)

    assert {} == {person: found for person, found in leads.items() if len(found) != 1}
    assert [] == await kafka.read_all(DEAD_LETTERS)
    assert all(one.running for one in workers)
    assert 3 <= sum([await rebuilds(one) for one in workers])


async def rebuilds(one: Worker) -> int:
    """How many this worker has made."""
    [told] = re.findall(r"^touchline_identity_rebuilds_total (\d+)", await one.page("/metrics"), re.MULTILINE)
    return int(told)


async def test_who_rebuilds_may_be_killed_and_another_takes_over(
    kafka: Kafka, worker: StartWorker, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create({*TOPICS, HANDOFFS})
    homes = {f"email:{n}": f"L{n:016d}" for n in range(3_000)}
    await kafka.say(IDENTITY_LINKS, [IdentityLink(lead_id=lead, at_ms=1) for lead in homes.values()], list(homes))
    first = await worker("identify", wait=False)
    await until(lambda: _is(redis, keys.graph_lock), "the rebuild to begin", within_s=30)
    first.kill()
    assert not await redis.exists(keys.graph)

    second = await worker("identify", wait=False)
    third = await worker("identify", wait=False)
    reasons = set()

    async def whole() -> bool:
        if await redis.exists(keys.graph):
            return True
        for one in (second, third):
            with contextlib.suppress(OSError, urllib.error.URLError):
                assert '"live": true' in await one.page("/livez")
                reasons.update(await asyncio.to_thread(_reasons, one))
        return False

    await until(whole, "another to take over", within_s=40)
    held = [text(lead) for lead in await redis.mget([keys.identities + key for key in homes])]
    assert list(homes.values()) == held
    assert "another worker rebuilds the identity graph" in " ".join(reasons)


async def _is(redis: "Redis", name: str) -> bool:
    return bool(await redis.exists(name))


def _reasons(one: Worker) -> list[str]:
    """Why it is not ready."""
    try:
        with urllib.request.urlopen(f"{one.url}/readyz?verbose", timeout=5.0) as reply:
            told = reply.read()
    except urllib.error.HTTPError as refused:
        told = refused.read()
    return list(json.loads(told)["reasons"])
