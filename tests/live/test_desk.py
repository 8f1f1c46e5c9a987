"""The desk over a real Redis: shares by weight, room, one decision for every repeat, nothing counted twice."""

from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from agents.redis.client import connect
from agents.routing.desk import Ask, Desk, DeskLost, Settled
from agents.routing.giving import news
from agents.routing.keys import DeskKeys
from agents.settings import Settings
from schemas.handoff import HandoffType
from streams.routing.choosing import Member, Option
from tests.pure.ripes import ripe

pytestmark = pytest.mark.live

NOW_MS, DAY = 1_795_343_400_000, 739_942


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    redis = connect(settings, patient=False)
    yield redis
    await redis.aclose()


@pytest.fixture
async def desk(settings: Settings, redis: Redis) -> Desk:
    desk = Desk(redis, DeskKeys(settings.prefix))
    await redis.set(desk.keys.whole, "1")
    return desk


def team(*members: Member, share: str = "weight") -> tuple[Option, ...]:
    """One option: these people share."""
    names = tuple(member.name for member in members)
    return (Option(rule="everyone", kind="team", target="desk", members=members, everybody=names, share=share),)


def ask(number: int, options: tuple[Option, ...], what: str = "new", revision: int = 1) -> Ask:
    return Ask(handoff_id=f"h{number}", revision=revision, what=what, options=options, lead=b'{"n": 1}')


ANN, BOB, EVE = Member("ann", 2, None, None), Member("bob", 1, None, None), Member("eve", 1, None, None)


async def test_ten_thousand_leads_are_shared_by_weight_within_one_percent(desk: Desk) -> None:
    given: Counter[str] = Counter()
    for first in range(0, 10_000, 1_000):
        asks = [ask(first + n, team(ANN, BOB, EVE)) for n in range(1_000)]
        given.update(decision.owner for decision in await desk.decide(asks, NOW_MS, DAY))

    for name, wanted in (("ann", 5_000), ("bob", 2_500), ("eve", 2_500)):
        assert abs(given[name] - wanted) <= 1


async def test_who_was_away_gets_a_share_and_does_not_catch_up(desk: Desk) -> None:
    await desk.decide([ask(n, team(ANN, BOB)) for n in range(300)], NOW_MS, DAY)

    back = await desk.decide([ask(300 + n, team(ANN, BOB, EVE)) for n in range(40)], NOW_MS, DAY)

    assert 9 <= Counter(decision.owner for decision in back)["eve"] <= 11


async def test_a_repeat_gets_the_same_owner_and_costs_no_room(desk: Desk) -> None:
    [first] = await desk.decide([ask(1, team(ANN, BOB))], NOW_MS, DAY)
    repeats = await desk.decide([ask(1, team(BOB)), ask(1, team())], NOW_MS + 5, DAY)

    assert [first, first] == repeats
    assert {first.owner: 1} == await desk.load()


async def test_nobody_gets_more_than_there_is_room_for_and_the_rest_waits(desk: Desk) -> None:
    eve = Member("eve", 1, 8, None)
    decisions = await desk.decide([ask(n, team(eve)) for n in range(10)], NOW_MS, DAY)

    assert ["given"] * 8 + ["waiting"] * 2 == [decision.status for decision in decisions]
    assert {"h8", "h9"} == set(await desk.waiting())
    assert {"eve": 8} == await desk.load()


async def test_a_place_that_becomes_free_goes_to_one_who_waits_and_is_told_until_the_log_has_it(desk: Desk) -> None:
    eve = Member("eve", 1, 1, None)
    await desk.decide([ask(1, team(eve)), ask(2, team(eve))], NOW_MS, DAY)
    await desk.settle([Settled("h1", 2, "", 1)])
    await desk.settle([Settled("h1", 2, "", 1)])

    [released] = await desk.decide([ask(2, team(eve), "waiting")], NOW_MS + 9, DAY)
    [again] = await desk.decide([ask(2, team(eve), "waiting")], NOW_MS + 99, DAY)

    assert ("given", "eve", NOW_MS + 9) == (released.status, released.owner, released.at_ms)
    assert ("desk", released) == (released.waited, await desk.decision("h2"))
    assert released == again
    assert {"h2": b'{"n": 1}'} == await desk.untold()
    assert {} == await desk.waiting()
    assert {"eve": 1} == await desk.load()
    await desk.told(["h2"])
    assert {} == await desk.untold()


async def test_given_anew_it_never_returns_to_who_had_it(desk: Desk) -> None:
    people = team(ANN, BOB, EVE)
    [first] = await desk.decide([ask(1, people)], NOW_MS, DAY)
    [second] = await desk.decide([ask(1, people, "anew", 3)], NOW_MS, DAY)
    [repeat] = await desk.decide([ask(1, people, "anew", 3)], NOW_MS, DAY)
    [third] = await desk.decide([ask(1, people, "anew", 5)], NOW_MS, DAY)

    assert {"ann", "bob", "eve"} == {first.owner, second.owner, third.owner}
    assert second == repeat
    assert (1, 2) == (second.anew, third.anew)
    assert {first.owner: 0, second.owner: 0, third.owner: 1} == await desk.load()


async def test_a_day_has_so_many_leads_and_the_next_day_again(desk: Desk) -> None:
    ann = Member("ann", 1, None, 2)
    today = await desk.decide([ask(n, team(ann)) for n in range(3)], NOW_MS, DAY)
    [tomorrow] = await desk.decide([ask(9, team(ann))], NOW_MS, DAY + 1)

    assert ["given", "given", "waiting"] == [decision.status for decision in today]
    assert "given" == tomorrow.status


async def test_the_fewest_open_leads_come_first_where_the_team_shares_so(desk: Desk) -> None:
    people = team(ANN, BOB, share="fewest_open")
    await desk.settle([Settled("x1", 1, "ann", 0), Settled("x2", 1, "ann", 0)])

    owners = [decision.owner for decision in await desk.decide([ask(n, people) for n in range(3)], NOW_MS, DAY)]

    assert ["bob", "bob"] == owners[:2]


async def test_a_lead_taken_by_somebody_else_is_their_load_and_ends_once(desk: Desk) -> None:
    [given] = await desk.decide([ask(1, team(ANN))], NOW_MS, DAY)
    await desk.settle([Settled("h1", 3, "bob", 0)])
    await desk.settle([Settled("h1", 2, "eve", 0)])  # an older word that comes late

    assert ("ann", {"ann": 0, "bob": 1}) == (given.owner, await desk.load())

    await desk.settle([Settled("h1", 4, "", 1), Settled("h1", 4, "", 1), Settled("h1", 5, "eve", 0)])
    assert {"ann": 0, "bob": 0} == await desk.load()


async def test_a_queue_or_a_partner_is_given_without_anybodys_room(desk: Desk) -> None:
    options = (Option(rule="too small", kind="partner", target="incubator"),)
    [partner] = await desk.decide([ask(1, options)], NOW_MS, DAY)
    [nobody] = await desk.decide([ask(2, ())], NOW_MS, DAY)

    assert ("given", "partner", "incubator", "") == (partner.status, partner.kind, partner.target, partner.owner)
    assert ("given", "queue", "unrouted") == (nobody.status, nobody.kind, nobody.target)


async def test_a_lost_desk_decides_nothing(desk: Desk, redis: Redis) -> None:
    await redis.delete(desk.keys.whole)

    with pytest.raises(DeskLost):
        await desk.decide([ask(1, team(ANN))], NOW_MS, DAY)
    with pytest.raises(DeskLost):
        await desk.settle([Settled("h1", 1, "ann", 0)])


async def test_a_lead_back_in_the_queue_is_not_held_by_an_earlier_word_on_its_owner(desk: Desk) -> None:
    people = (msgspec.structs.replace(team(ANN)[0], everybody=("ann", "bob")),)
    await desk.decide([ask(1, people)], NOW_MS, DAY)
    [waits] = await desk.decide([ask(1, people, "anew", 3)], NOW_MS, DAY)
    await desk.settle([Settled("h1", 2, "ann", 0)])

    assert "waiting" == waits.status
    assert {"h1"} == set(await desk.waiting())
    assert {"ann": 0} == await desk.load()


async def test_an_owner_is_taken_from_words_that_give_one_alone() -> None:
    said = [ripe(type=kind, owner="ann", revision=4) for kind in HandoffType]

    assert {HandoffType.ASSIGNED, HandoffType.ACCEPTED} == {word.type for word in said if news(word).owner}


async def test_an_owner_keeps_a_lead_that_nobody_else_can_ever_take(desk: Desk) -> None:
    people = team(ANN, BOB)
    [first] = await desk.decide([ask(1, people)], NOW_MS, DAY)
    [second] = await desk.decide([ask(1, people, "anew", 3)], NOW_MS, DAY)
    [stays] = await desk.decide([ask(1, people, "anew", 5)], NOW_MS, DAY)
    [repeat] = await desk.decide([ask(1, people, "anew", 5)], NOW_MS, DAY)

    assert [("given", second.owner, 1, 1)] * 2 == [(d.status, d.owner, d.anew, d.kept) for d in (stays, repeat)]
    assert {first.owner: 0, second.owner: 1} == await desk.load()
    assert {} == await desk.waiting()


async def test_a_lead_waits_for_who_is_only_away(desk: Desk) -> None:
    alone = (msgspec.structs.replace(team(ANN)[0], everybody=("ann", "bob")),)
    await desk.decide([ask(1, alone)], NOW_MS, DAY)
    [waits] = await desk.decide([ask(1, alone, "anew", 3)], NOW_MS, DAY)

    assert ("waiting", "", 0) == (waits.status, waits.owner, waits.kept)
