"""Every ripe touch of a steady stream makes its handoff, once, and the product's own clock saw the same ones."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.demo.crew import Worker
from agents.settings import Settings
from tests.bench.ride import STUCK_AFTER_S, agrees, quantile, ride
from tests.bench.visitors import MODEL
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

RATE, SECONDS = 200, 3.0


@pytest.fixture
async def stages(kafka: Kafka, worker: StartWorker) -> dict[str, Worker]:
    """From a touch to its handoff."""
    await kafka.create()
    names = ("identify", "score", "route")
    return dict(zip(names, await asyncio.gather(*(worker(name, model=MODEL) for name in names)), strict=True))


@pytest.mark.long
async def test_each_ripe_touch_of_a_stream_becomes_one_handoff_and_the_histogram_counts_them_all(
    stages: dict[str, Worker], settings: Settings, tmp_path: Path
) -> None:
    done = await ride(settings, stages, tmp_path, RATE, SECONDS, warm_up_s=1.0)

    assert RATE * (SECONDS + 1.0) == done.sent.touches
    assert 10 <= done.sent.ripe
    assert (0, 0) == (done.missing, done.repeated)
    assert done.sent.ripe == done.product_count
    assert all(0.0 < seconds < STUCK_AFTER_S for seconds in done.all_seconds)
    assert agrees(done, 0.5), (done.product, done.all_seconds)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_at_a_thousand_touches_a_second_the_products_p99_is_a_strangers_own(
    stages: dict[str, Worker], settings: Settings, tmp_path: Path
) -> None:
    done = await ride(settings, stages, tmp_path, 1000, 120.0)

    assert (0, 0) == (done.missing, done.repeated)
    assert done.reached, f"the sender fell behind: {done.sent}"
    assert done.sent.ripe == done.product_count
    assert quantile(done.seconds, 0.99) < 1.0
    assert agrees(done, 0.99), (done.product, quantile(done.all_seconds, 0.99))

    async def caught_up() -> bool:
        return all([await lag_of(one) == 0.0 for one in stages.values()])

    await until(caught_up, "the lag of every stage to fall to 0")


async def lag_of(worker: Worker) -> float:
    told = text_string_to_metric_families(await worker.page("/metrics"))
    return sum(s.value for family in told for s in family.samples if s.name.startswith("touchline_partition_lag"))
