"""Faust's real consumer over a broker in memory: every record comes, once and in order."""

import asyncio

import pytest
from faust.types import TP

from agents.batch_transport import WrongFaust, check_names
from agents.group_commit import Group
from tests.pure.transport.bench import RIPE, Begin, Notes
from tests.pure.transport.memory import Log


async def test_a_partition_under_pressure_is_not_fetched_when_the_last_other_one_pauses_too(bench: Begin) -> None:
    log, stage, other = Log(), Notes(), TP("ripe", 1)
    worker = await bench(log, stage)
    await worker.consumer.rebalance({RIPE, other})
    await worker.ready(2)
    worker.consumer.on_buffer_full(other)
    seen = len(log.fetched)
    await worker.until(lambda: len(log.fetched) > seen + 1)

    worker.consumer.on_buffer_full(RIPE)  # Faust's own set is empty now, which aiokafka takes for "all"
    log.append("ripe", 1, b"v")
    await asyncio.sleep(0.3)
    assert [] == stage.flushed
    worker.consumer.on_buffer_drop(other)
    await worker.until(lambda: stage.flushed == [0])


async def test_a_record_is_delivered_once_although_the_position_went_back(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await worker.until(lambda: len(stage.flushed) == 10)

    worker.consumer._at[RIPE] = 4
    log.append("ripe", 0, b"v")
    await worker.until(lambda: 10 in stage.flushed)

    assert list(range(11)) == stage.flushed


async def test_pressure_reaches_the_broker_when_a_flush_takes_long(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, *[b"v"] * 5_000)
    worker = await bench(log, stage, group_records=10)
    await stage.begun.wait()
    await asyncio.sleep(0.3)

    taken = sum(len(d.value) for d in worker.app.group_commit._waiting)
    stage.hold.set()
    await worker.until(lambda: len(stage.flushed) == 5_000)

    assert taken <= 20
    assert list(range(5_000)) == stage.flushed


async def test_two_flushes_never_run_at_once(bench: Begin) -> None:
    running = most = 0

    class Slow(Notes):
        async def flush(self, group: Group) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1
            await super().flush(group)

    log, stage = Log(), Slow()
    log.append("ripe", 0, *[b"v"] * 100)
    worker = await bench(log, stage, group_records=10)
    await worker.until(lambda: len(stage.flushed) == 100)

    assert 1 == most


def test_the_pinned_faust_has_every_name_that_is_overridden() -> None:
    check_names()


def test_a_faust_without_an_overridden_name_is_refused_in_words() -> None:
    class Stranger:
        getmany = None

    with pytest.raises(WrongFaust, match=r"lack Stranger\._add_gap, .* pinned in pyproject\.toml"):
        check_names({Stranger: ("getmany", "_add_gap")})
