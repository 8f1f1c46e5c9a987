"""`touchline report` over a real broker: what handoffs and stages hold is what it prints."""

from typing import Any

import pytest

from agents.clock import wall_ms
from agents.settings import Settings
from schemas.handoff import HandoffType, Outcome
from schemas.journal import StageChanged
from streams.moments import rfc3339
from streams.topology import HANDOFFS, LEAD_STAGES
from tests.live.kafka import Kafka
from tests.live.touchline import touchline
from tests.pure.reports.test_reports import word

pytestmark = pytest.mark.live


async def test_ten_refusals_are_exactly_the_rows_reported(kafka: Kafka, settings: Settings) -> None:
    await kafka.create([HANDOFFS, LEAD_STAGES])
    reported = [("client", "too_expensive")] * 6 + [("client", "needed_urgently")] * 3 + [("us", "off_profile")]
    for number, (side, cause) in enumerate(reported):
        done: dict[str, Any] = {"outcome": Outcome(result="refused", side=side, cause=cause)}
        words = [word(f"h{number}", 1, HandoffType.REQUESTED, 0), word(f"h{number}", 2, HandoffType.CLOSED, 0, **done)]
        await kafka.say(HANDOFFS, [value for value, _ in (*words, words[1])], key=f"L{number}")

    told = await touchline(settings, "report", "refusals", "--json")
    sources = await touchline(settings, "report", "sources", "--json")

    assert [
        {"side": "client", "cause": "too_expensive", "count": 6},
        {"side": "client", "cause": "needed_urgently", "count": 3},
        {"side": "us", "cause": "off_profile", "count": 1},
    ] == told.json()["refusals"], told.err
    assert [(10, 10)] == [(row["handoffs"], row["lost"]) for row in sources.json()["rows"]]


async def test_a_funnel_of_levels_is_told_from_their_topic(kafka: Kafka, settings: Settings) -> None:
    await kafka.create([HANDOFFS, LEAD_STAGES])
    now = rfc3339(wall_ms())
    moves = [
        StageChanged(lead_id=lead, at=now, dimension="level", previous=begin, to=end, seconds_in_from=86_400.0)
        for lead, begin, end in (("a", "MQL", "SAL"), ("b", "MQL", ""), ("c", "", "MQL"))
    ]
    await kafka.say(LEAD_STAGES, moves, key="L")

    told = await touchline(settings, "report", "funnel", "--of", "level", "--json")
    [funnel] = told.json()["funnels"]

    assert [("MQL", 3, 1, 1, 1, 1.0), ("SAL", 1, 0, 0, 1, None)] == [
        (s["name"], s["reached"], s["went_on"], s["lost"], s["still"], s["mean_days"]) for s in funnel["steps"]
    ], told.err
    table = await touchline(settings, "report", "funnel")
    assert (0, True) == (table.code, "no lead changed its stage" in table.out), table.err
