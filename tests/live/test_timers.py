"""Time on the log: a lead's deadline passes with no new message, and its timer is there; not before all inputs are."""

import msgspec
import pytest
from aiokafka import ConsumerRecord

from agents.clock import wall_ms
from agents.delivery.producer import partition_for
from agents.settings import Settings
from schemas.lead_event import LeadEvent, Origin, TimerFired, TouchSeen
from schemas.units import DAY_MS, SECOND_MS
from streams.generations.log_marks import WATERMARK_KEY
from streams.generations.watermarks import watermark_bytes
from streams.topology import INPUTS, LEAD_EVENTS, SCORE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka
from tests.pure.lives import MODELS

pytestmark = pytest.mark.live

WITHIN_MS = 1_000
AHEAD_MS = 1_500


def visits(lead: str, due_ms: int) -> list[TouchSeen]:
    """Six within two days are a burst, warm by its ten points and six; it ends two days after the last."""
    last_ms = due_ms - 2 * DAY_MS
    return [
        TouchSeen(
            id=f"{lead}{n}", at_ms=last_ms - (5 - n) * SECOND_MS, origin=Origin("touches.web", 0, n, last_ms),
            kind=kind, channel="web",
        )
        for n, kind in enumerate(["presentation_request", *["visit"] * 6], -1)
    ]  # fmt: skip


async def read_past(kafka: Kafka, settings: Settings, at_ms: int) -> None:
    """All inputs, as identify would say it."""
    value = watermark_bytes({(topic.name, 0): at_ms for topic in INPUTS}, {topic.name: 1 for topic in INPUTS})
    for partition in range(settings.partitions):
        await kafka.say(LEAD_EVENTS, value, WATERMARK_KEY, partition=partition)


async def timer(kafka: Kafka, after: int) -> tuple[ConsumerRecord, TimerFired]:
    """What follows so many events on the log."""
    record = (await kafka.hear(LEAD_EVENTS, after + 1, within_s=8))[-1]
    event = msgspec.json.decode(record.value, type=LeadEvent)
    assert isinstance(event, TimerFired)
    return record, event


async def test_a_deadline_passes_and_its_timer_is_on_the_log_within_a_second_but_not_before_all_inputs_are_read(
    kafka: Kafka, worker: StartWorker, settings: Settings
) -> None:
    await kafka.create(SCORE.topics)
    hold_s = 4.0
    score = await worker("score", model=MODELS / "m1.yaml", timer_hold_s=hold_s)
    on_time_ms, degraded_ms = wall_ms() + AHEAD_MS, wall_ms() + AHEAD_MS + 1_000
    for lead, due_ms in (("early", on_time_ms), ("late", degraded_ms)):
        place = partition_for(lead.encode(), settings.partitions)
        await kafka.say(LEAD_EVENTS, visits(lead, due_ms), lead, partition=place)
    await read_past(kafka, settings, on_time_ms)

    first, on_time = await timer(kafka, after=14)
    second, degraded = await timer(kafka, after=15)

    assert [f"early/{on_time_ms}", f"late/{degraded_ms}"] == [on_time.id, degraded.id]
    assert [False, True] == [on_time.degraded, degraded.degraded]
    assert [b"early", b"late"] == [first.key, second.key]
    assert [partition_for(r.key, settings.partitions) for r in (first, second)] == [first.partition, second.partition]
    assert 0 <= first.timestamp - on_time_ms < WITHIN_MS
    assert 0 <= second.timestamp - degraded_ms - hold_s * 1000 < WITHIN_MS
    page = await score.page("/metrics")
    assert 'touchline_timers_fired_total{outcome="on_time"} 1.0' in page
    assert 'touchline_timers_fired_total{outcome="degraded"} 1.0' in page
