"""A worker that dies between any two steps of a flush that merges: whoever comes next says the same, and all of it."""

from typing import Any

import msgspec
import pytest

from agents.identify import Identify
from agents.people.policy_file import hider_of
from agents.redis.client import connect
from agents.settings import Settings
from schemas.lead_event import MergedInto
from schemas.profile import IdentityLink
from streams.topology import DEAD_LETTERS, FACTS, IDENTITY_LINKS, LEAD_PROFILES, TOUCHES_WEB, Topic
from tests.live.people_world import COOKIE, EMAIL, FUTURE_MS, MODEL, PAST_MS, Died, World, opened
from tests.live.touches import AT, touch
from tests.pure.diary import ACKNOWLEDGED

pytestmark = pytest.mark.live

MERGING: list[tuple[Topic, dict[str, Any]]] = [
    (TOUCHES_WEB, touch(3, {**EMAIL, **COOKIE})),
    (TOUCHES_WEB, touch(4, {**EMAIL, "telegram": "cyd"})),
    (TOUCHES_WEB, touch(5, COOKIE)),
    (FACTS, {"fact_id": "f6", "at": AT, "who": COOKIE, "by": "form", "facts": {"name": "Cyd"}}),
]


async def all_is_said(world: World) -> None:
    """Once, to one lead, and Redis agrees with the log."""
    redis, keys, broker = world.redis, world.keys, world.broker
    leads: dict[str, set[str]] = {}
    for lead, event in world.events():
        leads.setdefault(event.id, set()).add(lead)
    assert {1} == {len(found) for found in leads.values()}
    merged = f"{world.loser}/merged/{world.survivor}"
    wanted = {"t1": world.email, "t2": world.cookie, "t3": world.email, "t4": world.email, "t5": world.cookie}
    assert wanted | {merged: world.loser} == {name: leads[name].pop() for name in (*wanted, merged)}
    links = {key: msgspec.json.decode(value or b"", type=IdentityLink) for key, value in
             broker.latest(IDENTITY_LINKS).items()}  # fmt: skip
    assert world.survivor == links.pop(f"lead:{world.loser}").lead_id
    assert 3 == len(links)
    assert {key: link.lead_id for key, link in links.items()} == {
        key: bytes(await redis.get(f"{keys.identities}{key}") or b"").decode() for key in links
    }
    assert [0, 0, 0] == [
        await redis.exists(name)
        for name in (keys.unannounced_links, keys.unannounced_merges, keys.unannounced_profiles)
    ]
    survivor, _, switch_ms = (await redis.hget(keys.merged, world.loser) or b"").partition(b" ")
    assert (world.survivor.encode(), True) == (survivor, int(switch_ms) > PAST_MS)
    profiles = broker.latest(LEAD_PROFILES)
    assert not profiles.get(world.loser)
    assert not await redis.exists(keys.profile(world.loser))
    held = await redis.hgetall(keys.profile(world.survivor))
    assert {b"email", b"name", b"telegram"} == set(held)
    told = msgspec.json.decode(profiles[world.survivor] or b"")["details"]
    assert {bytes(name).decode(): msgspec.json.decode(detail) for name, detail in held.items()} == told
    assert ACKNOWLEDGED == broker.done[-1]


async def test_whoever_comes_next_says_the_same_and_all_of_it(settings: Settings) -> None:
    redis, died = connect(settings, patient=False), 0
    for step in range(1, 100):
        world = await opened(settings, redis, f"s{step}")
        world.broker.steps, world.broker.dies_at = 0, step
        try:
            await world.flush(MERGING)
        except Died:
            died += 1
            assert ACKNOWLEDGED != world.broker.done[-1] or world.broker.done.count(ACKNOWLEDGED) == 1
        else:
            break
        world.broker.dies_at = -1
        await world.flush(MERGING)
        await all_is_said(world)

    assert 14 <= died, "so many steps there are at least"
    await all_is_said(world)
    await redis.aclose()


async def test_after_the_switch_messages_go_to_the_survivor_and_name_their_home(settings: Settings) -> None:
    redis = connect(settings, patient=False)
    world = await opened(settings, redis, "w")
    await world.flush(MERGING)
    before = len(world.events())
    named = [{**EMAIL}, {**COOKIE}, {**EMAIL, **COOKIE}]
    await world.flush([(TOUCHES_WEB, touch(f"l{n}", who)) for n, who in enumerate(named)], FUTURE_MS)

    said = world.events()[before:]
    assert {world.survivor} == {lead for lead, _ in said}
    homes = [world.email, world.cookie, world.email]
    assert [home if home != world.survivor else "" for home in homes] == [event.via for _, event in said]
    assert not any(isinstance(event, MergedInto) for _, event in said)
    await redis.aclose()


@pytest.mark.long
async def test_a_graph_rebuilt_before_the_log_is_written_is_asked_once_more(settings: Settings) -> None:
    redis = connect(settings, patient=False)
    world = await opened(settings, redis, "r")
    rebuilt: list[str] = []

    async def rebuild(name: str) -> None:
        if name == "check" and not rebuilt:
            rebuilt.append(name)
            await redis.set(world.keys.graph, "anew")
            # What it did not read: the link that this flush has just written.
            for key in world.broker.latest(IDENTITY_LINKS):
                if key.startswith("telegram:"):
                    await redis.delete(f"{world.keys.identities}{key}")

    world.broker.between = rebuild
    await world.flush(MERGING)
    world.broker.between = None

    assert ["check"] == rebuilt
    await all_is_said(world)
    await redis.aclose()


@pytest.mark.long
async def test_a_person_who_was_erased_says_nothing_of_before_and_begins_anew(settings: Settings) -> None:
    redis = connect(settings, patient=False)
    world = await opened(settings, redis, "e")
    await world.flush(MERGING)
    before, stage = len(world.events()), Identify(world.settings, MODEL)
    await stage.start(world.broker)
    graph = stage._graph
    keys = [key for lead in (world.email, world.cookie) for key in await graph.identities_of(lead)]
    await graph.announced(await graph.erase(keys, PAST_MS))
    await stage.flush(world.group([(TOUCHES_WEB, touch("old", {**EMAIL, "viber": "77010000001"}))], PAST_MS))
    await stage.flush(world.group([(TOUCHES_WEB, touch("new", EMAIL)), (TOUCHES_WEB, touch("new2", EMAIL))], FUTURE_MS))
    await stage.flush(world.group([(TOUCHES_WEB, touch("old", EMAIL))], PAST_MS))
    await stage.stop()

    said = world.events()[before:]
    [identity] = hider_of(world.settings).who(EMAIL).identities
    assert ["tnew/derived", "tnew", "tnew2"] == [event.id for _, event in said]
    assert {hider_of(world.settings).lead_id(identity.key, 1)} == {lead for lead, _ in said}
    link = msgspec.json.decode(world.broker.latest(IDENTITY_LINKS)[identity.key] or b"", type=IdentityLink)
    assert (said[0][0], 1, PAST_MS) == (link.lead_id, link.erasures, link.erased_ms)
    assert [] == [key for key in world.broker.latest(IDENTITY_LINKS) if key.startswith("viber:")]
    await redis.aclose()


@pytest.mark.long
async def test_a_phone_that_becomes_nobodys_moves_nothing_that_was_written(settings: Settings) -> None:
    redis, phone = connect(settings, patient=False), {"phone": "+77010000009"}
    world = await opened(settings, redis, "p")
    said = [(TOUCHES_WEB, touch(f"o{n}", {"crm:bitrix": f"{n}", **phone})) for n in range(7)]
    await world.flush([(TOUCHES_WEB, touch("first", {**phone, **COOKIE})), *said])
    both = [(TOUCHES_WEB, touch("again", {**phone, **COOKIE})), (TOUCHES_WEB, touch("alone", phone))]
    await world.flush(both)
    home = {event.id: lead for lead, event in world.events()}
    before = len(world.events())
    await world.flush(both, FUTURE_MS)

    assert home["tfirst"] == home["tagain"] == home["talone"]
    assert [(world.cookie, "tagain")] == [(lead, event.id) for lead, event in world.events()[before:]]
    [(_, _, letter, headers)] = world.broker.said(DEAD_LETTERS)
    assert "talone" == msgspec.json.decode(letter or b"")["touch_id"]
    assert b"bad_identity" in dict(headers).values()
    await redis.aclose()
