"""A consumer's stop may end in a cancellation that is nobody's: it must not become its caller's."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer

from agents.delivery.consumer_end import end_consumer


@pytest.fixture
async def consumer() -> AsyncIterator[AIOKafkaConsumer]:
    """Never started: only how its stop ends is in question."""
    one = AIOKafkaConsumer()
    yield one
    await one.stop()


async def a_cancellation_inside() -> None:
    raise asyncio.CancelledError


async def a_failure_inside() -> None:
    raise ConnectionError("the broker went away")


async def never() -> None:
    await asyncio.Event().wait()


async def test_a_cancellation_inside_a_stop_does_not_cancel_the_caller(consumer: AIOKafkaConsumer) -> None:
    await end_consumer(consumer, a_cancellation_inside())

    task = asyncio.current_task()
    assert task is not None
    assert 0 == task.cancelling()


async def test_a_failure_inside_a_stop_is_told(consumer: AIOKafkaConsumer) -> None:
    with pytest.raises(ConnectionError):
        await end_consumer(consumer, a_failure_inside())


async def test_a_caller_who_is_cancelled_hears_it(consumer: AIOKafkaConsumer) -> None:
    ending = asyncio.create_task(end_consumer(consumer, never()))
    await asyncio.sleep(0)
    ending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await ending
