"""A restore reads each record of the changelog once, though connections break and the log is cut short meanwhile."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from agents.delivery.producer import Outbox
from agents.settings import Settings
from agents.table.bulk_read import BulkRead
from agents.table.changelog import Changelog, changelog
from agents.table.fetch_line import FetchLine, connect
from streams.topology import LEAD_STATE, name_of
from tests.live.kafka import Kafka

pytestmark = pytest.mark.live

BATCHES, PER_BATCH = 30, 20
RECORDS = BATCHES * PER_BATCH
"""On each of two partitions."""


@pytest.fixture
async def log(kafka: Kafka, settings: Settings) -> AsyncIterator[Changelog]:
    """A changelog of several batches on two of its partitions."""
    await kafka.create([LEAD_STATE])
    out = Outbox(settings)
    await out.start()
    for batch in range(BATCHES):
        numbers = range(batch * PER_BATCH, (batch + 1) * PER_BATCH)
        await out.write(LEAD_STATE, [(p, b"lead-%d" % n, b"state-%d" % n, []) for p in (0, 1) for n in numbers])
    await out.stop()
    async with changelog(settings) as reader:
        yield reader


class Taken:
    """What came, by partition."""

    def __init__(self) -> None:
        self.offsets: dict[int, list[int]] = {}

    def __call__(self, partition: int, records: list[Any]) -> None:
        self.offsets.setdefault(partition, []).extend(record.offset for record in records)


ALL = {0: list(range(RECORDS)), 1: list(range(RECORDS))}


async def test_a_connection_that_breaks_within_an_answer_costs_no_record_and_doubles_none(
    log: Changelog, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[FetchLine] = []

    async def noted(broker: Any) -> FetchLine:
        lines.append(await connect(broker))
        return lines[-1]

    monkeypatch.setattr("agents.table.changelog.dial", lambda _: noted)
    monkeypatch.setattr("agents.table.fetch_line.FETCH_BYTES", 4_000)
    taken, broken = Taken(), list[FetchLine]()

    def take(partition: int, records: list[Any]) -> None:
        taken(partition, records)
        if len(broken) < 3 and lines[-1] not in broken:
            broken.append(lines[-1])
            lines[-1].close()

    assert 2 * RECORDS == await log.read({0: 0, 1: 0}, take)
    assert ALL == taken.offsets
    assert 4 == len(lines)


async def test_reading_goes_on_in_the_middle_of_a_batch(log: Changelog) -> None:
    taken = Taken()

    assert RECORDS - 47 + 1 == await log.read({0: 47, 1: RECORDS - 1, 2: 0, 3: 9}, taken)
    assert {0: list(range(47, RECORDS)), 1: [RECORDS - 1]} == taken.offsets
    assert 0 == await log.read({0: RECORDS, 1: RECORDS + 5}, taken)


async def test_a_transaction_in_the_changelog_and_its_marker_at_the_end_hold_nothing_up(
    log: Changelog, settings: Settings
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, transactional_id=settings.prefix)
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait(name_of(LEAD_STATE, settings), b"state", b"lead", partition=1)
    await producer.stop()
    taken = Taken()

    assert 1 == await log.read({1: RECORDS}, taken)
    assert {1: [RECORDS]} == taken.offsets


async def test_a_log_that_lost_its_end_while_it_was_read_is_read_from_its_beginning(
    log: Changelog, settings: Settings
) -> None:
    name, taken, cluster = name_of(LEAD_STATE, settings), Taken(), log._consumer._client.cluster
    first, end = await log._bounds(name, [0])
    reading = BulkRead(name, {0: RECORDS + 7}, {0: RECORDS + 9}, taken)
    broker = cluster.broker_metadata(cluster.leader_for_partition(TopicPartition(name, 0)))

    assert not await reading.follow(broker, [0])
    assert {0} == reading.cut
    reading.restart(first, end)
    assert await reading.follow(broker, [0])
    assert {0: ALL[0]} == taken.offsets
