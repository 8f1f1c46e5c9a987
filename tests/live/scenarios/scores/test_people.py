"""Who is it, over real workers: one person on four channels is one lead, two people on one phone are two (M1)."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from agents.people.identity_graph import IdentityGraph
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from streams.topology import (
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_NEWS,
    TOUCHES_CALL,
    TOUCHES_EMAIL,
    TOUCHES_MESSENGER,
    TOUCHES_WEB,
    Topic,
)
from tests.live.kafka import until
from tests.live.scenarios.crew import Crew

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

REFUSED, SHARED = "touchline_identity_merges_refused_total", "touchline_identities_shared_total"


async def does(
    crew: Crew, at: datetime, who: dict[str, str], kind: str, topic: Topic = TOUCHES_WEB, **more: Any
) -> str:
    """One touch, judged when this returns; the lead on whose log it is."""
    said = {"touch_id": str(uuid4()), "kind": kind, "at": at.isoformat(), "who": who, "source": topic.name, **more}
    await crew.say(topic, [said])
    return next(
        record.key.decode()
        for record in crew.heard[LEAD_EVENTS.name]
        if record.key[:1] != b"\0" and msgspec.json.decode(record.value).get("id") == said["touch_id"]
    )


def live_cards(crew: Crew) -> dict[str, dict[str, Any] | None]:
    """By lead: what its card says; None: a tombstone."""
    return {r.key.decode(): msgspec.json.decode(r.value) if r.value else None for r in crew.heard[LEAD_CARDS.name]}


async def identities(crew: Crew, lead: str) -> list[str]:
    """Namespaces of the identities that a person is known by."""
    redis = connect(crew.settings, patient=False)
    graph = IdentityGraph(redis, RedisKeys(crew.settings.prefix))
    leads = [lead, *await graph.losers_of(lead)]
    found = [key.partition(":")[0] for one in leads for key in await graph.identities_of(one)]
    await redis.aclose()
    return sorted(found)


async def test_s24_a_visitor_who_shows_who_she_is_over_four_channels_is_one_lead(crew: Crew, now: datetime) -> None:
    visitor, mail, number = {"anonymous": "s24-a1"}, {"email": "s24@firm.example"}, "+77015552401"
    for _ in range(2):
        await does(crew, now, visitor, "page_view", page="/pricing")
    await does(crew, now, visitor | mail, "form_submit")
    first = await does(crew, now, mail, "email_click", TOUCHES_EMAIL)
    other = await does(crew, now, {"whatsapp": number, "phone": number}, "message", TOUCHES_MESSENGER)
    assert first != other

    await does(crew, now, mail | {"phone": number}, "call", TOUCHES_CALL, props={"answered": True})

    survivor, loser = min(first, other), max(first, other)

    async def one_card() -> bool:
        cards = live_cards(crew)
        return cards.get(loser, "none") is None and (cards[survivor] or {}).get("inquiries") == 6

    await until(one_card, f"{loser} to be merged into {survivor}")
    card = live_cards(crew)[survivor]
    assert card is not None
    assert (8.0, [f"touches.{name}" for name in ("call", "email", "messenger", "web")]) == (
        card["engagement"], sorted(card["sources"]),
    )  # fmt: skip
    assert ["anonymous", "email", "phone", "whatsapp"] == await identities(crew, survivor)

    async def told() -> bool:
        news = await crew.kafka.read_all(LEAD_NEWS)
        return [[loser]] == [msgspec.json.decode(r.value)["retired"] for r in news if r.key == survivor.encode()]

    await until(told, "the merge on lead.news")


async def test_s24_what_comes_for_the_lead_merged_away_counts_with_the_survivor(crew: Crew, now: datetime) -> None:
    visitor, mail = {"anonymous": "s24-b"}, {"email": "s24b@firm.example"}
    leads = [await does(crew, now, who, "presentation_request") for who in (visitor, mail)]
    await does(crew, now, visitor | mail, "presentation_request")
    for who in (visitor, mail):
        await does(crew, now, who, "presentation_request")

    async def together() -> bool:
        card = live_cards(crew)[min(leads)]
        return card is not None and (card["engagement"], card["inquiries"]) == (25.0, 5)

    await until(together, "five presentations on one card")


async def test_s28_two_people_on_the_phone_of_an_office_are_two_and_the_phone_becomes_nobodys(
    crew: Crew, now: datetime
) -> None:
    phone, refused = {"phone": "+77272552801"}, await crew.metric("identify", REFUSED, reason="strong_differ")
    shared = await crew.metric("identify", SHARED)
    leads = [await does(crew, now, {"crm:office": f"s28-{n}"} | phone, "presentation_request") for n in range(2)]

    assert 2 == len(set(leads))
    assert refused < await crew.metric("identify", REFUSED, reason="strong_differ")
    assert [5.0, 5.0] == [card["engagement"] for lead in leads if (card := live_cards(crew)[lead])]

    more = [await does(crew, now, {"crm:office": f"s28-{n}"} | phone, "presentation_request") for n in range(2, 9)]
    assert 9 == len({*leads, *more})
    assert 1 == await crew.metric("identify", SHARED) - shared
    for n, lead in enumerate([*leads, *more]):
        again = await does(crew, now, {"crm:office": f"s28-{n}"} | phone, "note")
        assert lead == again
    assert [lead for lead in {*leads, *more} if live_cards(crew)[lead] is None] == []
