"""What people say of a lead: not for sales, and why; a level of their own, until when (the whole example model)."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from streams.topology import CRM_UPDATES, DEAD_LETTERS
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before
from tests.live.scenarios.levels.test_levels import FIT50, reasons

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

CAUSES = ("accidental", "no_need", "cannot_afford")


@pytest.mark.parametrize("cause", CAUSES)
async def test_s21_an_unqualified_lead_is_suppressed_once_per_crossing(
    full_crew: Crew, now: datetime, cause: str
) -> None:
    lead = Lead(full_crew, f"S21-{cause}", now)
    early = before(now, hours=4)
    counted = await full_crew.metric("score", "touchline_handoffs_suppressed_total", reason="unqualified")
    await lead.learns(at=early, **FIT50)
    await lead.reported("unqualified", early, cause=cause, by="ann")

    await lead.does(*(lead.touch("demo_request", early) for _ in range(3)))
    assert (90.0, 50.0, ["unqualified"]) == (lead.card["engagement"], lead.card["fit"], lead.card["gates"])
    await lead.does(*["unsubscribe"] * 17)
    assert (True, []) == (lead.card["engagement"] < 5, lead.card["gates"])
    await lead.does("demo_request", "demo_request")
    assert ["unqualified"] == lead.card["gates"]

    assert [] == lead.types
    assert 2 == await full_crew.metric("score", "touchline_handoffs_suppressed_total", reason="unqualified") - counted


@pytest.mark.parametrize("kind", ["unqualified", "reviewed"])
async def test_s21_a_cause_nobody_knows_is_set_aside_with_those_we_know(
    full_crew: Crew, now: datetime, kind: str
) -> None:
    lead = Lead(full_crew, f"S21-unknown-{kind}", now)
    said: dict[str, Any] = {"update_id": f"S21-{kind}", "at": now.isoformat(), "who": lead.who, "kind": kind}

    await full_crew.say(CRM_UPDATES, [said | {"cause": "bored"}])

    letter = full_crew.heard[DEAD_LETTERS.name][-1]
    headers = {name: raw.decode() for name, raw in letter.headers}
    assert said | {"cause": "bored"} == msgspec.json.decode(letter.value)
    assert "wrong_shape" == headers["__touchline.errors.reason"]
    assert all(cause in headers["__touchline.errors.detail"] for cause in CAUSES)


async def test_a_review_that_clears_a_ripe_lead_hands_it_off(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "reviewed", now)
    await lead.learns(**FIT50)
    await lead.reported("unqualified", cause="no_need", by="ann")
    await lead.does("demo_request", "demo_request")
    assert [] == lead.types

    await lead.reported("reviewed", after(now, seconds=1), by="bob")

    assert (["requested"], []) == (lead.types, lead.card["gates"])


async def test_an_earlier_word_that_comes_late_outranks_no_later_one(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "late-words", now)
    await lead.learns(**FIT50)
    await lead.reported("reviewed", by="bob")
    await lead.reported("unqualified", before(now, hours=1), cause="no_need", by="ann")
    await lead.reported("override", level="SQL", by="bob")
    await lead.reported("override", before(now, hours=1), level="MQL", by="ann")
    await lead.reported("lost", cause="too_expensive")
    await lead.reported("stage", before(now, hours=1), stage="negotiation")

    await lead.does("demo_request", "demo_request")

    assert ("SQL", ["requested"]) == (lead.card["level"], lead.types)


async def test_a_persons_word_outranks_the_rules_until_it_ends_or_is_taken_back(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "override", before(now, days=3))
    await lead.does("invoice_request")
    await lead.reported("override", level="MQL", by="ann", until=before(now, days=1).isoformat())
    assert "MQL" == lead.card["level"]

    assert "SQL" == (await lead.read_at(before(now, days=1)))["level"]
    await lead.reported("override", before(now, hours=2), level="MQL", by="ann")
    assert "MQL" == lead.card["level"]
    await lead.reported("override_released", before(now, hours=1), by="ann")

    assert [("", "SQL"), *[("SQL", "MQL"), ("MQL", "SQL")] * 2] == lead.levels
    assert ["said by ann", "said by ann"] == [why for why in reasons(lead) if "said by" in why]
