"""`touchline rebuild` on a real broker: a log moves to another generation, and no lead notices."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import ConsumerRecord

from agents.producer import partition_for
from agents.settings import Settings
from streams.log_marks import MARK_KEY
from streams.topology import LEAD_EVENTS
from tests.conftest import StartWorker
from tests.live.rebuilding import Generation, life

pytestmark = pytest.mark.live

PARTITIONS = 6


@pytest.fixture
async def first(settings: Settings, worker: StartWorker) -> AsyncIterator[Generation]:
    made = await Generation(settings, worker).make()
    yield made
    await made.kafka.close()


async def test_leads_move_to_more_partitions_with_the_states_they_had(first: Generation) -> None:
    await first.score(life(leads=60, rounds=4))
    before, _ = await first.table()
    said = await first.ripe()
    second = first.named("g2", PARTITIONS)

    done = await second.rebuilt()

    after, controls = await second.table()
    assert before == after
    assert (60, 60, "log", True) == (done["leads"], done["compared"], done["base"], done["cut_over"])
    assert set(range(PARTITIONS)) == set(controls)
    assert {"g2"} == {control.suffix for control in controls.values()}
    assert said == await second.ripe()
    places = {(r.key, r.partition) for r in await second.kafka.read_all(LEAD_EVENTS) if r.key != MARK_KEY}
    assert {(key, partition_for(key, PARTITIONS)) for key, _ in places} == places


async def test_each_lead_keeps_its_order_and_the_time_at_which_kafka_got_each_event(first: Generation) -> None:
    await first.score(life(leads=20, rounds=5))
    second = first.named("g2", PARTITIONS)
    await second.rebuilt()

    assert lives(await first.kafka.read_all(LEAD_EVENTS)) == lives(await second.kafka.read_all(LEAD_EVENTS))


def lives(records: list[ConsumerRecord]) -> dict[bytes, list[tuple[bytes, int]]]:
    """Each lead's events with their times, in the order of the log."""
    told: dict[bytes, list[tuple[bytes, int]]] = {}
    for record in sorted(records, key=lambda r: (r.partition, r.offset)):
        if record.key != MARK_KEY:
            told.setdefault(record.key, []).append((record.value, record.timestamp))
    return told
