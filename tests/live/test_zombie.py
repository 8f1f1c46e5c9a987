"""A worker that slept while another owned its partition goes on from what the other left; a killed one is back soon."""

import signal
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from agents.delivery.producer import Item, Outbox, partition_for
from agents.settings import Settings
from schemas.lead_event import Origin, TouchSeen
from schemas.lead_state import Control
from streams.lead_codec import CONTROL_KEY, applied_of, decode
from streams.topology import LEAD_EVENTS, LEAD_STATE, SCORE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

PLACE = 2
"""The one partition with records."""
LEADS = [name for name in (f"lead-{n}" for n in range(200)) if partition_for(name.encode(), 4) == PLACE][:7]
START_MS = 1_790_000_000_000
SESSION_S = 6.0
"""The broker allows no less."""
LONG_SESSION_S = 30.0

_encode = msgspec.json.Encoder().encode


class OneLog:
    """Touches on one partition, and what the score table makes of them."""

    def __init__(self, kafka: Kafka, out: Outbox) -> None:
        self._kafka, self._out = kafka, out
        self.said: dict[str, int] = dict.fromkeys(LEADS, 0)

    async def say_up_to(self, end: int) -> None:
        """Say touches until the log holds so many."""
        first = sum(self.said.values())
        items: list[Item] = []
        for number in range(first, end):
            lead = LEADS[number % len(LEADS)]
            self.said[lead] += 1
            event = TouchSeen(
                id=f"t{number}", at_ms=START_MS + number, kind="page_view", channel="web", page="/blog",
                origin=Origin("touches.web", 0, number, START_MS + number),
            )  # fmt: skip
            items.append((None, lead.encode(), _encode(event), []))
        await self._out.write(LEAD_EVENTS, items)

    async def until_applied(self, end: int, within_s: float = 40.0) -> None:
        """Wait until the table holds so many records."""

        async def applied() -> bool:
            records = [
                r for r in await self._kafka.read_all(LEAD_STATE) if r.key == CONTROL_KEY and r.partition == PLACE
            ]
            controls = [msgspec.json.decode(r.value, type=Control).applied for r in records]
            return max(controls, default=-1) == end - 1

        await until(applied, f"the score table to hold {end} records", within_s)

    async def counted(self) -> dict[str, int]:
        """Touches of each lead, by the highest applied record of each."""
        latest: dict[bytes, bytes] = {}
        for record in await self._kafka.read_all(LEAD_STATE):
            key, value = record.key, record.value
            if key != CONTROL_KEY and (key not in latest or applied_of(value) > applied_of(latest[key])):
                latest[key] = value
        return {key.decode(): decode(value).touches for key, value in latest.items()}


@pytest.fixture
async def log(settings: Settings, kafka: Kafka) -> AsyncIterator[OneLog]:
    await kafka.create(SCORE.topics)
    out = Outbox(settings)
    await out.start()
    yield OneLog(kafka, out)
    await out.stop()


@pytest.mark.long
async def test_a_sleeper_whose_successor_died_goes_on_from_what_the_successor_left(
    log: OneLog, worker: StartWorker
) -> None:
    first = await worker("score", session_timeout_s=SESSION_S)
    await log.say_up_to(100)
    await log.until_applied(100)
    first.send(signal.SIGSTOP)
    second = await worker("score", session_timeout_s=SESSION_S)
    await log.say_up_to(500)
    await log.until_applied(500)
    second.kill()

    first.send(signal.SIGCONT)
    await log.say_up_to(600)
    await log.until_applied(600)

    assert log.said == await log.counted()
    assert 600 == sum((await log.counted()).values())
    assert first.running
    assert 0 == await first.terminate()


async def test_a_killed_worker_with_a_name_of_its_own_is_back_long_before_its_session_would_end(
    log: OneLog, worker: StartWorker
) -> None:
    one = await worker("score", member="score-1", session_timeout_s=LONG_SESSION_S)
    await log.say_up_to(100)
    await log.until_applied(100)
    one.kill()
    await log.say_up_to(200)
    began_s = time.monotonic()

    await one.ready()
    ready_s = time.monotonic() - began_s
    await log.until_applied(200)

    assert ready_s < LONG_SESSION_S / 2
    assert log.said == await log.counted()
