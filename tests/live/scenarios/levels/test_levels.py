"""Levels and fast paths, bursts and labels (the whole example model)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.settings import Settings
from streams.topology import LEAD_EVENTS, LEAD_PROFILES, LEAD_STAGES
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

FIT50: dict[str, Any] = {"headcount": 40, "turnover_usd": 500_000, "founded": "2019-01-01"}


def reasons(lead: Lead) -> list[str]:
    """Why each change of its level came."""
    told = lead.crew.values(LEAD_STAGES, lead.card["lead_id"])
    return [change["why"] for change in told if change["dimension"] == "level"]


def trigger(lead: Lead) -> tuple[str, str]:
    """Kind and rule of its first handoff's trigger."""
    told = lead.handoffs[0]["data"]["trigger"]
    return told["kind"], told["rule"]


async def test_s18_over_both_lines_is_mql_and_checkout_makes_it_sql(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S18", now)
    await lead.learns(headcount=40)

    await lead.does(*["presentation_request"] * 3)
    assert ("MQL", 15.0, 20.0, []) == (lead.card["level"], lead.card["engagement"], lead.card["fit"], lead.types)
    await lead.does("checkout_start")

    assert ("SQL", [("", "MQL"), ("MQL", "SQL")]) == (lead.card["level"], lead.levels)
    assert "did checkout_start" == reasons(lead)[-1]
    assert (["requested"], ("fast_path", "SQL at once")) == (lead.types, trigger(lead))
    assert lead.handoffs[0]["data"]["why"].startswith("SQL at once: did checkout_start")
    assert "SQL" == lead.handoffs[0]["data"]["level"]


async def test_s18_who_began_a_checkout_is_never_an_mql(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S18-first", now)
    await lead.learns(headcount=40)

    await lead.does("checkout_start", *["presentation_request"] * 3)

    assert [("", "SQL")] == lead.levels


async def test_s19_a_purchase_in_thirteen_days_is_sql_at_once(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S19-13d", now)

    await lead.learns(purchase_by=after(now, days=13).isoformat())

    assert ("SQL", 0.0, 0.0) == (lead.card["level"], lead.card["engagement"], lead.card["fit"])
    assert ([("", "SQL")], ["requested"]) == (lead.levels, lead.types)
    assert ("fast_path", "SQL at once") == trigger(lead)
    assert lead.handoffs[0]["data"]["why"].startswith("SQL at once: purchase_by within 14 days")


@pytest.mark.parametrize("days", [15, -1])
async def test_s19_a_purchase_in_fifteen_days_or_in_the_past_is_nothing(
    full_crew: Crew, now: datetime, days: int
) -> None:
    lead = Lead(full_crew, f"S19-{days}d", now)

    await lead.learns(purchase_by=after(now, days=days).isoformat())

    assert (None, [], []) == (lead.card["level"], lead.levels, lead.types)


async def test_an_invoice_asked_for_in_the_first_touch_is_sql_past_all_lines(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "invoice", now)

    await lead.does("invoice_request")
    await lead.does("invoice_request", "checkout_start", "visit")

    assert ("SQL", 0.0, 0.0) == (lead.card["level"], lead.card["engagement"], lead.card["fit"])
    assert (["requested"], [("", "SQL")], ("fast_path", "SQL at once")) == (lead.types, lead.levels, trigger(lead))


async def test_a_fast_path_does_not_pass_a_primary_criterion_known_to_fail(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "invoice-small", now)
    counted = await full_crew.metric("score", "touchline_handoffs_suppressed_total", reason="fit")
    await lead.learns(headcount=8)

    await lead.does("invoice_request", "invoice_request")

    assert ([], ["fit"]) == (lead.types, lead.card["gates"])
    assert 1 == await full_crew.metric("score", "touchline_handoffs_suppressed_total", reason="fit") - counted


async def test_sql_asks_for_every_primary_criterion_and_three_facts_of_four(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "SQL", now)
    await lead.learns(**FIT50, budget_ok=True, job_title="CEO")

    await lead.does("demo_request", "demo_request")
    assert ("MQL", {"BANT": "2 of 4"}) == (lead.card["level"], lead.card["frameworks"])
    await lead.learns(specification="none", by="sales")

    assert ("SQL", {"BANT": "3 of 4"}) == (lead.card["level"], lead.card["frameworks"])
    assert ["requested"] == [kind for kind in lead.types if kind != "updated"]


async def test_sal_means_accepted_here(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "SAL", now)
    await lead.learns(headcount=40)
    await lead.does("demo_request", "demo_request")
    handoff_id = lead.handoffs[0]["data"]["handoff_id"]

    await lead.reported("accepted", handoff_id=handoff_id, by="ann")
    assert "SAL" == lead.card["level"]
    await lead.reported("returned", handoff_id=handoff_id, by="ann", reason="no_budget")

    assert [("", "MQL"), ("MQL", "SAL"), ("SAL", "MQL")] == lead.levels


async def test_what_is_backfilled_scores_and_hands_nobody_off_until_something_new(
    full_crew: Crew, now: datetime
) -> None:
    lead = Lead(full_crew, "backfilled", now)
    await lead.learns(headcount=40)

    await lead.does(
        lead.touch("page_view", before(now, days=6), page="/pricing", history=True),
        lead.touch("demo_request", before(now, days=2), history=True),
        lead.touch("demo_request", before(now, days=1), history=True),
    )
    assert (True, "MQL", []) == (lead.card["engagement"] > 40, lead.card["level"], lead.types)
    await lead.does("visit")

    assert ["requested"] == lead.types


async def test_s13_and_s15_hold_under_the_whole_example(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S13-full", now)
    span = timedelta(hours=48) - timedelta(milliseconds=1)
    await lead.learns(headcount=40, at=before(now, days=2))

    await lead.does(*(lead.touch("visit", now - span + span * n / 5) for n in range(6)))
    assert (10.0, ["visit-burst"]) == (lead.card["engagement"], lead.card["velocity"]["bursts"])
    await lead.does(*(lead.touch("presentation_request", before(now, minutes=m)) for m in (59, 40, 20, 0)))

    assert (30.0, "MQL", ["requested"]) == (lead.card["engagement"], lead.card["level"], lead.types)
    assert ("velocity", "surge") == trigger(lead)


async def test_s17_each_line_is_met_at_its_number_and_said_once(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S17-full", now)
    seen = []
    hours = iter(range(48, 0, -2))
    for kind, times in (("video_view", 7), ("left_nothing", 1), ("presentation_request", 1), ("unsubscribe", 1)):
        await lead.does(
            *(lead.touch(kind, before(now, hours=next(hours)), props={"video": str(n)}) for n in range(times))
        )
        seen.append((lead.card["engagement"], lead.card["temperature"]))
    await lead.does(lead.touch("page_view", before(now, hours=next(hours)), page="/blog/x"))
    seen.append((lead.card["engagement"], lead.card["temperature"]))

    assert [(14.0, "cold"), (14.0, "cold"), (19.0, "warm"), (14.0, "cold"), (15.0, "warm")] == seen
    assert [("cold", "warm"), ("warm", "cold"), ("cold", "warm")] == [
        (was, to) for dimension, was, to in lead.transitions if dimension == "temperature"
    ]

    for known, label in (({"city": "Almaty"}, "C"), ({"job_title": "Owner"}, "B"), ({"headcount": 40}, "B")):
        await lead.learns(at=now, **known)
        assert f"{label}/warm" == lead.card["label"]
    await lead.learns(at=now, specification="approved")
    assert (50.0, "A/warm") == (lead.card["fit"], lead.card["label"])


async def test_s53_a_sensitive_fact_is_stored_and_refused_in_a_rule(
    full_crew: Crew, now: datetime, settings: Settings, tmp_path: Path
) -> None:
    lead = Lead(full_crew, "S53", now)
    await lead.learns(birth_date="1990-05-17")
    profiles = await full_crew.kafka.read_all(LEAD_PROFILES)
    (profile,) = [msgspec.json.decode(r.value) for r in profiles if r.key == lead.card["lead_id"].encode()]
    assert ("1990-05-17", 0.0) == (profile["details"]["birth_date"][0], lead.card["fit"])
    assert b"1990-05-17" not in b"".join(record.value for record in full_crew.heard[LEAD_EVENTS.name])

    model = tmp_path / "born.yaml"
    text = full_crew.settings.model.read_text() if full_crew.settings.model else ""
    model.write_text(
        text.replace("  secondary:\n", "  secondary:\n    adult: {birth_date: 18y ago or earlier, points: 5}\n")
    )
    ended = await touchline(settings, "model", "check", model)

    assert 2 == ended.code
    assert "birth_date" in ended.out + ended.err
    assert "sensitive" in ended.out + ended.err
