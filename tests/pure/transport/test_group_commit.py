"""The queue between delivery and flush: what is flushed, what is left alone, and what ends the worker."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from agents.group_commit import GiveBack, Group, GroupCommit, Unacknowledged


class Chunk:
    """A delivery of one record."""

    def __init__(self, offset: int, generation: int) -> None:
        self.value = [ConsumerRecord("ripe", 0, offset, 0, 0, b"k", b"v", None, 1, 1, ())]
        self.message = SimpleNamespace(topic="ripe", partition=0, generation_id=generation)
        self.acked = 0

    def ack(self) -> bool:
        self.acked += 1
        return True


class Desk:
    """A group commit of generation 2, and what becomes of its chunks."""

    def __init__(self) -> None:
        self.flushed: list[list[int]] = []
        self.forgotten: list[Any] = []
        self.acknowledges, self.gives_back = True, False
        self.commit = GroupCommit(
            self.flush, stage="route", generation=lambda: 2, unwanted=lambda: False, forget=self.forgotten.append
        )

    async def flush(self, group: Group) -> None:
        self.flushed.append([record.offset for batch in group.batches for record in batch.records])
        if self.gives_back:
            raise GiveBack
        if self.acknowledges:
            group.acknowledge()


async def test_a_chunk_of_an_earlier_generation_is_left_to_its_owner_and_no_rebalance_waits_for_it() -> None:
    desk, stale, ours = Desk(), Chunk(7, generation=1), Chunk(8, generation=2)
    await desk.commit.deliver(stale)
    await desk.commit.deliver(ours)
    await desk.commit.flush_waiting()

    assert [[8]] == desk.flushed
    assert [stale.message] == desk.forgotten
    assert (0, 1) == (stale.acked, ours.acked)


async def test_a_group_given_back_is_forgotten_and_not_acknowledged() -> None:
    desk, chunk = Desk(), Chunk(1, generation=2)
    desk.gives_back = True
    await desk.commit.deliver(chunk)
    await desk.commit.flush_waiting()

    assert ([chunk.message], 0) == (desk.forgotten, chunk.acked)


async def test_a_flush_that_returns_without_acknowledging_ends_the_worker() -> None:
    desk = Desk()
    desk.acknowledges = False
    await desk.commit.deliver(Chunk(1, generation=2))

    with pytest.raises(Unacknowledged, match="flush returned without acknowledging"):
        await desk.commit.flush_waiting()


async def test_a_group_is_acknowledged_as_a_whole_and_its_partition_stands_behind_it() -> None:
    desk, chunks = Desk(), [Chunk(number, generation=2) for number in range(3)]
    desk.commit.assigned({("ripe", 0): 0})
    for chunk in chunks:
        await desk.commit.deliver(chunk)
    await desk.commit.flush_waiting()

    assert [1, 1, 1] == [chunk.acked for chunk in chunks]
    assert 3 == desk.commit.positions["ripe", 0].acknowledged
