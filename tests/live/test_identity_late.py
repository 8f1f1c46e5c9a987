"""A link that reaches the broker too late for a rebuild is decided once more, before the log speaks of its lead."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from agents.delivery.producer import Item, Landed, Outbox
from agents.identify import Identify
from agents.model_file import load_model
from agents.people.rebuilding import Rebuilding
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.lead_event import LeadEvent, MergedInto, TouchSeen
from schemas.profile import IdentityLink, Profile
from streams.topology import FACTS, IDENTITY_LINKS, LEAD_EVENTS, LEAD_PROFILES, TOUCHES_WEB, Topic
from tests.live.identity_log import text, wipe
from tests.live.kafka import Kafka
from tests.live.simulated import Clock
from tests.live.touches import AT, TOPICS, touch
from tests.pure.diary import ACKNOWLEDGED, Diary, group

pytestmark = pytest.mark.live

BOTH = msgspec.json.encode(touch(1, {"user": "anna", "anonymous": "a1"}))
APPEND_MS = 1_795_160_000_000
ALONE = msgspec.json.encode(touch(2, {"anonymous": "a1"}))


class Interrupted(Diary):
    """A real way out, before whose first write to one topic something happens elsewhere."""

    def __init__(
        self, settings: Settings, topic: Topic, meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        super().__init__(settings)
        self._real, self._before, self._meanwhile = Outbox(settings), topic, meanwhile

    async def start(self) -> None:
        await self._real.start()

    async def stop(self) -> None:
        await self._real.stop()

    async def write(self, topic: Topic, items: Iterable[Item], stamps: Any = None) -> dict[int, list[Landed]]:
        sent = list(items)
        if topic is self._before and self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
        await super().write(topic, sent)
        return await self._real.write(topic, sent)


async def flushed(
    settings: Settings, out: Interrupted, topic: Topic, *values: bytes, offset: int = 0, append_ms: int = APPEND_MS
) -> None:
    """By a worker of its own."""
    stage = Identify(settings, load_model(settings.model, settings)[1])
    await out.start()
    await stage.start(out)
    try:
        await stage.flush(group(out, topic.name, values, range(offset, offset + len(values)), append_ms=append_ms))
    finally:
        await stage.stop()
        await out.stop()
    assert ACKNOWLEDGED in out.done


async def rebuilt(settings: Settings, redis: "Redis", keys: RedisKeys) -> None:
    await wipe(redis, keys)
    await Rebuilding(settings, redis, keys).whole()


async def test_a_link_that_a_rebuild_missed_makes_no_second_lead(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)

    async def meanwhile() -> None:
        await rebuilt(settings, redis, keys)
        await flushed(settings, Interrupted(settings, TOUCHES_WEB), TOUCHES_WEB, ALONE, offset=9)

    await flushed(settings, Interrupted(settings, IDENTITY_LINKS, meanwhile), TOUCHES_WEB, BOTH)

    leads = {r.key for r in await kafka.read_all(LEAD_EVENTS)}
    assert 1 == len(leads)

    names = [name async for name in redis.scan_iter(match=f"{keys.identities}*", count=10_000)]
    homes = {name: text(await redis.get(name)) for name in names}
    assert {lead.decode() for lead in leads} == set(homes.values())
    said = {r.key: msgspec.json.decode(r.value or b"", type=IdentityLink) for r in await kafka.read_all(IDENTITY_LINKS)}
    assert homes == {keys.identities.encode() + key: link.lead_id for key, link in said.items()}
    await rebuilt(settings, redis, keys)
    assert homes == {name: text(await redis.get(name)) for name in names}


async def test_contact_details_that_a_rebuild_missed_are_not_lost(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys
) -> None:
    await kafka.create(TOPICS)
    await flushed(settings, Interrupted(settings, FACTS), TOUCHES_WEB, BOTH)
    first, second = (
        msgspec.json.encode(
            {"fact_id": name, "who": {"user": "anna"}, "at": AT, "by": "form", "name": name, "value": "x"}
        )
        for name in ("full_name", "city_of_birth")
    )

    async def meanwhile() -> None:
        await rebuilt(settings, redis, keys)

    await flushed(settings, Interrupted(settings, LEAD_PROFILES, meanwhile), FACTS, first)
    await flushed(settings, Interrupted(settings, FACTS), FACTS, second, offset=1)

    *_, last = await kafka.read_all(LEAD_PROFILES)
    assert {"full_name", "city_of_birth"} == set(msgspec.json.decode(last.value or b"", type=Profile).details)


async def test_after_a_rebuild_the_minute_of_a_merge_begins_anew_and_what_is_read_again_comes_by_the_loser(
    kafka: Kafka, settings: Settings, redis: "Redis", keys: RedisKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock.rule(monkeypatch)
    clock = Clock(redis, keys)
    await kafka.create(TOPICS)
    whos: list[dict[str, str]] = [{"user": "anna"}, {"anonymous": "a1"}]

    async def said(*whos: dict[str, str], number: int, append_ms: int) -> list[tuple[str, LeadEvent]]:
        out = Interrupted(settings, TOUCHES_WEB)
        values = [msgspec.json.encode(touch(number + n, who)) for n, who in enumerate(whos)]
        await flushed(settings, out, TOUCHES_WEB, *values, offset=number, append_ms=append_ms)
        heard = out.items[LEAD_EVENTS.name]
        return [
            ((key or b"").decode(), msgspec.json.decode(value or b"", type=LeadEvent)) for _, key, value, _ in heard
        ]

    first = await said(*whos, whos[0] | whos[1], number=0, append_ms=clock.now_ms)
    [(loser, survivor)] = [(lead, event.survivor) for lead, event in first if isinstance(event, MergedInto)]
    who = whos[[lead for lead, event in first if isinstance(event, TouchSeen)].index(loser)]
    await clock.pass_minutes(3)
    later_ms, found = clock.now_ms, list[str]()
    for number in (8, 8, 9):
        append_ms = later_ms if number == 8 else clock.now_ms
        found += [
            lead for lead, event in await said(who, number=number, append_ms=append_ms) if isinstance(event, TouchSeen)
        ]
        if len(found) == 1:
            await rebuilt(settings, redis, keys)
        await clock.pass_minutes(3 * (len(found) - 1))

    assert [survivor, loser, survivor] == found, "the survivor counts it once: it knows its id"
