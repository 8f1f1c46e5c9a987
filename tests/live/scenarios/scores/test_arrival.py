"""How messages arrive changes nothing: late, shuffled, twice, through any door and in any allowed form (M1)."""

import random
from datetime import datetime
from typing import Any

import pytest

from streams.topology import CRM_UPDATES, FACTS, LEAD_CARDS, LEAD_EVENTS, TOUCHES_EMAIL, TOUCHES_WEB
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]


def life(lead: Lead) -> list[dict[str, Any]]:
    """Six days of everything M1 counts."""
    kinds: list[tuple[str, float, dict[str, Any]]] = [
        *(("visit", 6.0 - n / 10, {}) for n in range(7)),
        *(("visit", 1.0 - n / 10, {}) for n in range(6)),
        *(("page_view", 5.0 - n / 2, {"page": "/pricing"}) for n in range(8)),
        *(("page_view", 3.0 - n / 20, {"page": f"/blog/{n}"}) for n in range(9)),
        *(("video_view", 4.0 - n, {"props": {"video": f"v{n % 2}"}}) for n in range(4)),
        ("demo_request", 2.5, {"source": "google"}),
        ("unsubscribe", 0.2, {}),
    ]
    return [lead.touch(kind, before(lead.at, days=age), **more) for kind, age, more in kinds]


def told(card: dict[str, Any]) -> dict[str, Any]:
    """What a card says of the person, without what the way of arrival names."""
    kept = {k: v for k, v in card.items() if k not in ("lead_id", "ids", "handoff_id", "sources")}
    return kept | {"touches": [{k: v for k, v in one.items() if k != "touch_id"} for one in card["touches"]]}


async def test_late_and_shuffled_touches_come_to_the_same_card(crew: Crew, now: datetime) -> None:
    cards = []
    for name in ("in order", "shuffled-1", "shuffled-2", "backwards"):
        lead = Lead(crew, name, now)
        touches = sorted(life(lead), key=lambda one: str(one["at"]))
        if name == "backwards":
            touches.reverse()
        elif name.startswith("shuffled"):
            random.Random(name).shuffle(touches)
        await lead.does(*touches)
        cards.append(told(await lead.read_at(now)))
        assert cards[-1]["engagement"] == pytest.approx(sum(lead.lines.values()), abs=1e-6)
        assert cards[-1]["engagement"] == pytest.approx(sum(e["delta"] for e in lead.ledger()), abs=1e-6)

    assert cards[0]["velocity"]["bursts"] == ["visit-burst"]
    assert [cards[0]] * 3 == cards[1:]


async def test_facts_settle_by_trust_and_time_whatever_order_they_come_in(crew: Crew, now: datetime) -> None:
    words = [("form", 0, 40), ("sales", -60, 8), ("enrichment", 30, 500), ("form", -30, 12)]
    fits = []
    for name, order in (("facts-1", words), ("facts-2", words[::-1]), ("facts-3", [*words[2:], *words[:2]])):
        lead = Lead(crew, name, now)
        for by, seconds, headcount in order:
            await lead.learns(by=by, at=after(now, seconds=seconds), headcount=headcount)
        fits.append((lead.card["fit"], lead.card["completeness"]))

    assert [(0.0, 20.0)] * 3 == fits, "sales says 8, and sales is trusted most"


async def test_a_touch_sent_again_counts_once(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "again", now)
    touch = lead.touch("presentation_request")

    await crew.say(TOUCHES_WEB, [touch, touch], key="one")
    await crew.say(TOUCHES_WEB, [touch], key="another partition, maybe")
    await crew.say(TOUCHES_EMAIL, [touch], key="another door")

    assert (5.0, 1) == (lead.card["engagement"], lead.card["inquiries"])
    assert 1 == len(lead.ledger())


async def test_a_fact_and_a_report_sent_again_count_once(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "again-2", now)
    fact = {
        "fact_id": "f-again",
        "at": now.isoformat(),
        "who": lead.who,
        "by": "form",
        "name": "headcount",
        "value": 40,
    }
    report = {"update_id": "u-again", "at": now.isoformat(), "who": lead.who, "kind": "attempt", "channel": "call"}

    for key in ("one", "two"):
        await crew.say(FACTS, [fact, fact], key=key)
        await crew.say(CRM_UPDATES, [report, report], key=key)

    assert (20.0, 1) == (lead.card["fit"], lead.card["attempts"])
    assert [20.0, 20.0] == [entry["delta"] for entry in lead.ledger()], "fit and completeness, once each"


async def test_cloudevents_headers_fill_what_the_body_lacks(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "cloud", now)
    headers = [
        ("ce_specversion", b"1.0"), ("ce_id", b"ce-1"), ("ce_type", b"presentation_request"), ("ce_source", b"/site"),
        ("ce_time", now.isoformat().encode()),
    ]  # fmt: skip

    await crew.say(TOUCHES_WEB, [{"who": lead.who}], headers)
    await crew.say(TOUCHES_WEB, [{"who": lead.who, "touch_id": "own", "kind": "unsubscribe"}], headers)

    assert {"presentation": 5.0, "left-us": -5.0} == lead.lines
    assert ["ce-1", "own"] == [entry["touches"][0]["touch_id"] for entry in lead.ledger()]
    assert int(now.timestamp() * 1000) == lead.card["as_of_ms"]


async def test_time_may_be_milliseconds_or_have_any_offset(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "times", now)
    ms = round(now.timestamp() * 1000)
    utc = now.strftime("%Y-%m-%dT%H:%M:%S")
    plain = {"kind": "presentation_request", "who": lead.who}

    await crew.say(
        TOUCHES_WEB,
        [
            {"touch_id": "t1", "at": ms, **plain},
            {"touch_id": "t2", "at": f"{utc}.{ms % 1000:03d}Z", **plain},
            {"touch_id": "t3", "at": f"{utc}.{ms % 1000:03d}999+00:00", **plain},
        ],
    )

    assert (15.0, ms) == (lead.card["engagement"], lead.card["as_of_ms"])
    assert {lead.card["as_of"]} == {entry["at"] for entry in lead.ledger()}


async def test_fields_nobody_declared_are_harmless(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "extra", now)

    await lead.does(
        lead.touch("presentation_request", colour="red", nested={"a": [1, {"b": None}]}, page="/x",
                   props={"odd": {"deep": [1]}, "video": ["not", "one"], "plan": "pro"}, cost=1.5, medium="cpc")
    )  # fmt: skip

    assert 5.0 == lead.card["engagement"]
    (event,) = crew.values(LEAD_EVENTS, lead.card["lead_id"])
    assert {"plan": "pro"} == event["props"]
    assert {"colour", "nested"}.isdisjoint(event)


async def test_several_identities_in_any_order_are_one_lead(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "several", now)
    known = {"crm:check": "several", "email": "several@firm.example", "anonymous": "a-several", "phone": "+77015550199"}
    ways = [known, dict(reversed(known.items())), {"anonymous": "a-several"}, {"email": " Several@Firm.Example "},
            {"phone": "8 (701) 555-01-99"}, {"crm:check": "several", "anonymous": ""}]  # fmt: skip

    for who in ways:
        await lead.does(lead.touch("presentation_request") | {"who": who})

    assert (30.0, 6) == (lead.card["engagement"], lead.card["inquiries"])
    everywhere = [card for card in crew.values(LEAD_CARDS) if card["lead_id"] == lead.card["lead_id"]]
    assert 6 == len(everywhere)
    assert {"crm:check": "several"} == lead.card["ids"]
    assert lead.card["lead_id"] == (await by_lead_id(lead, now))["lead_id"]


async def by_lead_id(lead: Lead, now: datetime) -> dict[str, Any]:
    await lead.does(lead.touch("note") | {"who": {"lead": lead.card["lead_id"]}})
    assert 7 == lead.card["inquiries"]
    return lead.card


async def test_attempts_are_ours_and_score_nothing(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "attempts", now)

    await lead.does(lead.touch("presentation_request", direction="out", channel="call", props={"answered": False}))
    await lead.reported("attempt", channel="messenger", answered=False)

    assert (2, 0.0, 0) == (lead.card["attempts"], lead.card["engagement"], lead.card["inquiries"])
    assert [] == lead.ledger()


async def test_a_backfill_scores_and_starts_no_clock(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "history", now)
    await lead.learns(headcount=40)

    await lead.does(*(lead.touch("presentation_request", history=True) for _ in range(9)))
    assert (45.0, []) == (lead.card["engagement"], lead.types)


async def test_facts_come_one_by_name_or_several_at_once(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "facts-forms", now)

    await lead.learns(headcount=40)
    await lead.learns(city="ALMATY", job_title="Marketing director", district="north")

    fit = {line["rule"]: line["points"] for line in lead.card["fit_breakdown"]}
    assert {"big-enough": 20.0, "big-city": 10.0, "decides": 10.0, "not-our-area": -20.0} == fit
    assert 20.0 == lead.card["fit"]
