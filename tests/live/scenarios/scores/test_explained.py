"""Why a score is what it is: read back from the log, at any moment (S46)."""

from datetime import datetime
from typing import Any

import pytest

from streams.topology import LEAD_EVENTS
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, Said, after, before
from tests.live.touchline import Ended, touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]


async def explained(crew: Crew, lead: Lead, *more: str) -> Ended:
    return await touchline(crew.settings, "lead", "explain", lead.card["lead_id"], *more)


def shown(card: Said) -> Said:
    """A card without what a later word of `route` adds under the same moment."""
    return {name: value for name, value in card.items() if name != "owner"}


async def test_s46_any_past_card_is_explained_from_the_log_to_the_touches_behind_it(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S46", now)
    told = [
        lead.touch("page_view", before(now, days=9), page="https://x.kz/pricing"),
        lead.touch("video_view", before(now, days=2), props={"video": "v1"}),
        lead.touch("video_view", before(now, days=1), props={"video": "v1"}),
    ]
    published: dict[int, Said] = {}
    for touch in told:
        await lead.does(touch)
        published[lead.card["as_of_ms"]] = lead.card
    await lead.learns(headcount=40, city="Almaty", at=before(now, hours=2))
    published[lead.card["as_of_ms"]] = lead.card
    await lead.does(lead.touch("demo_request", before(now, hours=1)))
    await lead.does(lead.touch("demo_request", now))
    published[lead.card["as_of_ms"]] = lead.card

    for as_of_ms, card in published.items():
        found: dict[str, Any] = (await explained(crew, lead, "--at", str(as_of_ms), "--json")).json()
        assert shown(card) == shown(found["card"])
        lines = [r["left"] for r in found["rules"]] + [c["cut"] for c in found["limits"]]
        assert pytest.approx(card["engagement"], abs=1e-9) == sum([*lines, *(b["points"] for b in found["bursts"])])
        assert card["model"] == found["model"]

    behind = {rule["rule"]: [t["touch_id"] for t in rule["touches"]] for rule in found["rules"]}
    assert [told[0]["touch_id"]] == behind["saw-prices"]
    assert [told[2]["touch_id"], told[1]["touch_id"]] == behind["watched-video"]
    places = {(t["topic"], t["partition"], t["offset"]) for rule in found["rules"] for t in rule["touches"]}
    assert places <= {tuple(e["origin"][:3]) for e in crew.values(LEAD_EVENTS, lead.card["lead_id"]) if "origin" in e}
    assert lead.handoffs[0]["data"]["handoff_id"] == found["handoff"]["handoff_id"]
    assert lead.handoffs[-1]["data"]["why"] == found["handoff"]["why"]


async def test_s46_people_read_the_lines_the_touches_and_what_would_change_it(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S46-people", now)
    await lead.learns(headcount=40, by="sales", at=before(now, minutes=2))
    await lead.does(lead.touch("demo_request", before(now, days=14)))

    ended = await explained(crew, lead, "--at", after(now, seconds=0).isoformat())
    words = [line.split() for line in ended.out.splitlines()]

    assert (0, "") == (ended.code, ended.err)
    assert ["=", "engagement", "15"] in words
    assert "asked-demo 1 × 30 = 30 -15 +15 half after 14 days; group buying" in [" ".join(line) for line in words]
    assert "one more demo_request (asked-demo): +30 engagement -> 45, over the hand-off line of 40, hot" in ended.out
    assert "headcount 40, by sales" in ended.out


async def test_a_lead_nobody_heard_of_by_then_is_a_problem_in_one_sentence(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S46-nobody", now)
    await lead.does("demo_request")

    early = await explained(crew, lead, "--at", "2020-01-01T00:00Z")

    assert (1, "") == (early.code, early.out)
    assert f"lead {lead.card['lead_id']} has no event on" in early.err
