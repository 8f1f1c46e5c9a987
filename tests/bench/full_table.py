"""A score table as a busy hour leaves it: every lead once, then a part of them again and again, none compacted away."""

from collections.abc import Callable, Iterator
from itertools import chain
from random import Random

import msgspec
from aiokafka import AIOKafkaProducer

from agents.delivery.producer import Item, Outbox, partition_for
from agents.settings import Settings
from agents.table.changelog import changelog
from schemas.lead_state import Control
from streams.fold import FOLD_REVISION
from streams.judge import Judge
from streams.lead_codec import CONTROL_KEY, moved
from streams.topology import LEAD_EVENTS, LEAD_STATE, name_of
from tests.bench.crowd import crowd
from tests.bench.load import GOLDEN, MASK, PARTITIONS, bench_model
from tests.bench.place import BATCH_BYTES

PER_FLUSH = 5_000
"""Leads, over all partitions: half a second of 10,000 touches a second."""
TOUCHES = 10
"""Behind each state: 700 bytes, as most leads have."""
BUSY_SHARE = 0.5
"""Of the leads, those who come again."""
EVENT = b"-"
"""The events behind the table are only counted, so one byte does."""


class Filled(msgspec.Struct, frozen=True):
    """What lies on the table's topic."""

    records: int
    """Control records included."""
    leads: int
    value_bytes: float
    """Mean size of a state."""


def key_of(number: int) -> bytes:
    """Of the lead of this number, from 0."""
    return b"L%016X" % ((number + 1) * GOLDEN & MASK)


async def fill(
    settings: Settings,
    leads: int,
    tail: int,
    judge: Judge | None = None,
    state_of: Callable[[int], bytes] | None = None,
) -> Filled:
    """Every lead once, then so many later records, flush by flush, each flush ended by its control records.

    `state_of`: the record of the lead of this number, where it is not one of a usual crowd.
    """
    keys = [key_of(number) for number in range(leads)]
    places = [partition_for(key, PARTITIONS) for key in keys]
    draw = Random(7).random
    again = (int(draw() * leads * BUSY_SHARE) for _ in range(tail))
    flushes = _flushes(chain(range(leads), again), keys, places)
    async with changelog(settings) as log:
        generation = (await log.ends(range(PARTITIONS))).generation
    judge = judge or Judge.of(bench_model())
    out = Outbox(settings)
    await out.start()
    states = [] if state_of is not None else crowd(TOUCHES).states
    written = 0
    applied, records, size = [-1] * PARTITIONS, 0, 0
    try:
        for flush in flushes:
            items: list[Item] = []
            for number, (key, partition) in enumerate(flush):
                applied[partition] += 1
                state = states[(records + number) % len(states)] if state_of is None else state_of(written)
                written += 1
                value = moved(state, applied[partition])
                size += len(value)
                items.append((partition, key, value, []))
            for partition in range(PARTITIONS):
                control = Control(
                    generation=generation, applied=applied[partition], models=[f"{judge.name} {judge.digest}"],
                    fold_revision=FOLD_REVISION, partitions=PARTITIONS,
                )  # fmt: skip
                items.append((partition, CONTROL_KEY, msgspec.json.encode(control), []))
            await out.write(LEAD_STATE, items)
            records += len(items)
    finally:
        await out.stop()
    await _count_events(settings, applied)
    return Filled(records, leads, size / (leads + tail))


def _flushes(order: Iterator[int], keys: list[bytes], places: list[int]) -> Iterator[list[tuple[bytes, int]]]:
    """A lead comes once in a flush, as the fold has it."""
    flush: dict[int, None] = {}
    for number in order:
        if number in flush or len(flush) == PER_FLUSH:
            yield [(keys[n], places[n]) for n in flush]
            flush = {}
        flush[number] = None
    yield [(keys[n], places[n]) for n in flush]


async def _count_events(settings: Settings, applied: list[int]) -> None:
    """As many records on the log as the table says it holds."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES
    )
    await producer.start()
    try:
        for partition, last in enumerate(applied):
            batch = producer.create_batch()
            for _ in range(last + 1):
                if batch.append(key=EVENT, value=EVENT, timestamp=None) is None:
                    await producer.send_batch(batch, name_of(LEAD_EVENTS, settings), partition=partition)
                    batch = producer.create_batch()
                    batch.append(key=EVENT, value=EVENT, timestamp=None)
            await (await producer.send_batch(batch, name_of(LEAD_EVENTS, settings), partition=partition))
    finally:
        await producer.stop()
