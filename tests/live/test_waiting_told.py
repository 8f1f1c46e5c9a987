"""Ripe leads that wait, their oldest and their promises: metrics say what a stranger counts on the topics."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.clock import wall_ms
from agents.demo.crew import Worker
from schemas.handoff import HandoffEvent, HandoffType, Ripe
from schemas.lead_event import Assigned, LeadEvent
from streams.moments import to_ms
from streams.topology import DEAD_LETTERS, HANDOFFS, LEAD_EVENTS, RIPE, ROUTE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka
from tests.pure.ripes import ripe

pytestmark = pytest.mark.live

POLICY = """
routing: small-desk
version: 1
hours: always
people: {ann: {capacity: 1}}
teams: {desk: {members: [ann]}}
rules: [{name: everyone, to: team desk}]
respond: {within: 30m}
"""
TOPICS = {*ROUTE.reads, *ROUTE.says, DEAD_LETTERS}
WITHIN_S = 5.0
"""So far apart the two may be about the oldest."""
PATIENCE_S = 20.0
"""The metrics look every half a second; a machine may be busy with something else."""
MINUTE_MS = 60_000


def waits_since(number: int, ago_ms: int) -> Ripe:
    at_ms = wall_ms() - ago_ms
    said: dict[str, Any] = {
        "lead_id": f"L{number}", "handoff_id": f"h{number}", "trace": "", "facts": {}, "level": None, "at_ms": at_ms,
        "touch_at_ms": at_ms, "received_ms": at_ms,
    }  # fmt: skip
    return ripe(**said)


async def told(route: Worker) -> tuple[int, float, int, int]:
    """Waiting, the oldest in seconds, promises nearly due and overdue."""
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(await route.page("/metrics"))
        for sample in family.samples
        if sample.name.startswith("touchline_ripe_lead")
    }
    return (
        int(found["touchline_ripe_leads_waiting",]), found["touchline_ripe_lead_oldest_seconds",],
        int(found["touchline_ripe_leads_at_risk", "soon"]), int(found["touchline_ripe_leads_at_risk", "broken"]),
    )  # fmt: skip


async def counted(kafka: Kafka, said: int, assigned: int) -> tuple[int, float, int, int]:
    """The same by what anybody can read: handoffs requested, and who was assigned on the log.

    `said`, `assigned`: records on either topic, all of which are read.
    """
    events = [msgspec.json.decode(r.value or b"", type=HandoffEvent) for r in await kafka.hear(HANDOFFS, said)]
    handoffs = [event.data for event in events if f".{HandoffType.REQUESTED}." in event.type]
    log = [msgspec.json.decode(r.value or b"", type=LeadEvent) for r in await kafka.hear(LEAD_EVENTS, assigned)]
    owned = {event.handoff_id for event in log if isinstance(event, Assigned) and event.owner}
    waiting = [handoff for handoff in handoffs if handoff.handoff_id not in owned]
    now_ms = wall_ms()
    left_ms = [
        to_ms(datetime.fromisoformat(handoff.respond_by)) - now_ms
        for handoff in waiting
        if handoff.respond_by is not None
    ]
    oldest_s = 30 * 60 - min(left_ms) / 1000
    return (
        len(waiting),
        oldest_s,
        sum(0 <= left <= 5 * MINUTE_MS for left in left_ms),
        sum(left < 0 for left in left_ms),
    )


async def agreed(kafka: Kafka, route: Worker, handoffs: int, assigned: int) -> tuple[int, float, int, int]:
    own = await counted(kafka, handoffs, assigned)
    deadline_s = asyncio.get_running_loop().time() + PATIENCE_S
    said = await told(route)
    while (said[0], *said[2:]) != (own[0], *own[2:]) and asyncio.get_running_loop().time() < deadline_s:
        await asyncio.sleep(0.1)
        said = await told(route)
    assert (own[0], *own[2:]) == (said[0], *said[2:])
    assert own[1] == pytest.approx(said[1], abs=WITHIN_S)
    return said


async def test_who_waits_and_for_how_long_is_told_as_a_stranger_counts_it(
    kafka: Kafka, worker: StartWorker, tmp_path: Path
) -> None:
    routing = tmp_path / "routing.yaml"
    routing.write_text(POLICY)
    await kafka.create(TOPICS)
    route = await worker("route", routing=routing)
    assert (0, 0.0, 0, 0) == await told(route)

    await kafka.say(RIPE, [waits_since(0, 0)], ["L0"])
    await kafka.hear(LEAD_EVENTS, 1)
    ages = [40 * MINUTE_MS, 31 * MINUTE_MS, 27 * MINUTE_MS, 10 * MINUTE_MS, 0]
    ripes = [waits_since(number, ago_ms) for number, ago_ms in enumerate(ages, 1)]
    await kafka.say(RIPE, ripes, [said.lead_id for said in ripes])

    waiting, oldest_s, soon, broken = await agreed(kafka, route, handoffs=6, assigned=6)
    assert (5, 1, 2) == (waiting, soon, broken)
    assert 2400 <= oldest_s < 2460

    closed = waits_since(0, 0)
    ended = msgspec.structs.replace(closed, type=HandoffType.CLOSED, revision=2, owner="ann")
    await kafka.say(RIPE, [ended], ["L0"])
    await kafka.hear(LEAD_EVENTS, 7)

    waiting, *_ = await agreed(kafka, route, handoffs=7, assigned=7)
    assert 4 == waiting
