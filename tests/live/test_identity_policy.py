"""Which leads the identity graph refuses to make one, and what it does with identities that are nobody's or erased."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from agents.people.asking import Gone, News
from agents.people.identity_graph import IdentityGraph, PersonGrown
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.profile import Detail, IdentityLink
from streams.people.policy import RULES, IdentityPolicy, Rule
from tests.live.people import A, B, C, D, announce, ask

pytestmark = pytest.mark.live


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[IdentityGraph]:
    """Two identities of each open namespace, five in all."""
    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    await redis.set(keys.graph, "whole")
    policy = IdentityPolicy(rules=RULES | {"others": Rule(most_per_lead=2)}, most_identities=5)
    yield IdentityGraph(redis, keys, policy)
    await redis.aclose()


async def test_two_people_of_one_office_phone_are_not_merged(graph: IdentityGraph) -> None:
    first = await graph.resolve([ask("crm:bitrix:1", "phone:9", lead=B)])
    second = await graph.resolve([ask("crm:bitrix:2", "phone:9", lead=A)])
    known = await graph.resolve([ask("crm:bitrix:2", "phone:9", lead=A)])

    assert [B, A] == [said.answers[0].home for said in (first, second)]
    assert [0, 0] == [said.new.merges for said in (second, known)]
    assert [[("strong_differ", 1)]] * 2 == [said.refused for said in (second, known)]
    assert B == await graph.home_of("phone:9")


async def test_a_phone_of_too_many_people_is_nobodys_from_a_moment_later_on(graph: IdentityGraph) -> None:
    await graph.resolve([ask("crm:bitrix:0", "phone:9", lead=D)])
    seen = (await graph.changes(None)).seen
    said = [await graph.resolve([ask(f"crm:bitrix:{n}", "phone:9", lead=f"L{n:016d}")]) for n in range(1, 7)]
    [news] = said[-1].answers[0].news[1:]
    free = await graph.resolve([ask("anonymous:y", lead=A), ask("phone:9", "anonymous:y", lead=B)])
    late = await graph.resolve([ask("phone:9", "vk:late")])
    [after] = (await graph.resolve([ask("phone:9", "telegram:z", at_ms=news.shared_ms)])).answers

    assert [0, 0, 0, 0, 0, 1] == [one.new.shared for one in said]
    assert (D, 1) == (news.lead, news.at_ms), "to be announced once more"
    assert (0, [("shared", 1)]) == (free.new.merges, free.refused), "nobody is merged by it from now on"
    assert D == free.answers[1].home, "what came before finds the lead that it found"
    assert (D, [("shared", 1)]) == (late.answers[0].home, late.refused)
    assert D != await graph.home_of("vk:late"), "and brings nobody new to it"
    assert await graph.home_of("telegram:z") != D
    assert after.home == D
    assert after.news[0].shared_ms == news.shared_ms
    assert ["forget phone:9"] == (await graph.changes(seen)).told
    link = IdentityLink(lead_id=D, at_ms=1)
    [(key, stale)] = (await graph.announced({"phone:9": link})).links.items()
    assert ("phone:9", D, news.shared_ms) == (key, stale.lead_id, stale.shared_ms), "who said it unshared says it anew"


async def test_a_newcomer_that_may_not_join_begins_a_lead_and_the_cookie_stays(graph: IdentityGraph) -> None:
    await graph.resolve([ask("email:1", "anonymous:1", lead=B)])

    said = await graph.resolve([ask("email:2", "anonymous:1", lead=A)])

    assert (A, B) == (await graph.home_of("email:2"), await graph.home_of("anonymous:1"))
    assert (A, 1, [("strong_differ", 1)]) == (said.answers[0].home, said.answers[0].several, said.refused)


async def test_strong_evidence_merges_what_weak_evidence_may_not(graph: IdentityGraph) -> None:
    await graph.resolve([ask("user:1", "email:1", lead=B), ask("email:2", lead=A)])
    weak = await graph.resolve([ask("email:1", "anonymous:1"), ask("email:2", "anonymous:1")])
    strong = await graph.resolve([ask("user:1", "email:2")])

    assert (0, 1) == (weak.new.merges, strong.new.merges)
    assert A == await graph.root(B)


async def test_a_crm_knows_a_person_by_one_id_whatever_ties_two(graph: IdentityGraph) -> None:
    await graph.resolve([ask("crm:bitrix:1", "email:1", lead=B)])
    newcomer = await graph.resolve([ask("crm:bitrix:2", "email:1", lead=A)])
    other_crm = await graph.resolve([ask("crm:amo:2", "email:1", lead=C)])

    assert [("limit", 1)] == newcomer.refused
    assert A == await graph.home_of("crm:bitrix:2")
    assert ([], B) == (other_crm.refused, await graph.home_of("crm:amo:2"))


async def test_a_lead_has_no_more_identities_than_the_policy_allows(strict: IdentityGraph) -> None:
    for n in range(3):
        await strict.resolve([ask("email:1", f"vk:{n}", lead=A)])
    await strict.resolve([ask("email:1", "ok:1"), ask("email:1", "ok:2")])
    full = await strict.resolve([ask("email:1", "phone:1")])

    assert [A, A] == [await strict.home_of(f"vk:{n}") for n in (0, 1)]
    assert A != await strict.home_of("vk:2")
    assert 5 == len(await strict.identities_of(A))
    assert [("limit", 1)] == full.refused


async def test_a_mailbox_of_several_finds_its_lead_and_ties_nobody(graph: IdentityGraph) -> None:
    await graph.resolve([ask("email:info", lead=B, shared=(1,)), ask("anonymous:1", lead=A)])
    said = await graph.resolve([ask("anonymous:1", "email:info", shared=(0, 1))])
    alone = await graph.resolve([ask("email:info", shared=(1,))])
    fresh = await graph.resolve([ask("anonymous:2", "email:sales", lead=C, shared=(0, 1))])

    assert (A, [("shared", 1)], 0) == (said.answers[0].home, said.refused, said.new.merges)
    assert B == alone.answers[0].home
    assert [("shared", 1)] == fresh.refused
    assert C != await graph.home_of("email:sales")


async def test_messages_of_before_an_erasure_say_nothing_and_later_ones_begin_anew(graph: IdentityGraph) -> None:
    await graph.resolve([ask("email:1", "anonymous:1", lead=B), ask("phone:1", lead=A)])
    await announce(graph, (await graph.resolve([ask("email:1", "phone:1")])).pointers)
    await graph.merge([(B, {"name": Detail("Cyd", 1, "a")})])
    keys = [key for lead in (A, B) for key in await graph.identities_of(lead)]

    records = await graph.erase(keys, 50)
    again = await graph.erase(keys, 70)
    old = await graph.resolve([ask("email:1", at_ms=50), ask("telegram:1", "anonymous:1", at_ms=9)])
    [outdated] = (await graph.resolve([ask("email:1", lead=B, at_ms=51)])).answers
    anew = msgspec.structs.replace(ask("email:1", lead=C, at_ms=51), erasures=(1,))
    new = await graph.resolve([anew, ask("email:1", at_ms=49), ask("email:1", lead=D, at_ms=60, known=B)])

    dead = IdentityLink(lead_id="", at_ms=50, erasures=1, erased_ms=50)
    assert dict.fromkeys([*keys, f"lead:{A}", f"lead:{B}"], dead) == records
    assert dict.fromkeys(keys, dead) == again, "who is erased is not erased once more"
    assert [[Gone(0, 1, 50, 50)], [Gone(1, 1, 50, 50)]] == [answer.gone for answer in old.answers]
    assert "" == await graph.home_of("telegram:1"), "an erased person's message leaves nothing"
    assert [Gone(0, 1, 50, 50)] == outdated.gone
    assert (C, [News(0, C, 51, 0, 1, 50)]) == (new.answers[0].home, new.answers[0].news)
    assert [Gone(0, 1, 50, 51)] == new.answers[1].gone
    assert C == new.answers[2].home, "an erased lead that is named is nobody"
    assert [] == await graph.merge([(B, {"name": Detail("Cyd", 1, "a")})]), "nothing is told to a grave"


async def test_a_link_written_while_its_person_is_erased_is_taken_back(graph: IdentityGraph) -> None:
    await graph.resolve([ask("email:1", lead=B)])
    records = await graph.erase(["email:1"], 50)
    await graph.announced(records)

    stale = (await graph.announced({"email:1": IdentityLink(lead_id=B, at_ms=1)})).links

    assert {"email:1": records["email:1"]} == stale


async def test_a_person_who_is_known_by_more_than_was_said_is_not_erased_by_half(graph: IdentityGraph) -> None:
    await graph.resolve([ask("email:1", lead=B)])
    await graph.resolve([ask("email:1", "anonymous:1", lead=B)])
    with pytest.raises(PersonGrown):
        await graph.erase(["email:1"], 50, [B])
    await graph.resolve([ask("phone:1", lead=A)])
    await announce(graph, (await graph.resolve([ask("email:1", "phone:1")])).pointers)
    for leads in ([A], [B]):
        with pytest.raises(PersonGrown):
            await graph.erase(["email:1", "anonymous:1", "phone:1"], 50, leads)

    assert (B, A) == (await graph.home_of("email:1"), await graph.root(B)), "nothing is done by half"
    records = await graph.erase(["email:1", "anonymous:1", "phone:1"], 50, [A, B, C])

    assert {"email:1", "anonymous:1", "phone:1", f"lead:{A}", f"lead:{B}", f"lead:{C}"} == set(records)
    assert ("", B) == (await graph.home_of("email:1"), await graph.root(B))
    named = await graph.resolve([ask("telegram:1", lead=D, at_ms=60, known=C)])
    assert D == named.answers[0].home, "a lead without identities that was erased is nobody, too"


async def test_a_merge_written_while_it_is_taken_back_is_taken_back_on_the_topic_too(graph: IdentityGraph) -> None:
    await graph.resolve([ask("email:1", lead=B), ask("phone:1", lead=A), ask("email:2", lead=D), ask("vk:2", lead=C)])
    await graph.resolve([ask("email:1", "phone:1"), ask("email:2", "vk:2")])
    await graph.split(B, A, 9)
    erased = await graph.erase(["email:2", "vk:2"], 50, [C, D])

    said = await graph.announced({}, {B: A, D: C})

    assert [] == said.pointers
    assert {f"lead:{B}": IdentityLink(lead_id="", at_ms=0), f"lead:{D}": erased[f"lead:{D}"]} == said.links
