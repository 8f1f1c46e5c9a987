"""Faust's real consumer over a broker in memory: what is committed, and what is not yet."""

import asyncio

from tests.pure.transport.bench import RIPE, Begin, Notes
from tests.pure.transport.memory import Log


async def test_records_come_in_order_and_their_offset_is_committed(bench: Begin) -> None:
    log = Log()
    log.append("ripe", 0, *[b"v"] * 1_200)
    worker = await bench(log, Notes(), group_records=100)

    await worker.until(lambda: len(worker.stage.flushed) == 1_200)
    await worker.consumer.commit()

    assert list(range(1_200)) == worker.stage.flushed
    assert {RIPE: 1_200} == log.committed


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


async def test_a_commit_passes_the_markers_behind_the_last_record(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.append("ripe", 0, b"v", b"v", offsets=[0, 3])
    log.marked_to[RIPE] = 7
    worker = await bench(log, stage)
    await worker.until(lambda: stage.flushed == [0, 3])

    await worker.until(lambda: worker.consumer._passed.get(RIPE) == 7)
    await worker.consumer.commit()

    assert {RIPE: 7} == log.committed


async def test_a_partition_of_aborted_records_alone_is_committed_to_its_end(bench: Begin) -> None:
    log, stage = Log(), Notes()
    log.marked_to[RIPE] = 5
    worker = await bench(log, stage)

    await worker.until(lambda: worker.consumer._passed.get(RIPE) == 5)
    await worker.consumer.commit()

    assert ({RIPE: 5}, []) == (log.committed, stage.flushed)


async def test_no_marker_is_passed_while_a_record_before_it_is_in_flight(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, b"v", b"v")
    log.marked_to[RIPE] = 3
    worker = await bench(log, stage)
    await worker.until(lambda: worker.consumer._passed.get(RIPE) == 3)

    await worker.consumer.commit()

    assert {} == log.committed
    stage.hold.set()
