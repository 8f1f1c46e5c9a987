"""Consent over real workers: what is scored, who is handed off, what a seller is told of channels (M1t)."""

from datetime import datetime

import pytest

from streams.topology import LEAD_EVENTS, TOUCHES_EMAIL
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]


async def ripe(crew: Crew, name: str, now: datetime) -> Lead:
    lead = Lead(crew, name, now)
    await lead.learns(headcount=40, at=before(now, hours=3))
    await lead.does(*(lead.touch("demo_request", before(now, hours=2)) for _ in range(2)))
    assert ["requested"] == lead.types
    return lead


async def test_s52_what_was_done_without_consent_never_scores_and_no_handoff_leaves(
    patient_crew: Crew, now: datetime
) -> None:
    lead = Lead(patient_crew, "S52", now)
    refused = await patient_crew.metric("score", "touchline_touches_processed_total", outcome="no_consent")
    await lead.learns(headcount=40, at=before(now, hours=3))
    await lead.does(lead.touch("demo_request", before(now, hours=2)))
    await lead.reported("consent", before(now, hours=1), purpose="scoring", given=False)

    await lead.does(lead.touch("demo_request", before(now, minutes=30)))
    assert 1 == lead.card["inquiries"]
    await lead.does(lead.touch("demo_request", before(now, hours=2)))
    assert (2, []) == (lead.card["inquiries"], lead.types)
    assert pytest.approx(60, abs=1) == lead.card["engagement"]

    told = await patient_crew.metric("score", "touchline_touches_processed_total", outcome="no_consent") - refused
    assert (1, 3) == (told, len([e for e in patient_crew.values(LEAD_EVENTS, lead.card["lead_id"])
                                 if e["type"] == "touch"]))  # fmt: skip

    await lead.reported("consent", before(now, minutes=10), purpose="scoring", given=True)
    await lead.does(lead.touch("presentation_request", before(now, minutes=40)))

    assert (2, ["requested"]) == (lead.card["inquiries"], [t for t in lead.types if t != "updated"])


async def test_a_waiting_handoff_is_withdrawn_when_contact_is_refused(patient_crew: Crew, now: datetime) -> None:
    lead = await ripe(patient_crew, "no-contact", now)

    await lead.reported("consent", before(now, hours=1), purpose="contact", given=False)

    assert ["requested", "withdrawn"] == lead.types
    data = lead.handoffs[-1]["data"]
    assert ("consent", {"contact": False}, 2) == (data["reason"], data["consent"], data["revision"])
    assert lead.handoffs[0]["data"]["handoff_id"] == data["handoff_id"]
    assert ["nurture_entered", "nurture_left"] == [task["kind"] for task in lead.tasks]


async def test_an_unsubscribe_on_e_mail_closes_that_channel_at_once_and_the_seller_is_told(
    patient_crew: Crew, now: datetime
) -> None:
    lead = await ripe(patient_crew, "unsubscribed", now)
    await lead.reported("accepted", before(now, hours=1), by="ann")

    await lead.does(lead.touch("unsubscribe", before(now, minutes=1)), topic=TOUCHES_EMAIL)

    assert ["requested", "accepted", "updated"] == lead.types
    data = lead.handoffs[-1]["data"]
    assert ({"contact:email": False}, "ann") == (data["consent"], data["owner"])
    assert data["why"].startswith("Consent: contact:email refused")

    await lead.reported("consent", now, purpose="email", given=True)
    assert {"contact:email": True} == lead.handoffs[-1]["data"]["consent"]


async def test_who_unsubscribed_is_still_handed_off_with_the_channel_shut(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "unsubscribed-before", now)
    await lead.learns(headcount=40, at=before(now, hours=3))
    await lead.does(lead.touch("unsubscribe", before(now, hours=3)), topic=TOUCHES_EMAIL)
    await lead.does(*(lead.touch("demo_request", before(now, hours=2)) for _ in range(2)))

    assert ["requested"] == lead.types
    assert {"contact:email": False} == lead.handoffs[0]["data"]["consent"]
    await lead.read_at(after(now, minutes=1))
    assert ["not ripe: keep warm", "handed off"] == [task["note"] for task in lead.tasks]
