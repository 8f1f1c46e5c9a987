"""Nothing more is said, and things change: labels fall, dates come near, words end (the example; days as seconds).

All leads are sent before the first test, so that they wait side by side.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from deploy.local.stack import Addresses
from streams.generations.log_marks import NO_LEAD
from streams.topology import HANDOFFS, LEAD_CARDS, LEAD_EVENTS, LEAD_STAGES, RIPE, Topic
from tests.live.kafka import until
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import MODELS, calm, employed
from tests.live.scenarios.lead import Lead, Said, after, moment

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

SECOND = timedelta(seconds=1)
HOT_TO_WARM = timedelta(seconds=8.189475)
REARMED = timedelta(seconds=14)
NEAR_S = 20
LATE_S = 5
"""After its moment; a second where the machine is ours alone, but other tests may run beside."""
WITHIN_S = 30.0


class Waiting(msgspec.Struct):
    """Two crews and the leads they wait with."""

    slow: Crew
    """Judges by the whole example."""
    quick: Crew
    """Judges by it with days read as seconds."""
    leads: dict[str, Lead]


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def waiting(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Waiting]:
    """Everything is told once; nothing is said of these leads afterwards, but where a test says so."""
    folder, quick = tmp_path_factory.mktemp("time"), tmp_path_factory.mktemp("quick")
    crews = [
        employed(stack, folder, MODELS / "m1_full.yaml", timers=True),
        employed(stack, quick, calm(MODELS / "m1s_full.yaml", quick), timers=True),
    ]
    slow, fast = await asyncio.gather(*(anext(crew) for crew in crews))
    try:
        now = moment()
        told = Waiting(slow, fast, {})

        def lead(name: str, crew: Crew, at: datetime = now) -> Lead:
            told.leads[name] = Lead(crew, name, at)
            return told.leads[name]

        near = lead("S19-near", slow)
        await near.learns(purchase_by=after(now, days=14, seconds=NEAR_S).isoformat())
        never = lead("S19-unqualified", slow)
        await never.learns(purchase_by=after(now, days=14, seconds=NEAR_S).isoformat())
        await never.reported("unqualified", cause="no_need", by="ann")
        word = lead("word-ends", slow)
        await word.reported("override", level="SQL", by="ann", until=after(moment(), seconds=5).isoformat())
        backfilled = lead("backfilled", fast, moment())
        await backfilled.learns(headcount=40)
        await backfilled.does(*(backfilled.touch("demo_request", history=True) for _ in range(2)))
        for name in ("S12s", "S12s-accepted"):
            one = lead(name, fast, moment())
            await one.learns(headcount=40)
            await one.does("demo_request", "demo_request")
        about = told.leads["S12s-accepted"].handoffs[0]["data"]["handoff_id"]
        await told.leads["S12s-accepted"].reported("accepted", handoff_id=about, by="ann")
        late = lead("touched-again", fast, moment())
        await late.learns(headcount=40)
        await late.does("demo_request")
        yield told
    finally:
        for crew in crews:
            await crew.aclose()


async def said(lead: Lead, topic: Topic, wanted: dict[str, Any]) -> tuple[Said, datetime]:
    """The first word on a topic about a lead that has these fields, and when the broker got it."""
    lead_id = lead.card["lead_id"].encode()

    def found() -> list[tuple[Said, datetime]]:
        told = [(msgspec.json.decode(r.value), r.timestamp) for r in lead.crew.heard[topic.name] if r.key == lead_id]
        return [
            (word, datetime.fromtimestamp(at_ms / 1000, lead.at.tzinfo))
            for word, at_ms in told
            if wanted.items() <= word.items()
        ]

    async def any_found() -> bool:
        return bool(found())

    await until(any_found, f"{wanted} of {lead.name}", WITHIN_S)
    return found()[0]


def spoken(lead: Lead) -> list[str]:
    """Types of the events on the log that are about it."""
    key = lead.card["lead_id"].encode()
    records = lead.crew.heard[LEAD_EVENTS.name]
    return [msgspec.json.decode(r.value)["type"] for r in records if r.key == key and not r.key.startswith(NO_LEAD)]


async def test_s12s_a_lead_cools_from_hot_to_warm_by_itself(waiting: Waiting) -> None:
    lead = waiting.leads["S12s"]

    change, heard = await said(lead, LEAD_STAGES, {"dimension": "temperature", "from": "hot"})

    assert ("warm", pytest.approx(8.189475, abs=0.002)) == (change["to"], change["seconds_in_from"])
    assert abs(datetime.fromisoformat(change["at"]) - lead.at - HOT_TO_WARM) < timedelta(milliseconds=2)
    assert -0.002 < (heard - lead.at - HOT_TO_WARM) / SECOND < LATE_S
    assert "time alone" in change["why"]


async def test_s12s_a_handoff_nobody_accepted_is_withdrawn_as_cooled(waiting: Waiting) -> None:
    lead = waiting.leads["S12s"]

    ripe, _ = await said(lead, RIPE, {"type": "withdrawn"})
    event, heard = await said(lead, HANDOFFS, {"type": "io.touchline.handoff.withdrawn.v1"})

    assert ("cooled", ripe["handoff_id"]) == (event["data"]["reason"], event["data"]["handoff_id"])
    assert ["requested", "withdrawn"] == lead.types
    assert abs(datetime.fromisoformat(event["time"]) - lead.at - REARMED) < timedelta(milliseconds=2)
    assert -0.002 < (heard - lead.at - REARMED) / SECOND < LATE_S
    assert {"touch", "timer"} <= set(spoken(lead))
    assert 2 == spoken(lead).count("touch")


async def test_the_card_says_what_comes_next_and_is_written_anew_when_it_came(waiting: Waiting) -> None:
    lead = waiting.leads["S12s"]
    await said(lead, HANDOFFS, {"type": "io.touchline.handoff.withdrawn.v1"})
    await said(lead, LEAD_CARDS, {"temperature": "warm", "handoff_id": None})

    first = next(card for card in lead.cards if card["temperature"] == "hot")
    assert "temperature changes from hot to warm" in first["next_change"]["what"]
    assert abs(datetime.fromisoformat(first["next_change"]["at"]) - lead.at - HOT_TO_WARM) < timedelta(milliseconds=2)
    cooler = next(card for card in lead.cards if card["temperature"] == "warm")
    assert 40.0 == pytest.approx(cooler["engagement"], abs=0.01)
    assert "withdrawn" in cooler["next_change"]["what"]


async def test_s12s_an_accepted_handoff_is_not_withdrawn(waiting: Waiting) -> None:
    lead = waiting.leads["S12s-accepted"]

    await said(waiting.leads["S12s"], HANDOFFS, {"type": "io.touchline.handoff.withdrawn.v1"})
    await lead.read_at(after(lead.at, seconds=15))

    assert (True, ["requested", "accepted"]) == (
        lead.card["engagement"] < 30, [kind for kind in lead.types if kind != "updated"],
    )  # fmt: skip


async def test_a_touch_in_between_puts_the_cooling_off(waiting: Waiting) -> None:
    lead = waiting.leads["touched-again"]
    at = moment()

    await lead.does(lead.touch("demo_request", at), lead.touch("demo_request", at))
    ripe = [word for word in lead.crew.values(RIPE, lead.card["lead_id"]) if word["type"] == "requested"]

    assert 1 == len(ripe)
    assert lead.card["engagement"] > 60
    told = lead.card["next_change"]
    assert after(at, seconds=8) < datetime.fromisoformat(told["at"])


async def test_what_was_backfilled_cools_and_hands_nobody_off(waiting: Waiting) -> None:
    lead = waiting.leads["backfilled"]

    change, _ = await said(lead, LEAD_STAGES, {"dimension": "temperature", "from": "hot"})

    assert ("warm", []) == (change["to"], lead.types)
    assert "timer" in spoken(lead)
    assert ["history"] in [card["gates"] for card in lead.cards]


async def test_a_persons_word_ends_by_itself(waiting: Waiting) -> None:
    lead = waiting.leads["word-ends"]

    change, heard = await said(lead, LEAD_STAGES, {"dimension": "level", "from": "SQL"})

    assert ("", [("", "SQL"), ("SQL", "")]) == (change["to"], lead.levels)
    assert 0 <= (heard - datetime.fromisoformat(change["at"])) / SECOND < LATE_S


async def test_s19_a_purchase_that_comes_within_fourteen_days_is_sql_with_no_new_message(waiting: Waiting) -> None:
    lead = waiting.leads["S19-near"]

    _, heard = await said(lead, HANDOFFS, {"type": "io.touchline.handoff.requested.v1"})

    assert NEAR_S <= (heard - lead.at) / SECOND < NEAR_S + LATE_S
    assert (["requested"], [("", "SQL")]) == (lead.types, lead.levels)
    assert "fast_path" == lead.handoffs[0]["data"]["trigger"]["kind"]
    assert lead.handoffs[0]["data"]["why"].startswith("SQL at once: purchase_by within 14 days")
    assert {"fact", "timer"} == set(spoken(lead)) - {"assigned"}


async def test_an_unqualified_lead_is_sql_by_time_and_nobodys(waiting: Waiting) -> None:
    lead = waiting.leads["S19-unqualified"]

    await said(lead, LEAD_STAGES, {"dimension": "level", "to": "SQL"})
    await said(lead, LEAD_CARDS, {"level": "SQL"})

    assert ([], ["unqualified"]) == (lead.types, lead.card["gates"])
