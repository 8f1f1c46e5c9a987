"""A worker that gets nothing done ends with the reason; one that waits for Kafka or Redis, or is idle, lives."""

import asyncio

import pytest

from agents.app import RestoreBroken
from agents.delivery.pulse import Progress, Stalled
from agents.group_commit import Group
from tests.pure.transport.bench import Begin, Bench, Notes
from tests.pure.transport.memory import Log

LIMIT_S = 0.3


async def for_ever() -> None:
    await asyncio.Event().wait()


def watch(worker: Bench, *reasons: str) -> "asyncio.Task[None]":
    """The watch as `build_app` makes it, with another reason not to be ready: here no out box is connected."""
    app = worker.app
    return asyncio.create_task(Progress(LIMIT_S, app.waiting, app.reached, lambda: list(reasons), 0.02).run())


async def test_a_flush_that_never_returns_ends_the_worker_with_the_partition_that_waits(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    worker = await bench(log, stage)
    watching = watch(worker)
    await asyncio.wait({watching}, timeout=2 * LIMIT_S)
    assert not watching.done(), "nothing waited yet"

    log.append("ripe", 0, b"v")
    with pytest.raises(Stalled, match=r"records of ripe/0 wait and none was processed"):
        await asyncio.wait_for(watching, 5.0)


async def test_records_that_may_be_fetched_and_are_not_count_as_waiting(bench: Begin) -> None:
    log, stage = Log(), Notes()
    worker = await bench(log, stage)
    for partition in list(worker.consumer._get_active_partitions()):
        worker.consumer.on_buffer_full(partition)
    await worker.until(lambda: not worker.consumer._get_active_partitions())
    await asyncio.sleep(0.3)  # a fetch that began before may still take records
    log.append("ripe", 0, b"v")

    with pytest.raises(Stalled):
        await asyncio.wait_for(watch(worker), 5.0)


async def test_an_outage_that_is_known_is_a_pause_and_the_clock_begins_after_it(bench: Begin) -> None:
    log, stage = Log(), Notes()
    stage.hold = asyncio.Event()
    log.append("ripe", 0, b"v")
    worker = await bench(log, stage)
    await stage.begun.wait()
    reasons = ["Redis does not answer"]
    watching = asyncio.create_task(
        Progress(LIMIT_S, worker.app.waiting, worker.app.reached, lambda: reasons, 0.02).run()
    )

    await asyncio.wait({watching}, timeout=3 * LIMIT_S)
    assert not watching.done()
    reasons.clear()
    await asyncio.wait({watching}, timeout=LIMIT_S / 2)
    assert not watching.done()
    with pytest.raises(Stalled):
        await asyncio.wait_for(watching, 5.0)


async def test_slow_progress_is_progress(bench: Begin) -> None:
    class Slow(Notes):
        async def flush(self, group: Group) -> None:
            await asyncio.sleep(LIMIT_S / 3)
            await super().flush(group)

    log = Log()
    log.append("ripe", 0, *[b"v"] * 10)
    worker = await bench(log, Slow(), group_records=1)
    watching = watch(worker)
    await worker.until(lambda: len(worker.stage.flushed) == 10, within_s=10)

    assert not watching.done()
    watching.cancel()


async def test_every_worker_is_watched_with_its_own_reasons_not_to_be_ready(bench: Begin) -> None:
    worker = await bench(Log(), Notes(), stall_after_s=7.0)
    progress = worker.app.progress

    assert 7.0 == progress._limit_s
    assert ["the out box is not connected"] == progress._hindered() == worker.app.not_ready()


async def test_a_restore_that_never_ends_ends_the_worker(bench: Begin) -> None:
    stage = Notes()
    stage.while_restoring = for_ever
    beginning = asyncio.ensure_future(bench(Log(), stage))
    while not stage.assignments:
        await asyncio.sleep(0.01)
    app = stage.app

    with pytest.raises(Stalled, match="records of partitions not restored yet wait"):
        await asyncio.wait_for(Progress(LIMIT_S, app.waiting, app.reached, list, 0.02).run(), 3.0)
    assert 1 == stage.assignments
    beginning.cancel()


async def test_a_cancellation_that_comes_out_of_a_restore_ends_the_worker(bench: Begin) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    stage = Notes()
    stage.while_restoring = cancelled
    beginning = asyncio.ensure_future(bench(Log(), stage))
    while not stage.assignments:
        await asyncio.sleep(0.01)

    await asyncio.wait_for(stage.app.wait_until_stopped(), 3.0)
    assert isinstance(stage.app.crash_reason, RestoreBroken)
    beginning.cancel()


async def test_a_long_restore_that_goes_on_is_progress(bench: Begin) -> None:
    class Reads(Notes):
        read = 0

        def restored(self) -> int:
            return self.read

        async def assigned(self, partitions: dict[str, set[int]]) -> None:
            for _ in range(10):
                await asyncio.sleep(LIMIT_S / 3)
                self.read += 1
            await super().assigned(partitions)

    stage = Reads()
    beginning = asyncio.ensure_future(bench(Log(), stage))
    while not stage.read:
        await asyncio.sleep(0.01)
    app = stage.app
    watching = asyncio.create_task(Progress(LIMIT_S, app.waiting, app.reached, list, 0.02).run())
    await beginning

    assert not watching.done()
    watching.cancel()
