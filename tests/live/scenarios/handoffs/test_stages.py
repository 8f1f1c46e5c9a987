"""Stages over Kafka: a lead that sales hands back is kept warm (S32), and what may not follow is a dead letter."""

from datetime import datetime

import pytest

from streams.topology import DEAD_LETTERS, LEAD_STAGES
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]


async def test_s32_a_returned_lead_is_nurtured_and_left_alone_for_two_weeks(patient_crew: Crew, now: datetime) -> None:
    ripe_at = before(now, days=14)
    lead = Lead(patient_crew, "S32", ripe_at)
    await lead.learns(headcount=40)
    await lead.does("demo_request", "demo_request")
    handoff_id = lead.handoffs[0]["data"]["handoff_id"]
    await lead.reported(
        "returned", after(ripe_at, minutes=1), handoff_id=handoff_id, by="ann", reason="no_budget", sequence=1
    )
    await lead.does(*(lead.touch("demo_request", after(ripe_at, days=13, minutes=n)) for n in range(3)))

    moves = [one for one in patient_crew.values(LEAD_STAGES, lead.card["lead_id"]) if one["dimension"] == "stage"]
    assert [("open", "returned"), ("returned", "nurture")] == [(one["from"], one["to"]) for one in moves]
    assert [("ann", "returned by ann, no_budget")] * 2 == [(one["by"], one["why"]) for one in moves]
    assert [60.0, 0.0] == [one["seconds_in_from"] for one in moves]
    assert ("nurture", True) == (lead.card["stage"], lead.card["engagement"] >= 80)
    assert ["requested", "returned"] == [kind for kind in lead.types if kind != "updated"]
    assert ["open", "nurture"] == [
        one["data"]["stage"] for one in lead.handoffs if not one["type"].startswith("io.touchline.handoff.updated")
    ]


async def test_a_stage_that_may_not_follow_is_a_dead_letter_that_names_those_that_may(
    patient_crew: Crew, now: datetime
) -> None:
    lead = Lead(patient_crew, "stages", now)
    await lead.does("visit")
    known = len(patient_crew.heard[DEAD_LETTERS.name])
    await lead.reported("won", after(now, seconds=1))
    await lead.reported("stage", after(now, seconds=2), stage="qualified")
    await lead.reported("stage", after(now, seconds=3), stage="negotiaton")

    letters = [dict(one.headers) for one in patient_crew.heard[DEAD_LETTERS.name][known:]]
    assert [b"impossible"] * 2 == [one["__touchline.errors.reason"] for one in letters]
    told = [one["__touchline.errors.detail"].decode() for one in letters]
    may = "from customer may follow negotiation, inactive, unqualified"
    assert f"stage: qualified may not follow customer; {may}" == told[0]
    assert told[1].endswith(f"knows no stage of this name; did you mean negotiation? {may}")
    assert "customer" == lead.card["stage"]
