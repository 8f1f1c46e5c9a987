"""Every ripe touch of a steady stream makes its handoff, once, and the product's own clock saw the same ones."""

import asyncio
from pathlib import Path

import pytest

from agents.settings import Settings
from tests.bench.ride import STUCK_AFTER_S, ride
from tests.bench.visitors import MODEL
from tests.conftest import StartWorker
from tests.live.kafka import Kafka

pytestmark = pytest.mark.live

RATE, SECONDS = 200, 3.0


async def test_each_ripe_touch_of_a_stream_becomes_one_handoff_and_the_histogram_counts_them_all(
    kafka: Kafka, worker: StartWorker, settings: Settings, tmp_path: Path
) -> None:
    await kafka.create()
    names = ("identify", "score", "route")
    stages = dict(zip(names, await asyncio.gather(*(worker(name, model=MODEL) for name in names)), strict=True))

    done = await ride(settings, stages, tmp_path, RATE, SECONDS, warm_up_s=1.0)

    assert RATE * (SECONDS + 1.0) == done.sent.touches
    assert 10 <= done.sent.ripe
    assert (0, 0) == (done.missing, done.repeated)
    assert done.sent.ripe == done.product_count
    assert all(0.0 < seconds < STUCK_AFTER_S for seconds in done.all_seconds)
