"""The identity graph over a real Redis: one answer for everybody, nothing forgotten between Redis and the broker."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agents.people.identity_graph import Ask, IdentityGraph, LinksKnown, News, Published
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.profile import Detail

pytestmark = pytest.mark.live

A, B, C = "L000000000000000A", "L000000000000000B", "L000000000000000C"


@pytest.fixture
async def graph(settings: Settings) -> AsyncIterator[IdentityGraph]:
    redis = connect(settings, patient=False)
    yield IdentityGraph(redis, RedisKeys(settings.prefix))
    await redis.aclose()


async def test_an_identity_seen_with_a_known_one_joins_its_lead(graph: IdentityGraph) -> None:
    first, second, third = await graph.resolve(
        [Ask(B, "", 1, ("anonymous:x",)), Ask(A, "", 2, ("email:y", "anonymous:x")), Ask(A, "", 3, ("email:y",))]
    )

    assert [B, B, B] == [first.lead, second.lead, third.lead]


async def test_of_two_known_leads_the_smaller_id_is_answered_and_no_link_moves(graph: IdentityGraph) -> None:
    await graph.resolve([Ask(B, "", 1, ("email:y",)), Ask(A, "", 1, ("user:z",))])
    await graph.announced(["email:y", "user:z"], [])

    [both] = await graph.resolve([Ask(C, "", 2, ("user:z", "email:y"))])
    [still] = await graph.resolve([Ask(C, "", 2, ("email:y",))])

    assert (A, 1, [News(1, B, 0)]) == (both.lead, both.two_leads, both.news)
    assert (B, 0, []) == (still.lead, still.two_leads, still.news)


async def test_a_lead_named_outright_takes_identities_that_nobody_has(graph: IdentityGraph) -> None:
    [named] = await graph.resolve([Ask(C, A, 1, ("email:y",))])
    [found] = await graph.resolve([Ask(C, "", 1, ("email:y",))])

    assert (A, A) == (named.lead, found.lead)


async def test_a_link_is_announced_again_with_its_first_time_until_the_broker_has_it(graph: IdentityGraph) -> None:
    [first] = await graph.resolve([Ask(A, "", 1_763_816_400_123, ("email:y",))])
    [crashed] = await graph.resolve([Ask(A, "", 1_763_816_400_999, ("email:y",))])
    await graph.announced(["email:y"], [])
    [after] = await graph.resolve([Ask(A, "", 1_763_816_401_000, ("email:y",))])

    assert [News(0, A, 1_763_816_400_123)] == first.news == crashed.news
    assert [] == after.news


async def test_a_batch_beyond_one_call_is_answered_in_order(graph: IdentityGraph) -> None:
    asks = [Ask(f"L{n:016d}", "", 1, (f"user:{n}", f"email:{n}", f"phone:{n}")) for n in range(4_500)]

    answers = await graph.resolve(asks)

    assert [ask.candidate for ask in asks] == [answer.lead for answer in answers]
    assert {3} == {len(answer.news) for answer in answers}


async def test_the_later_word_wins_then_the_greater_id_in_whatever_order(graph: IdentityGraph) -> None:
    words = [Detail("old", 1, "z"), Detail("new", 3, "a"), Detail("tie", 3, "b"), Detail(None, 2, "y")]
    for lead, told in ((A, words), (B, words[::-1])):
        for word in told:
            await graph.merge([(lead, {"name": word})])

    profiles = await graph.merge([(A, {"fax": Detail(["x", 1], 1, "f")}), (B, {"fax": Detail(["x", 1], 1, "f")})])

    assert [[b"fax", b'[["x",1],1,"f"]', b"name", b'["tie",3,"b"]']] * 2 == [_sorted(p) for p in profiles]


async def test_a_profile_is_published_only_when_it_changed_and_until_the_broker_has_it(graph: IdentityGraph) -> None:
    told = [(A, {"name": Detail("Cyd", 1, "a")})]
    first = await graph.merge(told)
    crashed = await graph.merge(told)
    stale = await graph.announced([], crashed)

    assert [[b"name", b'["Cyd",1,"a"]']] * 2 == [p.flat for p in (*first, *crashed)]
    assert [] == stale
    assert [] == await graph.merge(told)


async def test_a_profile_changed_meanwhile_is_published_again(graph: IdentityGraph) -> None:
    mine = await graph.merge([(A, {"name": Detail("Cyd", 1, "a")})])
    theirs = await graph.merge([(A, {"fax": Detail("1", 1, "b")})])
    assert [] == await graph.announced([], theirs)

    stale = await graph.announced([], mine)

    assert [[b"fax", b'["1",1,"b"]', b"name", b'["Cyd",1,"a"]']] == [_sorted(p) for p in stale]
    assert [] == await graph.announced([], stale)


async def test_racing_askers_agree(graph: IdentityGraph) -> None:
    asks = [[Ask(c, "", 1, (f"email:{n}", f"anonymous:{n}")) for n in range(200)] for c in (A, B, C)]

    answers = await asyncio.gather(*(graph.resolve(one) for one in asks))

    assert {1} == {len({a.lead for a in same}) for same in zip(*answers, strict=True)}


def test_links_known_keep_what_is_asked_for_and_stay_bounded() -> None:
    links = LinksKnown(most=10)
    for n in range(100):
        links.remember(f"user:{n}", A)
        assert A == links.lead_of("user:0")

    assert len(links) <= 10
    assert links.lead_of("user:1") is None


def _sorted(profile: Published) -> list[bytes]:
    pairs = sorted(zip(profile.flat[::2], profile.flat[1::2], strict=True))
    return [text for pair in pairs for text in pair]
