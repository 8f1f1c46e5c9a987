"""Producers that use transactions: committed touches count once, aborted ones never, and markers hold nothing up."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from agents.demo.crew import Worker
from agents.settings import Settings
from streams.topology import LEAD_EVENTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touches import TOPICS, events, touch

pytestmark = pytest.mark.live

PLACE = 1
"""The partition that transactions write to."""
GROUP = "touchline-identify"
TIMEOUT_MS = 3_000
"""Of a transaction nobody ends. The broker looks every ten seconds."""

Begin = Callable[..., Awaitable[AIOKafkaProducer]]


@pytest.fixture
async def transactional(settings: Settings) -> AsyncIterator[Begin]:
    """Starts producers of their own transactional id."""
    begun: list[AIOKafkaProducer] = []

    async def begin(timeout_ms: int = 60_000) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap, transactional_id=f"{settings.prefix}{len(begun)}",
            transaction_timeout_ms=timeout_ms, linger_ms=2,
        )  # fmt: skip
        await producer.start()
        begun.append(producer)
        return producer

    yield begin
    for producer in begun:
        await producer.stop()


async def say(producer: AIOKafkaProducer, kafka: Kafka, first: int, count: int = 10) -> list[str]:
    """Touches within the transaction begun; their ids."""
    for number in range(first, first + count):
        body = msgspec.json.encode(touch(number, {"user": f"u{number % 7}"}))
        await producer.send_and_wait(kafka.name(TOUCHES_WEB), body, partition=PLACE)
    return [f"t{number}" for number in range(first, first + count)]


async def ids(kafka: Kafka, count: int) -> list[str]:
    return sorted(event.id for _, event in await events(kafka, count))


async def lag(worker: Worker) -> float:
    """Records between the worker and the end of the partition."""
    page = await worker.page("/metrics")
    found = re.search(rf'touchline_partition_lag{{partition="{PLACE}",stage="\w+",topic="touches.web"}} (\S+)', page)
    return float(found[1]) if found else -1.0


async def until_lag_is(worker: Worker, holds: Callable[[float], bool], within_s: float = 20.0) -> None:
    async def seen() -> bool:
        return holds(await lag(worker))

    await until(seen, "the lag to become what it should be", within_s)


async def test_committed_touches_count_once_aborted_ones_never_and_markers_hold_nothing_up(
    kafka: Kafka, worker: StartWorker, transactional: Begin
) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify")
    producer = await transactional()
    kept: list[str] = []
    for number in range(8):
        await producer.begin_transaction()
        said = await say(producer, kafka, number * 10)
        if number % 2:
            await producer.abort_transaction()
        else:
            await producer.commit_transaction()
            kept += said

    assert sorted(kept) == await ids(kafka, len(kept))
    await until_lag_is(identify, lambda behind: behind == 0)
    await kafka.until_committed(GROUP, TOUCHES_WEB)
    ends = await kafka.end_offsets(TOUCHES_WEB)
    assert 8 * 10 + 8 == ends[PLACE]
    assert sorted(kept) == sorted(event.id for event in await kafka.values(LEAD_EVENTS))


async def test_a_restart_goes_on_behind_the_markers(kafka: Kafka, worker: StartWorker, transactional: Begin) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify", member="identify-1")
    producer = await transactional()
    kept: list[str] = []
    for number, again in enumerate((identify.terminate, None)):
        await producer.begin_transaction()
        kept += await say(producer, kafka, 100 * number)
        await producer.commit_transaction()
        await producer.begin_transaction()
        await say(producer, kafka, 100 * number + 50)
        await producer.abort_transaction()
        await ids(kafka, len(kept))
        await kafka.until_committed(GROUP, TOUCHES_WEB)
        if again is not None:
            assert 0 == await again()
            await identify.ready()

    await until_lag_is(identify, lambda behind: behind == 0)
    assert sorted(kept) == sorted(event.id for event in await kafka.values(LEAD_EVENTS))


@pytest.mark.long
async def test_a_transaction_nobody_ends_holds_its_partition_back_until_the_broker_ends_it_and_the_lag_says_so(
    kafka: Kafka, worker: StartWorker, transactional: Begin
) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify")
    hanging = await transactional(TIMEOUT_MS)
    await hanging.begin_transaction()
    await say(hanging, kafka, 0, count=1)
    behind = touch("behind", {"user": "cyd"})
    elsewhere = touch("elsewhere", {"user": "cyd"})
    await kafka.say(TOUCHES_WEB, behind, partition=PLACE)
    await kafka.say(TOUCHES_WEB, elsewhere, partition=0)

    assert ["telsewhere"] == await ids(kafka, 1)
    await until_lag_is(identify, lambda behind: behind == 2)
    assert await asyncio.to_thread(identify.answers), "waiting for a transaction is no fault of ours"
    heard = await events(kafka, 2, within_s=30)

    assert ["tbehind", "telsewhere"] == sorted(event.id for _, event in heard)
    await until_lag_is(identify, lambda behind: behind == 0)
