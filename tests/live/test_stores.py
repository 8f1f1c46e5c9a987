"""The score table on disk, over a real broker: killed, restarted, its changelog made anew; never wrong by one."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from prometheus_client import REGISTRY

from agents.delivery.producer import partition_for
from agents.demo.crew import Worker
from agents.settings import Settings, StoreKind
from schemas.lead_state import LeadState
from streams.lead_codec import decode, encode
from streams.topology import LEAD_STATE
from tests.conftest import StartWorker
from tests.live.kafka import until
from tests.live.rebuilding import Generation, life

pytestmark = pytest.mark.live

LEADS = 300


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With stores on disk."""
    return settings.model_copy(update={"store": StoreKind.ROCKSDB, "store_cache_mb": 16})


def restored(one: Worker) -> list[dict[str, Any]]:
    """What it said of each restore, since its first start."""
    lines = one.log.read_text().splitlines()
    return [
        told for told in map(json.loads, lines) if told.get("event") == "score table restored" and told["partitions"]
    ]


def discarded() -> float:
    return REGISTRY.get_sample_value("touchline_stores_discarded_total") or 0.0


async def counted(generation: Generation) -> Counter[str]:
    """Touches in each lead's state."""
    return Counter({lead: state.touches for lead, state in (await generation.table())[0].items()})


async def test_a_killed_worker_counts_every_touch_once_and_reads_only_the_tail_again(
    first: Generation, worker: StartWorker
) -> None:
    told = life(LEADS, rounds=40)
    touches = Counter(lead for lead, event in told if event.id.startswith("t"))
    one = await worker("score", member="score-1", model=first.settings.model)

    async def say() -> None:
        for at in range(0, len(told), 500):
            await first.say(told[at : at + 500])

    async def some_are_scored() -> bool:
        return len((await first.table())[1]) > 0

    saying = asyncio.create_task(say())
    await until(some_are_scored, "the first flush")
    one.kill()
    await one.ready()
    await saying
    await first.until_scored()
    one.kill()
    written = sum((await first.kafka.end_offsets(LEAD_STATE)).values())
    await one.ready()
    await first.say(life(LEADS, rounds=1, first=40 * LEADS))
    await first.until_scored()

    assert touches + Counter(touches.keys()) == await counted(first)
    last = restored(one)[-1]
    assert LEADS == last["leads"]
    # The last flush may have reached the broker and not the disk.
    assert last["records"] < written / 10


async def test_a_table_made_anew_is_not_mixed_with_what_the_disk_holds(first: Generation) -> None:
    await first.score(life(20, rounds=3))
    before, _ = await first.table()
    lost = discarded()
    await first.delete(LEAD_STATE)
    await first.make()

    await first.score([])

    assert lost + first.settings.partitions == discarded()
    assert before == (await first.table())[0]


async def test_what_a_late_writer_left_is_written_again_even_if_the_worker_restarts_before(first: Generation) -> None:
    await first.score(life(20, rounds=3))
    lead, near = same_partition(first.settings.partitions)
    await first.kafka.say(LEAD_STATE, encode(LeadState(), 0), key=lead, partition=number_of(lead, first))
    await first.score([])
    await first.score([(near, event) for other, event in life(20, rounds=1, first=60) if other == near])

    records = [r for r in await first.kafka.read_all(LEAD_STATE) if r.key == lead.encode()]
    assert 3 == decode(records[-1].value).touches


def number_of(lead: str, generation: Generation) -> int:
    return partition_for(lead.encode(), generation.settings.partitions)


def same_partition(partitions: int) -> tuple[str, str]:
    """Two leads of the twenty that share one."""
    names = [f"lead-{number:04d}" for number in range(20)]
    places = [partition_for(name.encode(), partitions) for name in names]
    return next(
        (one, other)
        for at, one in enumerate(names)
        for to, other in enumerate(names)
        if at < to and places[at] == places[to]
    )
