"""Faust's real consumer over a broker in memory: what a change of assignment would lose or double."""

import asyncio
from typing import Any

from faust.types import ConsumerMessage

from tests.pure.transport.bench import RIPE, Begin, Bench, Notes
from tests.pure.transport.memory import Log


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


async def test_what_a_rebalance_overtook_on_its_way_is_never_committed(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await stage.begun.wait()
    held = log.hold_fetch = asyncio.Event()
    log.append("ripe", 0, *[b"v"] * 10)
    await worker.until(lambda: worker.consumer._at[RIPE] == 20)
    await asyncio.sleep(0.25)

    rebalance = asyncio.create_task(worker.consumer.rebalance({RIPE}))
    await asyncio.sleep(0.05)
    held.set()
    await asyncio.sleep(0.05)
    stage.hold.set()
    await rebalance
    committed = dict(log.committed)
    await worker.until(lambda: len(stage.flushed) >= 20)

    assert {RIPE: 10} == committed
    assert list(range(20)) == stage.flushed


async def test_the_rest_of_a_fetch_is_not_delivered_to_an_assignment_that_came_between(bench: Begin) -> None:
    log, stage = Log(), Notes()
    worker = await bench(log, stage, group_records=1)
    await worker.app._fetcher.stop()
    log.append("ripe", 0, *[b"v"] * 3)
    delivered = [message.offset async for _, message in _with_a_revocation_after(worker, 1)]

    assert [0] == delivered
    assert [0] == list(worker.consumer._inflight[RIPE])


async def _with_a_revocation_after(worker: Bench, count: int) -> Any:
    """What one fetch delivers when partitions are revoked after so many chunks."""
    seen = 0
    async for tp, message in worker.consumer.getmany(1.0):
        seen += 1
        yield tp, message
        if seen == count:
            worker.consumer._epoch += 1


async def test_an_acknowledgement_from_before_a_rebalance_commits_nothing_after_it(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, stage)
    await worker.until(lambda: stage.flushed == list(range(10)))
    log.refuse_commits = 1
    stage.hold = asyncio.Event()
    stage.begun.clear()

    await worker.consumer.rebalance({RIPE})
    await worker.ready(2)
    await stage.begun.wait()
    await worker.consumer.commit()

    assert {} == log.committed, "what was acknowledged before is delivered again, and not done yet"
    stage.hold.set()


async def test_a_worker_without_partitions_fetches_nothing_and_goes_on_when_it_gets_one(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, *[b"v"] * 3)
    worker = await bench(log, stage)
    await worker.until(lambda: len(stage.flushed) == 3)
    await worker.consumer.rebalance(set())
    await worker.ready(2)
    log.append("ripe", 0, *[b"v"] * 3)
    seen = len(log.fetched)
    await asyncio.sleep(0.3)

    assert [] == log.fetched[seen + 1 :], "an empty set of partitions means all of them"
    assert ({RIPE: 3}, []) == (log.committed, worker.app.waiting())
    await worker.consumer.rebalance({RIPE})
    await worker.until(lambda: len(stage.flushed) == 6)
    assert list(range(6)) == stage.flushed
