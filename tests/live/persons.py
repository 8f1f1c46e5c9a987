"""Crews for tests about one person: all four stages at work, timers too, and a mouth that names people."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from agents.redis.client import connect
from agents.settings import Settings
from deploy.local.stack import Addresses
from schemas.lead_state import LeadState
from streams.lead_codec import decode
from streams.topology import FACTS, LEAD_EVENTS, LEAD_STATE, TOUCHES_WEB, Topic
from tests.live.kafka import until
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import M1, calm, employed


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by M1 without its surge. Whoever is told of it lives now."""
    folder = tmp_path_factory.mktemp("persons")
    async for one in employed(stack, folder, calm(M1, folder), "mirror", timers=True):
        yield one


def now() -> str:
    return datetime.now(UTC).isoformat()


def touch(who: dict[str, str], kind: str, **more: Any) -> dict[str, Any]:
    return {"touch_id": str(uuid4()), "kind": kind, "at": now(), "who": who, **more}


def fact(who: dict[str, str], **facts: Any) -> dict[str, Any]:
    return {"fact_id": str(uuid4()), "at": now(), "who": who, "by": "form", "facts": facts}


async def does(crew: Crew, who: dict[str, str], kind: str, topic: Topic = TOUCHES_WEB, **more: Any) -> str:
    """One touch, judged when this returns; the lead on whose log it lies."""
    said = touch(who, kind, **more)
    await crew.say(topic, [said])
    return lead_with(crew, said["touch_id"])


async def learns(crew: Crew, who: dict[str, str], **facts: Any) -> None:
    """Judged when this returns."""
    await crew.say(FACTS, [fact(who, **facts)])


def lead_with(crew: Crew, event_id: str) -> str:
    """On whose log an event lies."""
    return next(
        record.key.decode()
        for record in crew.heard[LEAD_EVENTS.name]
        if record.key[:1] != b"\0" and msgspec.json.decode(record.value).get("id") == event_id
    )


def state_of(crew: Crew, lead: str) -> LeadState:
    """As the table holds it; empty: nothing."""
    told = [r.value for r in crew.heard[LEAD_STATE.name] if r.key == lead.encode()]
    return decode(told[-1]) if told and told[-1] else LeadState()


async def merged(crew: Crew, one: str, other: str) -> tuple[str, str]:
    """Wait until two leads are one; survivor and retired."""
    survivor, retired = min(one, other), max(one, other)

    async def are_one() -> bool:
        kin, ours = state_of(crew, retired).kin, state_of(crew, survivor).kin
        return kin is not None and kin.merged_into == survivor and ours is not None and retired in ours.heard

    await until(are_one, f"{retired} to be merged into {survivor}")
    return survivor, retired


async def in_redis(settings: Settings, *words: str) -> list[str]:
    """Names of keys in which a word stands, or whose value holds it."""
    redis, found = connect(settings, patient=False), set[str]()
    async for key in redis.scan_iter(match=f"touchline:{settings.prefix}*", count=1000):
        held = key + repr(await _value(redis, key)).encode()
        if any(word.encode() in held for word in words):
            found.add(key.decode())
    await redis.aclose()
    return sorted(found)


async def _value(redis: Any, key: bytes) -> Any:
    match await redis.type(key):
        case b"hash":
            return await redis.hgetall(key)
        case b"set":
            return await redis.smembers(key)
        case b"zset":
            return await redis.zrange(key, 0, -1)
        case b"list":
            return await redis.lrange(key, 0, -1)
    return await redis.get(key)
