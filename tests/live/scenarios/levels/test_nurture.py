"""Who is not ripe is kept warm; who is in a deal is left alone (the whole example model)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from streams.topology import LEAD_TASKS
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

SCHEMA = Path(__file__).parents[4] / "schemas" / "json" / "lead.tasks.json"


def kinds(lead: Lead) -> list[str]:
    """Of all its tasks, in order."""
    return [task["kind"] for task in lead.tasks]


async def handed_off(crew: Crew, name: str, at: datetime) -> tuple[Lead, dict[str, Any]]:
    """A lead with an open handoff, and what a report about that says."""
    lead = Lead(crew, name, at)
    await lead.learns(headcount=40)
    await lead.does("demo_request", "demo_request")
    return lead, {"handoff_id": lead.handoffs[0]["data"]["handoff_id"], "by": "ann"}


async def test_s22_one_task_when_a_lead_is_to_be_kept_warm_and_one_when_it_is_handed_off(
    full_crew: Crew, now: datetime
) -> None:
    lead = Lead(full_crew, "S22", now)
    await lead.learns(headcount=600)

    await lead.does("presentation_request")
    await lead.does(*(lead.touch("page_view", page=f"/blog/{n}") for n in range(5)))
    assert ["nurture_entered"] == kinds(lead)
    assert ("large", "marketing") == (lead.tasks[0]["segment"], lead.tasks[0]["role"])
    await lead.does("demo_request", "demo_request", "demo_request")

    assert ["requested"] == [kind for kind in lead.types if kind != "updated"]
    assert ["nurture_entered", "nurture_left"] == kinds(lead)
    assert ("large", "MQL") == (lead.tasks[1]["segment"], lead.tasks[1]["level"])


async def test_s22_a_deal_stops_mail_and_ads_until_it_closes(full_crew: Crew, now: datetime) -> None:
    lead, about = await handed_off(full_crew, "S22-deal", now)
    await lead.reported("accepted", **about)

    await lead.reported("stage", after(now, seconds=1), stage="negotiation", **about)
    await lead.reported("stage", after(now, seconds=2), stage="Negotiation", **about)
    await lead.does("visit", "demo_request")
    assert ["nurture_entered", "nurture_left", "suppress"] == kinds(lead)
    assert "in a deal: no mail, no ads" == lead.tasks[2]["note"]
    await lead.reported("won", after(now, seconds=3), amount=1e6, currency="KZT", **about)

    assert 1 == kinds(lead).count("unsuppress")
    assert ["requested", "accepted", "closed"] == [kind for kind in lead.types if kind != "updated"]


async def test_a_lead_in_a_deal_is_not_handed_off_and_is_when_the_deal_is_lost(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S22-never", now)
    await lead.learns(headcount=40)
    await lead.reported("stage", stage="negotiation", by="ann")

    await lead.does("demo_request", "demo_request")
    assert ([], ["deal"]) == (lead.types, lead.card["gates"])
    assert ["nurture_entered", "nurture_left", "suppress"] == kinds(lead)
    await lead.reported("lost", after(now, seconds=1), cause="too_expensive", by="ann")

    assert ["requested"] == lead.types
    assert 1 == kinds(lead).count("unsuppress")


async def test_who_is_returned_is_kept_warm_again(full_crew: Crew, now: datetime) -> None:
    lead, about = await handed_off(full_crew, "S22-returned", now)

    await lead.reported("returned", reason="no_budget", **about)
    await lead.does("demo_request", "visit")

    assert ["nurture_entered", "nurture_left", "nurture_entered"] == kinds(lead)
    assert ["requested", "returned"] == [kind for kind in lead.types if kind != "updated"]


async def test_who_is_unqualified_is_not_kept_warm_and_is_after_a_review(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S22-unqualified", now)
    await lead.does("visit")

    await lead.reported("unqualified", cause="accidental", by="ann")
    await lead.does("visit")
    assert ["nurture_entered", "nurture_left"] == kinds(lead)
    assert "accidental" in lead.tasks[1]["note"]
    await lead.reported("reviewed", after(now, seconds=1), by="bob")

    assert ["nurture_entered", "nurture_left", "nurture_entered"] == kinds(lead)


async def test_who_is_ripe_by_the_first_message_was_never_kept_warm(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S22-at-once", now)

    await lead.does("invoice_request")

    assert (["requested"], []) == (lead.types, kinds(lead))


async def test_every_task_has_the_shape_its_schema_publishes_and_an_id_of_its_own(full_crew: Crew) -> None:
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_bytes()), validate_formats=True)
    tasks = full_crew.values(LEAD_TASKS)

    assert tasks
    assert [] == [error.message for task in tasks for error in validator.iter_errors(task)]
    assert len(tasks) == len({task["task_id"] for task in tasks})
