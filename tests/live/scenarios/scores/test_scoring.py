"""Points: what a lead did and who it is, to the micro-point (M1)."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.topology import DEAD_LETTERS, LEAD_EVENTS, TOUCHES_CALL, TOUCHES_EMAIL, TOUCHES_MESSENGER
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

ALMATY = ZoneInfo("Asia/Almaty")
RICH: dict[str, Any] = {"headcount": 40, "turnover_usd": 500_000, "founded": "2019-01-01"}
"""Fit 50 of M1."""


def exact(points: float) -> object:
    return pytest.approx(points, abs=1e-6)


async def test_s01_points_add_up_and_take_away_with_a_ledger_entry_for_each(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S01", now)

    touches = await lead.does(lead.touch("video_view", props={"video": "v1"}), "presentation_request", "unsubscribe")

    assert exact(2.0) == lead.card["engagement"]
    assert {"watched-video": 2.0, "presentation": 5.0, "left-us": -5.0} == lead.lines
    entries = lead.ledger()
    assert [2.0, 5.0, -5.0] == [entry["delta"] for entry in entries]
    assert [2.0, 7.0, 2.0] == [entry["score_after"] for entry in entries]
    assert ["watched-video", "presentation", "left-us"] == [entry["rule"] for entry in entries]
    assert {("engagement", "touch", "b2b-services@7")} == {(e["dimension"], e["cause"], e["model"]) for e in entries}
    assert [one["touch_id"] for one in touches] == [entry["touches"][0]["touch_id"] for entry in entries]
    assert {"touches.web"} == {entry["touches"][0]["topic"] for entry in entries}


async def test_s02_a_group_limit_is_a_line_of_its_own(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S02", now)

    await lead.does(*(lead.touch("video_view", props={"video": f"v{n}"}) for n in range(30)))

    assert exact(25.0) == lead.card["engagement"]
    assert {"watched-video": 60.0, "limit reading": -35.0} == lead.lines
    assert exact(25.0) == sum(entry["delta"] for entry in lead.ledger())
    assert {"touch", "cap"} == {entry["cause"] for entry in lead.ledger()}


async def test_s03_repeats_count_once_per_video_and_thrice_a_day(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S03", now)
    days = [before(now, days=ago).astimezone(ALMATY).date() for ago in (2, 1)]
    reads = [
        lead.touch("page_view", datetime.combine(day, time(hour, minute), ALMATY), page="https://x.kz/blog/a?utm=1")
        for day, hour in zip(days, (10, 11), strict=True)
        for minute in range(5)
    ]

    await lead.does(*reads, *(lead.touch("video_view", props={"video": "v1"}) for _ in range(5)))

    assert {"watched-video": 2.0, "read-blog": 6.0} == lead.lines
    assert exact(8.0) == lead.card["engagement"]


async def test_s04_what_no_rule_knows_scores_nothing_and_is_counted(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S04", now)
    unmatched = await crew.metric("score", "touchline_touches_processed_total", outcome="unmatched")
    letters = len(crew.heard[DEAD_LETTERS.name])

    await lead.does(
        lead.touch("page_view", page="/pricing/team"), lead.touch("page_view", page="/about"), lead.touch("teleport")
    )

    assert exact(4.0) == lead.card["engagement"]
    assert {"saw-prices": 4.0} == lead.lines
    told = crew.values(LEAD_EVENTS, lead.card["lead_id"])
    assert ["page_view", "page_view", "teleport"] == [event["kind"] for event in told]
    assert letters == len(crew.heard[DEAD_LETTERS.name])
    assert 2 == await crew.metric("score", "touchline_touches_processed_total", outcome="unmatched") - unmatched


async def test_s05_fit_is_known_from_facts_and_from_the_kind_of_address(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S05", now)
    lead.who |= {"email": "s05.checker@gmail.com"}

    await lead.learns(**RICH, job_title="CEO", city="Moscow")

    card = lead.card
    fit = {line["rule"]: line["points"] for line in card["fit_breakdown"]}
    assert {
        "big-enough": 20,
        "rich-enough": 20,
        "old-enough": 10,
        "decides": 10,
        "big-city": 10,
        "free-mail": -10,
    } == fit
    assert (60.0, 80.0, "A", 0.0) == (card["fit"], card["completeness"], card["grade"], card["engagement"])
    assert {"crm:check": "S05"} == card["ids"], "an address is nobody's business"


async def test_s06_a_scale_moves_and_does_not_add_up(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S06", now)
    fits = []

    for minute, (value, by) in enumerate((("none", "ann"), ("draft", "ann"), ("approved", "bob"))):
        await lead.learns(specification=value, by=by, at=after(now, minutes=minute))
        fits.append(lead.card["fit"])

    assert [0.0, 5.0, 10.0] == fits
    told = lead.ledger(lambda entry: entry["dimension"] == "fit")
    assert [("has-spec", 5.0, 5.0, "ann"), ("has-spec", 5.0, 10.0, "bob")] == [
        (e["rule"], e["delta"], e["score_after"], e["by"]) for e in told
    ]
    assert {"fact"} == {e["cause"] for e in told}


async def test_s08_the_three_numbers_are_never_mixed(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "S08", now)
    await lead.does("presentation_request")
    engagements = [lead.card["engagement"]]

    await lead.learns(**RICH)
    await lead.learns(headcount=8, at=after(now, seconds=1))

    card = lead.card
    engagements += [c["engagement"] for c in lead.cards]
    assert {5.0} == set(engagements)
    assert (5.0, 30.0, 50.0) == (card["engagement"], card["fit"], card["completeness"])
    numbers = {name: value for name, value in card.items() if isinstance(value, float)}
    assert {"engagement", "fit", "completeness", "priority"} == numbers.keys()
    sums = {5.0 + 30.0, 5.0 + 50.0, 30.0 + 50.0, 5.0 + 30.0 + 50.0}
    assert {"priority"} >= {name for name, value in numbers.items() if value in sums}


async def test_s09_a_view_halves_every_seven_days_and_ends_after_thirty(crew: Crew, now: datetime) -> None:
    worth = {}
    aged = {"7": (7.0,), "14": (14.0,), "both": (7.0, 14.0), "31": (31.0,), "30": (30.0,), "29.99": (29.99,)}
    for name, ages in aged.items():
        lead = Lead(crew, f"S09-{name}", now)
        await lead.does(*(lead.touch("page_view", before(now, days=age), page="/pricing") for age in ages))
        worth[name] = (await lead.read_at(now))["engagement"]
        assert exact(worth[name]) == sum(lead.lines.values())
        assert exact(worth[name]) == sum(entry["delta"] for entry in lead.ledger())

    late = 4 * 2 ** (-29.99 / 7)
    assert {"7": 2.0, "14": 1.0, "both": 3.0, "31": 0.0, "30": 0.0, "29.99": late} == {
        name: exact(points) for name, points in worth.items()
    }


async def test_a_rule_limit_and_the_total_limit_are_lines_too(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "limits", now)

    await lead.does(*(lead.touch("page_view", page=f"/pricing/{n}") for n in range(7)))
    assert {"saw-prices": 28.0, "limit saw-prices": -8.0} == lead.lines

    await lead.does(*["demo_request"] * 3, *(lead.touch("video_view", props={"video": n}) for n in range(20)))

    card = lead.card
    assert exact(100.0) == card["engagement"]
    assert exact(100.0) == sum(lead.lines.values())
    assert {"limit saw-prices": -8.0, "limit buying": -20.0, "limit reading": -15.0, "limit total": -15.0} == {
        rule: points for rule, points in lead.lines.items() if rule.startswith("limit")
    }


async def test_channels_are_doors_and_sources_are_remembered(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "doors", now)

    for topic, source in ((TOUCHES_EMAIL, "newsletter"), (TOUCHES_CALL, "yandex"), (TOUCHES_MESSENGER, "instagram")):
        await lead.does(lead.touch("presentation_request", source=source), topic=topic)
    await lead.does(lead.touch("note", before(now, days=1), source="fair"))

    card = lead.card
    assert (["newsletter", "yandex", "instagram", "fair"], 4, "fair") == (
        card["sources"], card["inquiries"], card["captured_by"]
    )  # fmt: skip
    assert ["email", "call", "messenger"] == [e["channel"] for e in lead.ledger()]
    assert ["newsletter", "yandex", "instagram"] == [e["source"] for e in lead.ledger()]
