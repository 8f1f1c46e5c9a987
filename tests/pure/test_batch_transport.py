"""Faust's real consumer over a broker in memory: each test a fault that loses or doubles records."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from faust.types import TP, ConsumerMessage

from agents.app import StageApp, build_app
from agents.batch_transport import WrongFaust, check_names
from agents.group_commit import GiveBack, Group
from agents.producer import Outbox
from agents.settings import Settings
from streams.topology import ROUTE
from tests.pure.memory_transport import SCHEME, Log, register

RIPE = TP("ripe", 0)


class Notes:
    """A stage that writes down what it is given."""

    step = ROUTE
    app: StageApp

    def __init__(self) -> None:
        self.flushed: list[int] = []
        """Offsets, in order."""
        self.assignments = 0
        self.hold: asyncio.Event | None = None
        """Set: a flush waits for this."""
        self.begun = asyncio.Event()
        self.give_back = False
        self.begin_at: dict[tuple[str, int], int] = {}
        self.while_restoring: Callable[[], Awaitable[None]] | None = None

    async def start(self, out: Outbox) -> None: ...

    async def stop(self) -> None: ...

    async def revoked(self) -> None: ...

    def starts(self) -> dict[tuple[str, int], int]:
        return self.begin_at

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        self.assignments += 1
        if self.while_restoring is not None:
            await self.while_restoring()

    async def flush(self, group: Group) -> None:
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.give_back:
            raise GiveBack
        self.flushed += [record.offset for batch in group.batches for record in batch.records]
        group.acknowledge()


class Bench:
    """A running worker over memory."""

    def __init__(self, app: StageApp, stage: Notes, log: Log) -> None:
        self.app, self.stage, self.log = app, stage, log
        self.consumer: Any = app.consumer

    async def until(self, holds: Callable[[], bool], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds():
                await asyncio.sleep(0.005)

    async def ready(self, assignments: int) -> None:
        await self.until(lambda: self.stage.assignments >= assignments and not self.app.rebalancing)


Begin = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def bench() -> AsyncIterator[Begin]:
    running: list[tuple[StageApp, list[asyncio.Task[Any]]]] = []
    register()

    async def begin(log: Log, stage: Notes, **changes: Any) -> Bench:
        settings = Settings(**{"pace_ms": 0, "session_timeout_s": 10.0, **changes})
        app = build_app(stage, settings, SCHEME)
        stage.app = app
        app.log_in_memory = log
        app.conf.broker_rebalance_timeout = 1.0
        app.conf.broker_commit_interval = 60.0  # commits come from rebalances and from the tests themselves
        tasks = [asyncio.create_task(app.group_commit.run()), asyncio.create_task(app.start())]
        running.append((app, tasks))
        made = Bench(app, stage, log)
        await made.ready(1)
        return made

    yield begin
    for app, tasks in running:
        stage = app.stage
        assert isinstance(stage, Notes)
        stage.hold = None
        app.consumer._unacked_messages.clear()
        await app.stop()
        for task in tasks:
            task.cancel()


async def test_records_come_in_order_and_their_offset_is_committed(bench: Begin) -> None:
    log = Log()
    log.append("ripe", 0, *[b"v"] * 1_200)
    worker = await bench(log, Notes(), group_records=100)

    await worker.until(lambda: len(worker.stage.flushed) == 1_200)
    await worker.consumer.commit()

    assert list(range(1_200)) == worker.stage.flushed
    assert {RIPE: 1_200} == log.committed


async def test_a_rebalance_commits_what_was_acknowledged(bench: Begin) -> None:
    log = Log()
    log.append("ripe", 0, *[b"v"] * 100)
    worker = await bench(log, Notes())
    await worker.until(lambda: len(worker.stage.flushed) == 100)

    await worker.consumer.rebalance({RIPE})
    await worker.ready(2)

    assert {RIPE: 100} == log.committed
    assert list(range(100)) == worker.stage.flushed


async def test_a_rebalance_waits_for_the_flush_that_has_begun(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await stage.begun.wait()

    rebalance = asyncio.create_task(worker.consumer.rebalance({RIPE}))
    await asyncio.sleep(0.1)
    assert not rebalance.done()
    stage.hold.set()
    await rebalance
    await worker.ready(2)

    assert {RIPE: 10} == log.committed
    assert list(range(10)) == stage.flushed


async def test_a_flush_that_outlives_the_drain_ends_the_process(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, b"v")
    worker = await bench(log, stage)
    await stage.begun.wait()

    await worker.consumer.on_partitions_revoked({RIPE})

    assert 0.5 < worker.consumer.overran_after_s < 2.0


async def test_only_the_unbroken_prefix_of_acknowledged_chunks_is_committed(bench: Begin) -> None:
    log = Log()
    worker = await bench(log, Notes())
    consumer = worker.consumer
    consumer._inflight[RIPE].extend([9, 19, 29])

    consumer._acked_index[RIPE] |= {9, 29}
    first = consumer._new_offset(RIPE)
    consumer._acked_index[RIPE].add(19)
    second = consumer._new_offset(RIPE)

    assert [10, 30] == [first, second]


async def test_a_gap_in_the_offsets_commits_nothing_that_is_still_in_flight(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 4, offsets=[10, 11, 13, 14])
    worker = await bench(log, stage, group_records=1)
    await worker.until(lambda: stage.flushed == [10, 11, 13, 14])
    stage.hold = asyncio.Event()
    stage.begun.clear()
    log.append("ripe", 0, *[b"v"] * 2, offsets=[20, 30])
    await stage.begun.wait()

    await worker.consumer.commit()

    assert {RIPE: 15} == log.committed
    assert not worker.consumer._gap[RIPE], "Faust keeps every missing offset as a number"
    stage.hold.set()


async def test_nothing_is_fetched_before_the_seek_although_faust_opens_the_partitions(bench: Begin) -> None:
    log, stage = Log(), Notes()

    async def as_faust_does() -> None:
        consumer = stage.app.consumer
        log.append("ripe", 0, *[b"v"] * 10)
        consumer.resume_partitions({RIPE})
        consumer.resume_flow()
        await stage.app._fetcher.maybe_start()
        await asyncio.sleep(0.1)
        assert [] == log.fetched

    stage.while_restoring = as_faust_does
    worker = await bench(log, stage)
    await worker.until(lambda: len(stage.flushed) >= 10)

    assert list(range(10)) == stage.flushed
    assert set() not in log.fetched


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


async def test_a_partition_without_a_commit_begins_at_its_first_record(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, *[b"v"] * 3, offsets=[5, 6, 7])
    worker = await bench(log, stage)
    await stage.begun.wait()
    stage.give_back = True
    stage.hold.set()
    await worker.until(lambda: not worker.consumer._unacked_messages)
    stage.give_back = False

    await worker.consumer.rebalance({RIPE})
    await worker.until(lambda: len(stage.flushed) >= 3)

    assert [5, 6, 7] == stage.flushed
    assert {} == log.committed


async def test_a_stage_that_knows_where_it_is_goes_on_from_there(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 10)
    log.committed[RIPE] = 2
    stage.begin_at = {("ripe", 0): 7}
    worker = await bench(log, stage)

    await worker.until(lambda: len(stage.flushed) >= 3)

    assert [7, 8, 9] == stage.flushed


async def test_a_fetch_that_a_rebalance_overtook_is_dropped_even_within_one_generation(bench: Begin) -> None:
    log, stage = Log(), Notes()
    worker = await bench(log, stage)
    generation = worker.app.consumer_generation_id
    held = log.hold_fetch = asyncio.Event()
    log.append("ripe", 0, *[b"v"] * 10)
    await worker.until(lambda: worker.consumer._at[RIPE] == 10)

    async def as_faust_does() -> None:
        worker.app.flow_control.resume()
        worker.consumer.resume_flow()
        held.set()
        await asyncio.sleep(0.1)

    stage.while_restoring = as_faust_does
    await worker.consumer.rebalance({RIPE}, generation)
    await worker.ready(2)
    await worker.until(lambda: len(stage.flushed) >= 10)
    await asyncio.sleep(0.05)

    assert list(range(10)) == stage.flushed


async def test_a_record_is_delivered_once_although_the_position_went_back(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await worker.until(lambda: len(stage.flushed) == 10)

    worker.consumer._at[RIPE] = 4
    log.append("ripe", 0, b"v")
    await worker.until(lambda: 10 in stage.flushed)

    assert list(range(11)) == stage.flushed


async def test_a_group_given_back_is_neither_committed_nor_waited_for(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.give_back = True
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await stage.begun.wait()
    stage.give_back = False

    await worker.consumer.rebalance({RIPE})
    await worker.until(lambda: len(stage.flushed) >= 10)

    assert None is worker.consumer.overran_after_s
    assert list(range(10)) == stage.flushed


async def test_what_nobody_took_of_an_old_assignment_holds_up_no_later_rebalance(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, b"v")
    worker = await bench(log, stage)
    await worker.until(lambda: stage.flushed == [0])
    left = ConsumerMessage("ripe", 0, 7, 0.0, 0, (), None, [], None, 0, 0, RIPE, generation_id=0)
    worker.consumer._unacked_messages.add(left)

    await worker.consumer.perform_seek()
    await worker.consumer.rebalance({RIPE})

    assert None is worker.consumer.overran_after_s


async def test_a_refused_commit_is_offered_again(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await worker.until(lambda: len(stage.flushed) == 10)
    log.refuse_commits = 1

    await worker.consumer.commit()
    assert {} == log.committed
    await worker.consumer.commit()

    assert {RIPE: 10} == log.committed


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
