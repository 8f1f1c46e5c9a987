"""Campaigns: other points, a line of their own, an end (the whole example model)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

SPRING, AUTUMN = "ebook-spring", "ebook-autumn"
"""One runs; the other, whose presentations are worth 9 and whose line is 10, ended ten days ago."""


def presentations(
    lead: Lead, campaign: str = "", times: int = 4, until: timedelta = timedelta(0)
) -> list[dict[str, Any]]:
    """Spread over a day that ends at T less `until`."""
    more = {"campaign": campaign} if campaign else {}
    hours = [24 - n * 24 / (times - 1) for n in range(times)]
    return [lead.touch("presentation_request", before(lead.at - until, hours=h), **more) for h in hours]


async def test_s23_a_campaign_raises_points_and_lowers_the_line_and_the_handoff_names_it(
    full_crew: Crew, now: datetime
) -> None:
    lead = Lead(full_crew, "S23", now)
    await lead.learns(headcount=40, at=before(now, days=2))

    await lead.does(*presentations(lead, SPRING))

    assert (32.0, {"presentation@ebook-spring": 32.0}) == (lead.card["engagement"], lead.lines)
    assert ["requested"] == [kind for kind in lead.types if kind != "updated"]
    data = lead.handoffs[0]["data"]
    assert ("b2b-services@7", SPRING, 25.0, 32.0) == (
        data["model"], data["override"], data["score"]["line"], data["score"]["engagement"],
    )  # fmt: skip
    assert "threshold" == data["trigger"]["kind"]


async def test_s23_the_same_without_the_campaign_is_twenty_and_nothing(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S23-plain", now)
    await lead.learns(headcount=40, at=before(now, days=2))

    await lead.does(*presentations(lead))

    assert (20.0, {"presentation": 20.0}, []) == (lead.card["engagement"], lead.lines, lead.types)


async def test_s23_one_person_with_both_has_one_open_handoff(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S23-both", now)
    await lead.learns(headcount=40, at=before(now, days=2))

    await lead.does(*presentations(lead, SPRING))
    await lead.does(*presentations(lead), "demo_request", "demo_request")

    assert pytest.approx(90.0, abs=1e-6) == lead.card["engagement"], "52 and 60, and the group's limit"
    assert ["requested"] == [kind for kind in lead.types if kind != "updated"]
    assert {"presentation": 20.0, "presentation@ebook-spring": 32.0}.items() <= lead.lines.items()
    assert pytest.approx(lead.card["engagement"], abs=1e-6) == sum(lead.lines.values())


async def test_a_late_touch_that_makes_the_campaign_the_latest_brings_its_line(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "late-campaign", now)
    await lead.learns(headcount=40, at=before(now, days=3))
    await lead.does(*presentations(lead, times=6, until=timedelta(hours=2)), "visit")
    assert (30.0, []) == (lead.card["engagement"], lead.types)

    await lead.does(lead.touch("visit", before(now, hours=1), campaign=SPRING))

    assert (30.0, ["requested"]) == (lead.card["engagement"], lead.types)
    assert (SPRING, 25.0) == (lead.handoffs[0]["data"]["override"], lead.handoffs[0]["data"]["score"]["line"])


async def test_a_late_touch_older_than_the_latest_campaign_brings_nothing(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "later-campaign", now)
    await lead.learns(headcount=40, at=before(now, days=3))
    await lead.does(*presentations(lead, times=6, until=timedelta(hours=2)), lead.touch("visit", campaign="other"))

    await lead.does(lead.touch("visit", before(now, hours=1), campaign=SPRING))

    assert (30.0, []) == (lead.card["engagement"], lead.types)


async def test_a_campaign_that_is_over_counts_what_was_done_in_its_time_and_lends_no_line(
    full_crew: Crew, now: datetime
) -> None:
    lead = Lead(full_crew, "S23-over", now)

    await lead.does(lead.touch("presentation_request", before(now, days=12), campaign=AUTUMN))
    await lead.does(lead.touch("presentation_request", before(now, days=1), campaign=AUTUMN))
    await lead.learns(headcount=40)

    assert ({"presentation@ebook-autumn": 9.0, "presentation": 5.0}, []) == (lead.lines, lead.types)


async def test_a_late_touch_of_a_campaign_that_is_over_still_has_its_points(full_crew: Crew, now: datetime) -> None:
    lead = Lead(full_crew, "S23-late", now)
    await lead.learns(headcount=40)

    await lead.does("visit", lead.touch("presentation_request", before(now, days=12), campaign=AUTUMN))

    assert ({"presentation@ebook-autumn": 9.0}, []) == (lead.lines, lead.types)


async def test_the_line_of_a_campaign_is_met_at_its_number(full_crew: Crew, now: datetime) -> None:
    under, over = Lead(full_crew, "S23-24", now), Lead(full_crew, "S23-26", now)
    for lead, videos in ((under, 0), (over, 1)):
        await lead.learns(headcount=40, at=before(now, days=2))
        await lead.does(
            *presentations(lead, SPRING, times=3), *(lead.touch("video_view", campaign=SPRING) for _ in range(videos))
        )

    assert (24.0, []) == (under.card["engagement"], under.types)
    assert (26.0, ["requested"]) == (over.card["engagement"], over.types)
    await under.does(under.touch("page_view", after(now, seconds=1), page="/blog/a"))
    assert (25.0, ["requested"]) == (under.card["engagement"], under.types), (
        "no campaign on it, and SPRING still the latest"
    )
