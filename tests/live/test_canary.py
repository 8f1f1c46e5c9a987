"""A canary sees every stage and every partition, and leaves no trace where leads are."""

import asyncio
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from agents.clock import wall_ms
from agents.demo.crew import Worker
from agents.redis.client import connect
from agents.replay.exporting import Excerpt, export
from agents.replay.log_file import log_files
from agents.settings import Settings
from streams.canary import touch_of
from streams.generations.log_marks import CANARY_KEY, MODEL_KEY, NO_LEAD, WATERMARK_KEY
from streams.topology import (
    CANARY,
    DEAD_LETTERS,
    HANDOFFS,
    IDENTITY_LINKS,
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_PROFILES,
    LEAD_STAGES,
    LEAD_STATE,
    LEAD_TASKS,
    RIPE,
    TOUCHES_EMAIL,
)
from tests.conftest import PARTITIONS, StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

OFTEN = ("--every-s", "0.05", "--within-s", "2")
LEADS_ALONE = (
    HANDOFFS, LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES, LEAD_TASKS, LEAD_PROFILES, IDENTITY_LINKS, DEAD_LETTERS,
)  # fmt: skip
OF_LEADS = (
    "touchline_inputs_admitted_total", "touchline_leads_created_total", "touchline_identity_links_total",
    "touchline_touches_processed_total", "touchline_ripe_total", "touchline_leads_new_total", "touchline_table_keys",
    "touchline_handoffs_total", "touchline_handoff_events_total", "touchline_handoff_latency_seconds_count",
    "touchline_mirrored_records_total",
)  # fmt: skip


async def told(worker: Worker, name: str) -> dict[str, float]:
    """Values of a metric by its labels."""
    page = await worker.page("/metrics")
    return {labels: float(value) for labels, value in re.findall(rf"(?m)^{name}(\{{.*\}})? (\S+)$", page)}


async def total(worker: Worker, name: str) -> float:
    return sum((await told(worker, name)).values())


async def keys(redis: Redis, settings: Settings) -> set[bytes]:
    return {key async for key in redis.scan_iter(match=f"{settings.prefix}*", count=1000)}


@pytest.fixture
async def crew(kafka: Kafka, worker: StartWorker) -> dict[str, Worker]:
    """A worker of each stage."""
    await kafka.create()
    stages = ("identify", "score", "route", "mirror")
    return dict(zip(stages, await asyncio.gather(*(worker(stage) for stage in stages)), strict=True))


async def arrive(canary: Worker) -> None:
    """Until some have come from each partition."""

    async def arrived() -> bool:
        return await total(canary, "touchline_canary_received_total") >= 4 * PARTITIONS

    await until(arrived, "canaries to arrive from each partition")


async def test_canaries_come_the_whole_way_and_leave_no_lead_behind(
    kafka: Kafka, worker: StartWorker, crew: dict[str, Worker], settings: Settings, tmp_path: Path
) -> None:
    redis = connect(settings)
    before = await keys(redis, settings)
    canary = await worker("canary", *OFTEN)
    stranger = touch_of("00-1", "canary-0", 1)
    await kafka.say(TOUCHES_EMAIL, [stranger] * 3)
    await arrive(canary)

    on_ripe = await kafka.read_all(RIPE)
    assert {CANARY_KEY} == {record.key for record in on_ripe}
    assert set(range(PARTITIONS)) == {record.partition for record in on_ripe}
    assert {topic.name: {0} for topic in LEADS_ALONE} == {
        topic.name: set((await kafka.end_offsets(topic)).values()) for topic in LEADS_ALONE
    }
    assert all(record.key.startswith(NO_LEAD) for record in await kafka.read_all(LEAD_STATE))
    assert before == await keys(redis, settings)
    await redis.aclose()
    counted = {name: sum([await total(stage, name) for stage in crew.values()]) for name in OF_LEADS}
    assert dict.fromkeys(OF_LEADS, 0.0) == counted
    sent, received = [await total(canary, f"touchline_canary_{word}_total") for word in ("sent", "received")]
    assert received <= sent, "a stranger's are not among them"
    assert len(await kafka.read_all(CANARY)) >= received + 3
    assert CANARY_KEY in {record.key for record in await kafka.read_all(LEAD_EVENTS)}
    await export(settings, Excerpt(since_ms=0, until_ms=wall_ms()), tmp_path / "log", lambda count: None)
    exported = {
        r.key for file in log_files(tmp_path / "log") for n in file.counts() for part in file.read(n) for r in part
    }
    assert {WATERMARK_KEY, MODEL_KEY} >= exported
    assert 0 == await canary.terminate()


@pytest.mark.long
async def test_canaries_are_missed_while_a_stage_is_gone_and_arrive_late_when_it_is_back(
    worker: StartWorker, crew: dict[str, Worker]
) -> None:
    canary, score = await worker("canary", *OFTEN), crew["score"]
    await arrive(canary)
    assert 0 == await score.terminate()

    async def missed() -> bool:
        return await total(canary, "touchline_canary_lost_total") >= 2 * PARTITIONS

    await until(missed, "canaries to be missed without a score worker")
    waiting = await told(canary, "touchline_canary_waiting_seconds")
    assert (PARTITIONS, True) == (len(waiting), min(waiting.values()) > 0.5)
    await score.ready()

    async def healed() -> bool:
        late = await total(canary, "touchline_canary_late_total")
        lost = await total(canary, "touchline_canary_lost_total")
        return late == lost and max((await told(canary, "touchline_canary_waiting_seconds")).values()) < 1

    await until(healed, "every canary that was missed to arrive late, and the next in time", 40)
    assert 0 == await canary.terminate()
