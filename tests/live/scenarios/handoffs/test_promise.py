"""What is foretold, promised and shown: the forecast, respond-by, trace, the command line, the metrics (M1t)."""

from datetime import datetime, timedelta

import pytest

from streams.topology import TOUCHES_WEB
from tests.live.kafka import until
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_s12_the_handoff_says_when_the_score_will_be_under_the_line_and_when_it_is_armed_again(
    patient_crew: Crew, now: datetime
) -> None:
    lead = Lead(patient_crew, "S12", now)
    await lead.learns(headcount=40)

    await lead.does("demo_request", "demo_request")

    assert 60.0 == lead.card["engagement"]
    assert ["requested"] == lead.types
    forecast = lead.handoffs[0]["data"]["forecast"]
    under = datetime.fromisoformat(forecast["under_line_at"])
    assert abs(under - after(now, hours=196, minutes=32, seconds=51)) < timedelta(seconds=0.5)
    assert after(now, days=14) == datetime.fromisoformat(forecast["rearmed_at"])


async def test_the_promise_counts_from_the_touch_and_from_its_arrival_when_it_came_late(
    patient_crew: Crew, now: datetime
) -> None:
    promised = {}
    for name, minutes in (("prompt", 4), ("late", 6)):
        lead = Lead(patient_crew, f"promise-{name}", before(now, minutes=minutes))
        await lead.learns(headcount=40)
        await lead.does("demo_request", "demo_request")
        data = lead.handoffs[0]["data"]
        promised[name] = (data["late"], datetime.fromisoformat(data["respond_by"]))

    assert (False, after(now, minutes=26)) == promised["prompt"]
    assert promised["late"][0]
    assert after(now, minutes=30) < promised["late"][1] < after(now, minutes=31)


async def test_a_backfill_that_crosses_the_line_is_handed_off_by_what_happens_next(
    patient_crew: Crew, now: datetime
) -> None:
    lead = Lead(patient_crew, "backfill", now)
    await lead.learns(headcount=40)
    await lead.does(*(lead.touch("demo_request", history=True) for _ in range(2)))
    assert [] == lead.types

    (note,) = await lead.does("note")

    assert ["requested"] == lead.types
    assert note["touch_id"] == lead.handoffs[0]["causationid"]


async def test_the_trace_of_a_touch_goes_on_to_its_handoff(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "trace", now)
    await lead.learns(headcount=40)
    await patient_crew.say(TOUCHES_WEB, [lead.touch("demo_request")])
    await patient_crew.say(TOUCHES_WEB, [lead.touch("demo_request")], [("traceparent", TRACE.encode())])

    (event,) = lead.handoffs
    assert TRACE == event["traceparent"]
    record = next(r for r in patient_crew.heard["handoffs"] if event["id"].encode() in r.value)
    assert TRACE.encode() == dict(record.headers)["traceparent"]


async def test_pages_match_whatever_their_case_host_and_query(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "pages", now)
    pages = ["https://Example.com/PRICING?email=a", "//x.kz/pricing#top", "/Pricing/team", "pricing", "x.kz/pricing"]

    await lead.does(*(lead.touch("page_view", page=page) for page in (*pages, "/no/pricing")))

    assert {"saw-prices": 20.0} == lead.lines
    assert 5 == len(lead.ledger())


async def test_the_command_line_shows_the_lead_by_the_checkers_own_id(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "shown", now)
    await lead.learns(headcount=40)
    await lead.does("demo_request", "demo_request")
    handoff_id = lead.handoffs[0]["data"]["handoff_id"]

    async def shown() -> bool:
        text = (await touchline(patient_crew.settings, "lead", "show", "crm:check:shown")).out
        return "engagement 60 · fit 20" in text and handoff_id in text and "asked-demo" in text

    await until(shown, "the lead on the command line")


async def test_metrics_count_what_the_topics_say(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "counted", now)
    names = ("touchline_handoffs_total", "touchline_handoff_latency_seconds_count")
    was = [await patient_crew.metric("route", name, trigger="threshold") for name in names]
    scored = await patient_crew.metric("score", "touchline_touches_processed_total", channel="web", outcome="scored")
    await lead.learns(headcount=40)

    await lead.does(*["demo_request"] * 5)

    assert [1, 1] == [
        await patient_crew.metric("route", n, trigger="threshold") - w for n, w in zip(names, was, strict=True)
    ]
    assert 5 + scored == await patient_crew.metric(
        "score", "touchline_touches_processed_total", channel="web", outcome="scored"
    )

    async def caught_up() -> bool:
        return [0, 0, 0] == [
            await patient_crew.metric(stage, "touchline_partition_lag") for stage in ("identify", "score", "route")
        ]

    await until(caught_up, "the lag to fall to 0")
