"""The identity graph over a real Redis: one answer for everybody, nothing forgotten between Redis and the broker."""

import asyncio

import pytest

from agents.people.asking import Ask, News, Published
from agents.people.identity_graph import GraphMissing, IdentityGraph
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.profile import Detail, IdentityLink
from tests.live.people import A, B, C, ask

pytestmark = pytest.mark.live


async def test_an_identity_seen_with_a_known_one_joins_its_lead(graph: IdentityGraph) -> None:
    said = await graph.resolve(
        [ask("anonymous:x", lead=B), ask("email:y", "anonymous:x", lead=A), ask("email:y", lead=A)]
    )

    assert [B, B, B] == [answer.home for answer in said.answers]
    assert ([], ["anonymous:x", "email:y"]) == (said.pointers, await graph.identities_of(B))


async def test_a_lead_named_outright_takes_identities_that_nobody_has(graph: IdentityGraph) -> None:
    said = await graph.resolve([ask("email:y", lead=C, known=A), ask("email:y", lead=C)])

    assert [A, A] == [answer.home for answer in said.answers]


async def test_a_link_is_announced_again_with_its_first_time_until_the_broker_has_it(graph: IdentityGraph) -> None:
    [first] = (await graph.resolve([ask("email:y", at_ms=1_763_816_400_123)])).answers
    [crashed] = (await graph.resolve([ask("email:y", at_ms=1_763_816_400_999)])).answers
    await graph.announced({"email:y": IdentityLink(lead_id=A, at_ms=1_763_816_400_123)})
    [after] = (await graph.resolve([ask("email:y", at_ms=1_763_816_401_000)])).answers

    assert [News(0, A, 1_763_816_400_123)] == first.news == crashed.news
    assert [] == after.news


async def test_a_batch_beyond_one_call_is_answered_in_order(graph: IdentityGraph) -> None:
    leads = [f"L{n:016d}" for n in range(4_500)]
    asks = [
        Ask("", 1, (f"user:{n}", f"email:{n}", f"phone:{n}"), (lead, lead[::-1], lead.lower()))
        for n, lead in enumerate(leads)
    ]

    said = await graph.resolve(asks)

    assert leads == [answer.home for answer in said.answers]
    assert {3} == {len(answer.news) for answer in said.answers}
    assert 4_500 == said.new.leads


async def test_a_graph_that_is_missing_or_another_answers_nobody(graph: IdentityGraph, settings: Settings) -> None:
    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    await graph.changes(None)
    await redis.set(keys.graph, "another")
    with pytest.raises(GraphMissing):
        await graph.resolve([ask("email:y")])
    with pytest.raises(GraphMissing):
        await graph.check()
    await redis.delete(keys.graph)
    with pytest.raises(GraphMissing):
        await graph.changes(None)
    with pytest.raises(GraphMissing):
        await IdentityGraph(redis, keys).resolve([ask("email:y")])

    assert not await redis.exists(keys.identity("email", "y"))
    await redis.aclose()


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
    stale = (await graph.announced({}, {}, crashed)).profiles

    assert [[b"name", b'["Cyd",1,"a"]']] * 2 == [p.flat for p in (*first, *crashed)]
    assert [] == stale
    assert [] == await graph.merge(told)


async def test_a_profile_changed_meanwhile_is_published_again(graph: IdentityGraph) -> None:
    mine = await graph.merge([(A, {"name": Detail("Cyd", 1, "a")})])
    theirs = await graph.merge([(A, {"fax": Detail("1", 1, "b")})])
    assert [] == (await graph.announced({}, {}, theirs)).profiles

    stale = (await graph.announced({}, {}, mine)).profiles

    assert [[b"fax", b'["1",1,"b"]', b"name", b'["Cyd",1,"a"]']] == [_sorted(p) for p in stale]
    assert [] == (await graph.announced({}, {}, stale)).profiles


async def test_racing_askers_agree(graph: IdentityGraph) -> None:
    asks = [[ask(f"email:{n}", f"anonymous:{n}", lead=lead) for n in range(200)] for lead in (A, B, C)]

    said = await asyncio.gather(*(graph.resolve(one) for one in asks))

    assert {1} == {len({a.home for a in same}) for same in zip(*(one.answers for one in said), strict=True)}


def _sorted(profile: Published) -> list[bytes]:
    pairs = sorted(zip(profile.flat[::2], profile.flat[1::2], strict=True))
    return [text for pair in pairs for text in pair]
