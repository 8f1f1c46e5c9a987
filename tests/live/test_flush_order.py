"""The order in which identify and route write, over a real Redis: a kill at any point may repeat, and never loses."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agents.delivery.producer import Outbox
from agents.identify import Identify
from agents.model_file import load_model
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.route import CHUNK, Route
from agents.settings import Settings
from schemas.handoff import HandoffEvent
from streams.topology import DEAD_LETTERS, HANDOFFS, IDENTITY_LINKS, LEAD_EVENTS, LEAD_PROFILES
from tests.live.touches import touch
from tests.pure.diary import ACKNOWLEDGED, Diary, group
from tests.pure.ripes import ripe

pytestmark = pytest.mark.live

ANNA = msgspec.json.encode(touch(1, {"email": "anna@acme.kz"}))


async def flushed(stage: Any, diary: Outbox, *groups: Callable[[], Any]) -> None:
    await stage.start(diary)
    try:
        for make in groups:
            await stage.flush(make())
    finally:
        await stage.stop()


async def test_links_and_profiles_are_durable_before_the_log_speaks_of_their_lead(settings: Settings) -> None:
    diary = Diary(settings)
    stage = Identify(settings, load_model(settings.model, settings)[1])
    await flushed(stage, diary, lambda: group(diary, "touches.web", [ANNA, b"{"], [0, 1]))

    assert [LEAD_EVENTS.name, ACKNOWLEDGED] == diary.done[-2:]
    assert {IDENTITY_LINKS.name, LEAD_PROFILES.name, DEAD_LETTERS.name} == set(diary.done[:-2])


@pytest.mark.parametrize("topic", [IDENTITY_LINKS, LEAD_PROFILES, DEAD_LETTERS, LEAD_EVENTS], ids=lambda t: t.name)
async def test_what_a_broker_refused_is_said_again_and_nothing_is_acknowledged_before(
    settings: Settings, topic: Any
) -> None:
    diary, model = Diary(settings), load_model(settings.model, settings)[1]
    diary.refuses = topic.name
    with pytest.raises(OSError, match="refused"):
        await flushed(Identify(settings, model), diary, lambda: group(diary, "touches.web", [ANNA, b"{"], [0, 1]))
    assert ACKNOWLEDGED not in diary.done
    first = diary.items.get(IDENTITY_LINKS.name)

    diary.refuses = ""
    diary.items.clear()
    await flushed(Identify(settings, model), diary, lambda: group(diary, "touches.web", [ANNA, b"{"], [0, 1]))

    assert ACKNOWLEDGED == diary.done[-1]
    assert diary.items[IDENTITY_LINKS.name] == (first or diary.items[IDENTITY_LINKS.name])
    assert {key for _, key, _, _ in diary.items[LEAD_EVENTS.name]} == {
        msgspec.json.decode(value or b"")["lead_id"].encode() for _, _, value, _ in diary.items[IDENTITY_LINKS.name]
    }


async def test_crms_hear_of_a_handoff_before_the_log_and_both_before_the_acknowledgement(settings: Settings) -> None:
    diary = Diary(settings)
    value = msgspec.json.encode(ripe())
    await flushed(Route(settings), diary, lambda: group(diary, "ripe", [value, b"{"], [0, 1]))

    assert [HANDOFFS.name, LEAD_EVENTS.name, ACKNOWLEDGED] == diary.done[-3:]
    assert [DEAD_LETTERS.name] == diary.done[:-3]


async def test_a_flush_beyond_one_call_to_redis_finds_every_contact_and_notes_every_handoff(settings: Settings) -> None:
    diary, keys, count = Diary(settings), RedisKeys(settings.prefix), CHUNK + 200
    said = [ripe(lead_id=f"L{n % count:016d}", handoff_id=f"h-{n}") for n in range(2 * count)]
    wire = [msgspec.json.encode(one) for one in said]
    redis = connect(settings, patient=False)
    await redis.set(keys.graph, "whole")
    known = range(0, count, 2)
    for n in known:
        await redis.hset(keys.profile(f"L{n:016d}"), mapping={"email": f'["{n}@x.kz",1,"t"]', "fax": '[null,1,"t"]'})

    await flushed(
        Route(settings),
        diary,
        lambda: group(diary, "ripe", wire, range(2 * count)),
    )
    leads = await redis.mget([keys.handoff_lead(one.handoff_id) for one in said])
    await redis.aclose()

    assert [one.lead_id.encode() for one in said] == leads
    handoffs = [msgspec.json.decode(value or b"", type=HandoffEvent).data for _, _, value, _ in diary.items["handoffs"]]
    told = [{"email": f"{n % count}@x.kz"} if n % count in known else {} for n in range(2 * count)]
    assert told == [handoff.contact for handoff in handoffs]
