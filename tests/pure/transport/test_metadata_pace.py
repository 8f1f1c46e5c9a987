"""A client whose brokers are all away asks for them now and then, not without pause."""

import asyncio
import contextlib
import logging
import time

import pytest
from aiokafka.client import AIOKafkaClient

from agents.delivery.metadata_pace import AFTER_A_FAILURE_S, pace_metadata

LOOKED_S = 0.5


async def asked(client: AIOKafkaClient) -> int:
    """How often it asks while somebody wants to know without pause, as a producer does."""
    asking = asyncio.create_task(client._md_synchronizer())
    until_s, count = time.monotonic() + LOOKED_S, 0
    while time.monotonic() < until_s:
        await client.force_metadata_update()
        count += 1
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    return count


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


async def test_a_client_that_finds_no_broker_asks_ten_times_a_second_at_most() -> None:
    client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
    pace_metadata(client)

    assert 1 <= await asked(client) <= 1 + LOOKED_S / AFTER_A_FAILURE_S


async def test_without_that_it_asks_without_pause() -> None:
    """If this fails, aiokafka pauses by itself, and agents/delivery/metadata_pace.py has nothing left to do."""
    assert await asked(AIOKafkaClient(bootstrap_servers="127.0.0.1:1")) > 100
