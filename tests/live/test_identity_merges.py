"""Merges in the identity graph: pointers beside the homes, announced until the broker has them."""

import asyncio

import pytest

from agents.people.asking import Pointer
from agents.people.identity_graph import IdentityGraph
from agents.people.links_known import LinksKnown
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.profile import Detail
from tests.live.people import A, B, C, D, announce, ask, home

pytestmark = pytest.mark.live


async def test_two_leads_of_one_message_become_one_and_no_home_moves(graph: IdentityGraph) -> None:
    await home(graph, email_y=B, anonymous_x=A)

    said = await graph.resolve([ask("email:y", "anonymous:x", lead=C, at_ms=7)])
    [answer] = said.answers

    assert [Pointer(B, A, 0, 7)] == said.pointers
    assert (B, 0, 1) == (answer.home, answer.several, said.new.merges)
    assert [(B, [B]), (A, [B])] == [(await graph.home_of(key), await graph.losers_of(A)) for key in
                                    ("email:y", "anonymous:x")]  # fmt: skip
    assert (A, A) == (await graph.root(B), await graph.root(A))


async def test_a_merge_is_announced_by_whoever_uses_it_until_the_broker_has_it(graph: IdentityGraph) -> None:
    await home(graph, email_y=B, anonymous_x=A)
    first = await graph.resolve([ask("email:y", "anonymous:x", at_ms=7)])
    again = await graph.resolve([ask("email:y", at_ms=9)])
    other = await graph.resolve([ask("anonymous:x", at_ms=9)])
    [switched] = await announce(graph, again.pointers)
    after = await graph.resolve([ask("email:y", at_ms=9)])

    assert [Pointer(B, A, 0, 7)] == first.pointers == again.pointers
    assert [] == other.pointers, "the survivor's own identities need no pointer"
    assert [switched] == after.pointers
    assert (B, A, 0) == (switched.loser, switched.survivor, switched.at_ms)
    assert [switched] == await announce(graph, again.pointers), "said twice, it switches once"


async def test_the_switch_is_later_than_all_that_was_written_before_it(
    graph: IdentityGraph, settings: Settings
) -> None:
    redis = connect(settings, patient=False)
    await home(graph, email_y=B, anonymous_x=A)
    said = await graph.resolve([ask("email:y", "anonymous:x")])
    seconds, _ = await redis.time()
    await redis.aclose()
    [switched] = await announce(graph, said.pointers)
    links = LinksKnown()
    links.learn([switched])

    assert seconds * 1_000 + 55_000 < switched.switch_ms < seconds * 1_000 + 70_000
    assert [B, A] == [links.target(B, ms) for ms in (switched.switch_ms - 1, switched.switch_ms)]


async def test_chains_end_at_the_smallest_id_in_whatever_order_they_are_made(graph: IdentityGraph) -> None:
    await home(graph, anonymous_a=A, anonymous_b=B, anonymous_c=C, anonymous_d=D)
    for pair in (("b", "d"), ("c", "d"), ("a", "c"), ("a", "d"), ("b", "a")):
        await graph.resolve([ask(*(f"anonymous:{name}" for name in pair))])

    assert [A, A, A, A] == [await graph.root(lead) for lead in (A, B, C, D)]
    assert [B, C, D] == await graph.losers_of(A)
    pointers = (await graph.resolve([ask("anonymous:d")])).pointers
    assert all(one.survivor < one.loser for one in pointers)
    assert A == pointers[-1].survivor


async def test_three_leads_of_one_message_become_one(graph: IdentityGraph) -> None:
    await home(graph, email_c=C, phone_b=B, anonymous_a=A)

    said = await graph.resolve([ask("email:c", "phone:b", "anonymous:a")])

    assert 2 == said.new.merges
    assert [A, A, A] == [await graph.root(lead) for lead in (A, B, C)]


async def test_a_newcomer_is_at_home_with_the_lead_in_force(graph: IdentityGraph) -> None:
    await home(graph, email_y=B, anonymous_x=A)
    await graph.resolve([ask("email:y", "anonymous:x")])

    [answer] = (await graph.resolve([ask("email:y", "telegram:z")])).answers

    assert (B, A) == (answer.home, await graph.home_of("telegram:z"))
    assert [(1, A, 0)] == [(news.index, news.lead, news.apart) for news in answer.news if news.index]


async def test_racing_workers_that_see_one_person_from_two_sides_end_with_one_lead(graph: IdentityGraph) -> None:
    ours = [ask(f"email:{n}", f"anonymous:{n}", lead=f"LE{n:015d}") for n in range(200)]
    theirs = [ask(f"phone:{n}", f"anonymous:{n}", lead=f"LP{n:015d}") for n in range(200)]
    ties = [ask(f"phone:{n}", f"email:{n}", lead=f"LT{n:015d}") for n in range(200)]

    await asyncio.gather(*(graph.resolve(part) for part in (ties[:100], ours, theirs, ties[100:])))

    for n in range(200):
        roots = {await graph.root(await graph.home_of(f"{name}:{n}")) for name in ("email", "phone", "anonymous")}
        assert 1 == len(roots)


async def test_contact_details_of_both_are_the_survivors_and_the_losers_are_gone(
    graph: IdentityGraph, settings: Settings
) -> None:
    await home(graph, email_y=B, anonymous_x=A)
    told = {
        A: {"name": Detail("Cyd", 5, "a"), "fax": Detail("1", 1, "a")}, B: {"name": Detail("Sid", 4, "b"),
        "email": Detail("y", 1, "b"), "fax": Detail("2", 2, "b")},
    }  # fmt: skip
    await graph.announced({}, {}, await graph.merge(told.items()))
    await graph.resolve([ask("email:y", "anonymous:x")])
    published = {one.lead: one for one in await graph.merge([(B, {"city": Detail("Almaty", 1, "c")})])}
    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    held = await redis.hgetall(keys.profile(A))

    assert {b"name": b'["Cyd",5,"a"]', b"fax": b'["2",2,"b"]', b"email": b'["y",1,"b"]',
            b"city": b'["Almaty",1,"c"]'} == held  # fmt: skip
    assert not await redis.exists(keys.profile(B))
    await redis.aclose()
    assert [] == published[B].flat
    assert held == dict(zip(published[A].flat[::2], published[A].flat[1::2], strict=True))
    assert [A, B] == sorted(one.lead for one in await graph.merge([(B, {})])), "until the broker has both"
    await graph.announced({}, {}, list(published.values()))
    assert [] == await graph.merge([(B, {})])


async def test_a_profile_published_late_of_a_lead_merged_meanwhile_is_taken_back(graph: IdentityGraph) -> None:
    await home(graph, email_y=B, anonymous_x=A)
    late = await graph.merge([(B, {"name": Detail("Cyd", 1, "b")})])
    await graph.resolve([ask("email:y", "anonymous:x")])
    await graph.announced({}, {}, await graph.merge([(B, {})]))

    [again] = (await graph.announced({}, {}, late)).profiles

    assert (B, []) == (again.lead, again.flat)


async def test_who_was_split_stays_apart(graph: IdentityGraph) -> None:
    await home(graph, email_y=B, anonymous_x=A, phone_z=C)
    seen = (await graph.changes(None)).seen
    await announce(graph, (await graph.resolve([ask("email:y", "anonymous:x")])).pointers)

    record = await graph.split(B, A, 9)
    again = await graph.split(B, A, 9)
    said = await graph.resolve([ask("email:y", "anonymous:x")])
    # A third lead ties neither to the other.
    third = await graph.resolve([ask("email:y", "phone:z"), ask("phone:z", "anonymous:x")])

    assert record == again
    assert {("", (A,))} == {(link.lead_id, link.apart) for link in record.values()}
    assert f"lead:{B}" in record
    assert ([("split", 1)], 0, 1) == (said.refused, said.new.merges, said.answers[0].several)
    assert ([("split", 1)], 1) == (third.refused, third.new.merges)
    assert [B, A, B] == [await graph.root(lead) for lead in (B, A, C)]
    assert f"parted {B}" in ((await graph.changes(seen)).told or ())
    assert {} == await graph.split(C, A, 9), "it was never merged there"


async def test_caches_learn_what_others_changed_and_forget_all_when_they_are_too_far_behind(
    graph: IdentityGraph, settings: Settings
) -> None:
    await home(graph, email_y=B, anonymous_x=A)
    start = await graph.changes(None)
    links = LinksKnown()
    links.follow(start)
    links.remember("email:y", B)
    [switched] = await announce(graph, (await graph.resolve([ask("email:y", "anonymous:x")])).pointers)
    links.follow(await graph.changes(links.seen))
    assert (B, A) == (links.lead_of("email:y"), links.target(B, switched.switch_ms))

    await graph.forget(["email:y"])
    links.follow(await graph.changes(links.seen))
    assert links.lead_of("email:y") is None

    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    links.remember("email:y", B)
    await redis.incrby(keys.changes, 100_000)
    links.follow(await graph.changes(links.seen))
    assert (0, {}) == (len(links), links.pointers)

    links.remember("email:y", B)
    await redis.set(keys.graph, "another")
    links.follow(await graph.changes(links.seen))
    assert 0 == len(links)
    links.remember("email:y", B)
    await redis.decrby(keys.changes, 50)
    links.follow(await graph.changes(links.seen))
    assert 0 == len(links)
    await redis.aclose()
