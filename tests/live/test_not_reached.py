"""Nobody answers: five attempts over three channels at their moments, then the lead is inactive and kept warm."""

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from agents.clock import wall_ms
from agents.delivery.producer import partition_for
from agents.settings import Settings
from schemas.journal import StageChanged, Task
from schemas.lead_event import LeadEvent
from streams.moments import to_ms
from streams.topology import LEAD_EVENTS, LEAD_STAGES, LEAD_TASKS
from tests.conftest import StartWorker
from tests.live.kafka import Kafka
from tests.pure.lives import MODELS, learned, touched

pytestmark = [pytest.mark.live, pytest.mark.long]

POLICY = """
routing: seconds
version: 1
hours: always
people: {ann: {}, dina: {}}
teams: {desk: {members: [ann], lead: dina}}
rules: [{name: everyone, to: team desk}]
respond: {within: 30m}
follow up:
  touches: 5
  gaps: [1s, 3s, 5s, 7s]
  channels: [call, messenger, email, call, messenger]
  then: {stage: inactive, task: nurture, try again in: 90d}
"""
PLANNED_S = (0, 1, 4, 9, 16)
SLACK_S = 1.5
"""A timer waits for its hold, and other tests may run beside."""


async def test_s41_attempts_at_their_moments_then_inactive_and_nurture(
    kafka: Kafka, worker: StartWorker, settings: Settings, tmp_path: Path
) -> None:
    await kafka.create()
    routing = tmp_path / "routing.yaml"
    routing.write_text(POLICY)
    await worker("score", model=MODELS / "m1.yaml", timer_hold_s=0.2)
    await worker("route", routing=routing)
    now_ms = wall_ms()
    asked: list[LeadEvent] = [learned(now_ms, headcount=40), *(touched("demo_request", now_ms) for _ in range(2))]
    await kafka.say(LEAD_EVENTS, asked, "L1", partition=partition_for(b"L1", settings.partitions))

    heard = [msgspec.json.decode(r.value, type=Task) for r in await kafka.hear(LEAD_TASKS, 8, within_s=45)]
    attempts = [task for task in heard if task.kind == "attempt"]
    moved = [msgspec.json.decode(r.value, type=StageChanged) for r in await kafka.hear(LEAD_STAGES, 4)]

    assert ["call", "messenger", "email", "call", "messenger"] == [task.channel for task in attempts]
    first_ms = to_ms(datetime.fromisoformat(attempts[0].due))
    assert [s * 1000 for s in PLANNED_S] == [to_ms(datetime.fromisoformat(task.due)) - first_ms for task in attempts]
    assert abs(first_ms - now_ms) < SLACK_S * 1000
    assert ["inactive"] == [move.to for move in moved if move.dimension == "stage"]
    assert ["nurture_entered", "nurture_left", "nurture_entered"] == [t.kind for t in heard if t.role == "marketing"]
