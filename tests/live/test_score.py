"""The score stage as a real process over a real broker: killed, paused, refused, and never wrong by one."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from agents.delivery.producer import Outbox
from agents.model_file import PRESET
from agents.settings import Settings
from schemas.lead_event import Origin, TouchSeen
from schemas.lead_state import Control, LeadState
from streams.lead_codec import CONTROL_KEY, applied_of, decode, encode
from streams.topology import LEAD_CARDS, LEAD_EVENTS, LEAD_LEDGER, LEAD_STATE, SCORE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

ENCODER = msgspec.json.Encoder()
START_MS = 1_790_000_000_000
KINDS = ("page_view", "visit", "video_view")
SESSION_S = 6.0
"""The broker allows no less."""


def touches(count: int, leads: int = 200, first: int = 0) -> list[tuple[str, TouchSeen]]:
    """(lead id, event) of so many page views and the like, spread over so many leads."""
    return [
        (
            f"lead-{number % leads:04d}",
            TouchSeen(
                id=f"t{number}", at_ms=START_MS + number, origin=Origin("touches.web", 0, number, START_MS + number),
                kind=KINDS[number % 3], channel="web", page="/blog",
            ),
        )
        for number in range(first, first + count)
    ]  # fmt: skip


class Log:
    """Writes the log as `identify` does, and reads the score table back."""

    def __init__(self, settings: Settings, kafka: Kafka) -> None:
        self.settings, self.kafka = settings, kafka
        self.said: Counter[str] = Counter()
        self.out = Outbox(settings)

    async def say(self, told: list[tuple[str, TouchSeen]], *, at_once: int = 2_000, pause_s: float = 0.0) -> None:
        for first in range(0, len(told), at_once):
            some = told[first : first + at_once]
            await self.out.write(
                LEAD_EVENTS, [(None, lead.encode(), ENCODER.encode(event), []) for lead, event in some]
            )
            self.said.update(lead for lead, _ in some)
            await asyncio.sleep(pause_s)

    async def states(self) -> tuple[dict[str, LeadState], dict[int, int]]:
        """Of each lead, the record with the highest applied offset; and the records of control by partition."""
        leads: dict[bytes, bytes] = {}
        controls: dict[int, int] = {}
        for record in await self.kafka.read_all(LEAD_STATE):
            if record.key == CONTROL_KEY:
                control = msgspec.json.decode(record.value, type=Control)
                controls[record.partition] = max(control.applied, controls.get(record.partition, -1))
            elif record.key not in leads or applied_of(record.value) > applied_of(leads[record.key]):
                leads[record.key] = record.value
        return {key.decode(): decode(value) for key, value in leads.items()}, controls

    async def until_scored(self, within_s: float = 40.0) -> None:
        """Wait until the control records reach the end of the log."""
        ends = await self.kafka.end_offsets(LEAD_EVENTS)

        async def scored() -> bool:
            _, controls = await self.states()
            return all(controls.get(p, -1) + 1 >= end for p, end in ends.items() if end)

        await until(scored, "the score table to reach the end of the log", within_s)

    async def counted(self) -> Counter[str]:
        """Touches counted in each lead's state."""
        leads, _ = await self.states()
        return Counter({lead: state.touches for lead, state in leads.items()})


@pytest.fixture
async def log(settings: Settings, kafka: Kafka) -> AsyncIterator[Log]:
    await kafka.create(SCORE.topics)
    made = Log(settings, kafka)
    await made.out.start()
    yield made
    await made.out.stop()


async def test_a_killed_worker_counts_every_touch_once(log: Log, worker: StartWorker) -> None:
    first = await worker("score", member="score-1")
    saying = asyncio.create_task(log.say(touches(20_000), at_once=1_000, pause_s=0.05))

    async def some_are_scored() -> bool:
        return len((await log.states())[1]) > 0

    await until(some_are_scored, "the first flush")
    first.kill()
    again = await worker("score", member="score-1")
    await asyncio.sleep(0.3)
    again.kill()
    await worker("score", member="score-1")
    await saying
    await log.until_scored()

    assert log.said == await log.counted()


async def test_a_paused_worker_that_wakes_as_a_stranger_changes_nothing(log: Log, worker: StartWorker) -> None:
    paused = await worker("score", session_timeout_s=SESSION_S)
    await log.say(touches(500))
    await log.until_scored()
    saying = asyncio.create_task(log.say(touches(4_000, first=500), at_once=200, pause_s=0.05))
    paused.send(signal.SIGSTOP)
    successor = await worker("score", session_timeout_s=SESSION_S, wait=False)
    await saying
    await log.until_scored()
    paused.send(signal.SIGCONT)
    await log.say(touches(500, first=4_500))
    await log.until_scored()

    assert log.said == await log.counted()
    assert 0 == await successor.terminate()


async def test_a_late_writer_is_noticed_and_its_record_does_not_stay_the_last_word(
    log: Log, kafka: Kafka, worker: StartWorker
) -> None:
    one = await worker("score")
    told = touches(8, leads=4)
    await log.say(told)
    await log.until_scored()
    lead = told[0][0]
    partition = log.out.partition_of(lead.encode())
    neighbour = next(n for n in map("near-{}".format, range(99)) if log.out.partition_of(n.encode()) == partition)
    await kafka.say(LEAD_STATE, encode(LeadState(), 0), key=lead, partition=partition)

    for number in (8, 9):
        await log.say([(neighbour, touches(1, first=number)[0][1])])
        await log.until_scored()

    records = [r for r in await kafka.read_all(LEAD_STATE) if r.key == lead.encode()]
    assert 2 == decode(records[-1].value).touches
    assert log.said == await log.counted()
    assert "touchline_foreign_writes_total 1.0" in await one.page("/metrics")


async def test_a_worker_goes_on_from_its_control_record_whatever_the_group_has_committed(
    log: Log, settings: Settings, kafka: Kafka, worker: StartWorker
) -> None:
    first = await worker("score")
    await log.say(touches(300, leads=30))
    await log.until_scored()
    assert 0 == await first.terminate()
    await forget_commits(settings, kafka)
    before = len(await kafka.read_all(LEAD_LEDGER))

    await worker("score")
    await log.say(touches(30, leads=30, first=300))
    await log.until_scored()

    assert log.said == await log.counted()
    ledger = await kafka.values(LEAD_LEDGER)
    assert before > 0
    assert len(ledger) == len({(e.lead_id, e.offset, e.dimension, e.rule) for e in ledger})
    assert {f"lead-{n:04d}" for n in range(30)} == {c.lead_id for c in await kafka.values(LEAD_CARDS)}


async def forget_commits(settings: Settings, kafka: Kafka) -> None:
    """Set the group back to the start, as an operator might by mistake."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap, group_id=f"{settings.prefix}touchline-score", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(kafka.name(LEAD_EVENTS), p) for p in range(settings.partitions)]
        consumer.assign(partitions)
        await consumer.commit({tp: OffsetAndMetadata(0, "") for tp in partitions})
    finally:
        await consumer.stop()


async def test_a_worker_refuses_to_start_without_its_topics(settings: Settings, worker: StartWorker) -> None:
    one = await worker("score", wait=False)

    assert 2 == await asyncio.to_thread(one.wait_end, 20.0)
    assert f"{settings.prefix}lead.events is missing" in one.excerpt(20)
    assert "touchline topics apply" in one.excerpt(20)


async def test_a_worker_refuses_another_partition_count_and_names_the_command(log: Log, worker: StartWorker) -> None:
    one = await worker("score", wait=False, partitions=3)

    assert 2 == await asyncio.to_thread(one.wait_end, 20.0)
    assert "has 4 partitions where 3 are configured" in one.excerpt(20)
    assert "`--partitions 4`" in one.excerpt(20)


async def test_another_model_given_at_start_is_a_hint_and_changes_nothing(
    log: Log, worker: StartWorker, tmp_path: Path
) -> None:
    first = await worker("score")
    await log.say(touches(10))
    await log.until_scored()
    await first.terminate()
    other = tmp_path / "other.yaml"
    other.write_text(PRESET.read_text().replace("version: 1", "version: 2"))

    one = await worker("score", "--model", str(other))
    await log.say(touches(10, first=10))
    await log.until_scored()

    assert "`touchline model apply FILE` changes it" in one.excerpt(20)
    controls = [r.value for r in await log.kafka.read_all(LEAD_STATE) if r.key == CONTROL_KEY]
    assert {"b2b-services@1"} == {msgspec.json.decode(c, type=Control).models[0].split()[0] for c in controls}
