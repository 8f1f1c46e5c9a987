"""How fast points come: bursts and surges (M1)."""

from datetime import datetime, timedelta

import pytest

from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

MILLISECOND = timedelta(milliseconds=1)


def visits(lead: Lead, sixth: timedelta) -> list[dict[str, object]]:
    """Five within 47 hours, and the sixth that long after the first; the last stands at the lead's T."""
    first = lead.at - sixth
    return [lead.touch("visit", first + hours) for hours in (*(timedelta(hours=h) for h in (0, 10, 20, 30, 47)), sixth)]


async def test_s13_six_visits_in_exactly_two_days_are_no_burst(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S13-48:00:00.000", now)

    await lead.does(*visits(lead, timedelta(hours=48)))

    assert (0.0, []) == (lead.card["engagement"], lead.card["velocity"]["bursts"])
    assert [] == lead.ledger()


async def test_s13_a_millisecond_less_is_one_burst_which_names_its_touches(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S13-47:59:59.999", now)

    touches = await lead.does(*visits(lead, timedelta(hours=48) - MILLISECOND))
    await lead.does(lead.touch("visit", after(now, minutes=1)))

    assert (10.0, ["visit-burst"]) == (lead.card["engagement"], lead.card["velocity"]["bursts"])
    assert {"visit-burst": 10.0} == lead.lines
    (entry,) = lead.ledger()
    assert ("visit-burst", 10.0, "velocity") == (entry["rule"], entry["delta"], entry["cause"])
    assert [one["touch_id"] for one in touches] == [one["touch_id"] for one in entry["touches"]]


async def test_a_burst_lasts_two_days_and_then_its_points_are_gone(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "burst-lasts", now)
    fired = before(now, days=2)
    await lead.does(*(lead.touch("visit", before(fired, minutes=5 - n)) for n in range(6)))
    assert 10.0 == lead.card["engagement"]

    assert 10.0 == (await lead.read_at(now - MILLISECOND))["engagement"]
    assert 0.0 == (await lead.read_at(now))["engagement"]
    assert [10.0, -10.0] == [entry["delta"] for entry in lead.ledger()]
    assert "time" == lead.ledger()[-1]["cause"]


async def test_s15_twenty_points_within_an_hour_hand_off_under_the_line(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S15-59", now)
    await lead.learns(headcount=40, at=before(now, hours=1))

    touches = await lead.does(
        *(lead.touch("presentation_request", before(now, minutes=59 - age)) for age in (0, 20, 40, 59))
    )

    assert 20.0 == lead.card["engagement"]
    assert ["requested"] == lead.types
    data = lead.handoffs[0]["data"]
    assert ("velocity", "surge", touches[-1]["touch_id"]) == tuple(
        data["trigger"][field] for field in ("kind", "rule", "touch_id")
    )
    assert now == datetime.fromisoformat(data["trigger"]["fired_at"])
    assert (20.0, 15.0, 40.0, 20.0) == tuple(
        data["score"][field] for field in ("engagement", "previous", "line", "fit")
    )
    assert data["why"].startswith("Gained 20 points or more within 1 hour")
    assert data["handoff_id"] == lead.card["handoff_id"]


@pytest.mark.parametrize(("minutes", "said"), [(61, []), (60, [])])
async def test_s15_the_same_points_over_a_longer_time_do_not(
    crew: Crew, now: datetime, minutes: int, said: list[str]
) -> None:
    lead = Lead(crew, f"S15-{minutes}", now)
    await lead.learns(headcount=40, at=before(now, hours=2))

    await lead.does(
        *(lead.touch("presentation_request", before(now, minutes=minutes - age)) for age in (0, 20, 40, minutes))
    )

    assert 20.0 == lead.card["engagement"]
    assert said == lead.types


async def test_s15_who_does_not_fit_is_not_for_sales_and_is_counted_once(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S15-small", now)
    suppressed = await crew.metric("score", "touchline_handoffs_suppressed_total", reason="fit")
    await lead.learns(headcount=8)

    await lead.does(*["presentation_request"] * 6)

    assert [] == lead.types
    assert 1 == await crew.metric("score", "touchline_handoffs_suppressed_total", reason="fit") - suppressed
    assert ["fit"] == lead.card["gates"]

    await lead.learns(headcount=40, at=after(now, seconds=1))

    assert ["requested"] == lead.types, "known to fit after all"
    assert [] == lead.card["gates"]


async def test_a_known_false_primary_criterion_outweighs_any_points(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "primary", now)
    await lead.learns(headcount=8, turnover_usd=900_000, founded="2010-01-01", job_title="Owner", city="almaty")

    await lead.does("demo_request", "demo_request")

    assert (60.0, 50.0, "A/hot") == (lead.card["engagement"], lead.card["fit"], lead.card["label"])
    assert [] == lead.types
