"""Personal data is where the README says, and nowhere else: after a load with faults, everything left is searched."""

import asyncio
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec
import pytest

from agents.demo.crew import Worker
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from streams.topology import (
    CRM_UPDATES,
    DEAD_LETTERS,
    FACTS,
    HANDOFFS,
    LEAD_EVENTS,
    LEAD_PROFILES,
    RIPE,
    TOUCH_TOPICS,
    TOUCHES_WEB,
)
from tests.conftest import StartWorker
from tests.live.calls import KEY
from tests.live.kafka import Kafka, until
from tests.live.probes import (
    EMAIL,
    NAME,
    PHONE,
    WHO,
    facts,
    poison,
    reports,
    sweep_files,
    sweep_redis,
    sweep_topics,
    touches,
    traces,
)
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(240)]

M1 = Path(__file__).parents[1] / "models" / "m1.yaml"
STAGES = ("identify", "score", "route", "mirror", "intake")
OTHERS = 1_000
"""Touches of other people, among which she is."""
HEADERS = [
    ("traceparent", EMAIL.encode()), ("x-user", NAME.encode()), (NAME, b"1"), ("ce_source", EMAIL.encode()),
    ("ce_subject", PHONE.encode()),
]  # fmt: skip


def crowd(number: int, at: str) -> dict[str, Any]:
    who = {"email": f"visitor-{number % 150}@firm.example", "anonymous": f"a{number % 200}"}
    return {"touch_id": f"t{number}", "kind": "page_view", "page": "/pricing", "at": at, "who": who}


async def planted(kafka: Kafka, at: datetime) -> int:
    """All of her, on every topic, in headers and keys too; how many can be used."""
    when, count = at.isoformat(), 0
    for topic in TOUCH_TOPICS:
        mine = [
            one | {"touch_id": f"{one['touch_id']}-{topic.name}"} for one in touches(when, round(at.timestamp() * 1000))
        ]
        await kafka.say(topic, mine, EMAIL, headers=HEADERS)
        await kafka.say(topic, list(poison(when)), PHONE, headers=HEADERS)
        await kafka.say(topic, [{"who": WHO}], NAME, headers=[
            ("ce_id", f"{EMAIL}-{topic.name}".encode()), ("ce_type", EMAIL.encode()), ("ce_time", when.encode()),
        ])  # fmt: skip
        count += len(mine) + 1
    for said, of in ((list(facts(when)), FACTS), (list(reports(when)), CRM_UPDATES)):
        await kafka.say(of, said, NAME, headers=HEADERS)
        await kafka.say(of, list(poison(when)), EMAIL)
        count += len(said)
    ripening = [{"touch_id": f"r{n}", "kind": "demo_request", "at": when, "who": WHO} for n in (1, 2)]
    await kafka.say(TOUCHES_WEB, ripening, EMAIL)
    return count + len(ripening)


async def called(intake: Worker) -> None:
    """The same through the HTTP door, rightly and wrongly."""
    calls: Sequence[tuple[str, Any]] = [
        ("identify", {"userId": EMAIL, "traits": {"email": EMAIL, "phone": PHONE, "name": NAME}}),
        ("track", {"userId": EMAIL, "event": f"Asked by {EMAIL}", "properties": {"name": NAME, "form": PHONE}}),
        ("track", {"userId": EMAIL, "event": {NAME: EMAIL}}),
        ("page", {"anonymousId": NAME, "timestamp": EMAIL}),
        (f"{EMAIL}?name={NAME}", {}),
    ]
    async with aiohttp.ClientSession(headers=KEY) as http:
        for path, body in calls:
            async with http.post(f"{intake.url}/v1/{path}", data=msgspec.json.encode(body)) as answer:
                await answer.read()
        async with http.post(f"{intake.url}/v1/track", data=f'{{"{EMAIL}'.encode()) as answer:
            assert 400 == answer.status


async def test_s50_a_person_is_found_only_where_the_readme_says(
    settings: Settings, kafka: Kafka, worker: StartWorker, tmp_path: Path
) -> None:
    now, redis, keys = datetime.now(UTC), connect(settings, patient=False), RedisKeys(settings.prefix)
    await kafka.create()
    crew = dict(zip(STAGES, await asyncio.gather(*(hired(worker, stage) for stage in STAGES)), strict=True))
    fact = {"fact_id": str(uuid4()), "at": now.isoformat(), "who": WHO, "by": "form", "name": "headcount", "value": 40}
    await kafka.say(FACTS, fact)
    await kafka.say(TOUCHES_WEB, (crowd(n, now.isoformat()) for n in range(OTHERS // 2)))
    await planted(kafka, now)
    await called(crew["intake"])
    for stage in ("identify", "score"):
        crew[stage].send(signal.SIGUSR1)
        crew[stage].kill()
    await kafka.say(TOUCHES_WEB, (crowd(n, now.isoformat()) for n in range(OTHERS // 2, OTHERS)))
    crew["route"].kill()
    await asyncio.gather(*(crew[stage].ready(60) for stage in ("identify", "score", "route")))
    for stage, topic in (("identify", TOUCHES_WEB), ("identify", CRM_UPDATES), ("score", LEAD_EVENTS), ("route", RIPE)):
        await kafka.until_committed(f"touchline-{stage}", topic, 60)
    for worker_ in crew.values():
        if worker_.stage != "intake":
            worker_.send(signal.SIGUSR1)

    async def shown() -> bool:
        return bool([key async for key in redis.scan_iter(f"{keys.handoff('')}*", count=1_000)])

    await until(shown, "her handoff in Redis", within_s=60)
    found, allowed = await sweep_redis(redis, keys)
    assert ({}, {"profile", "handoff"}) == (found, allowed)
    assert {} == await sweep_topics(kafka)
    pages = {f"{one.stage}{page}": await one.page(page) for one in crew.values() for page in ("/metrics", "/readyz")}
    assert {} == {page: words for page, text in pages.items() if (words := traces(text))}
    assert {} == {k: v for k, v in (await said_by_commands(settings, kafka)).items() if traces(v)}
    for one in crew.values():
        one.kill()
    assert {} == sweep_files(tmp_path)
    await redis.aclose()


async def hired(worker: StartWorker, stage: str) -> Worker:
    """A member by name, so that it resumes at once after a kill."""
    return await worker(stage, within_s=60, model=M1, member=stage, session_timeout_s=6.0, cards_every_s=0.05)


async def said_by_commands(settings: Settings, kafka: Kafka) -> dict[str, str]:
    """What commands print that are not asked for her by name. She is where she may be: that is looked at first."""
    letters = await kafka.read_all(DEAD_LETTERS)
    profiles = [r for r in await kafka.read_all(LEAD_PROFILES) if traces(r.value)]
    assert len(list(poison(""))) * 6 <= len(letters)
    assert any(traces(r.value) for r in await kafka.read_all(HANDOFFS))
    lead = profiles[-1].key.decode()
    commands = (
        ("dead-letters", "ls"), ("dead-letters", "replay", "--dry-run"), ("lead", "top"), ("lead", "explain", lead),
        ("lead", "show", lead), ("doctor",), ("topics", "plan"),
    )  # fmt: skip
    ended = await asyncio.gather(*(touchline(settings, *command, within_s=60) for command in commands))
    return {" ".join(command): one.out + one.err for command, one in zip(commands, ended, strict=True)}
