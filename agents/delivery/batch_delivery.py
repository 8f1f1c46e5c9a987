"""The guards of batch delivery: one message per partition and chunk, commits of an acknowledged prefix only.

Apart from any driver, so that tests run each over an in-memory log. Each answers a measured fault of Faust 0.15.
"""

import asyncio
import gc
import os
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import faust
from faust.transport.consumer import Consumer as AnyConsumer
from faust.types import TP, ConsumerMessage

from agents.signals import DrainOverran

MOST_PER_CHUNK = 2_000
"""Records per message: bounds how long one chunk may hold the loop."""
MOST_WAIT_S = 0.2
"""Of one poll, so that a partition that comes back from pressure is not held up by an idle one."""
IDLE_S = 0.05
"""Between looks while there is nothing to fetch from."""
LOOK_EVERY_S = 0.2
"""Between looks at how far fetching has passed the last records."""
DRAIN_SHARE = 0.5
"""Of the rebalance timeout: what a flush may take once the group wants our partitions back."""


class BatchSchema(faust.Schema):
    """Leaves messages alone: the value of an event is the list of records itself."""

    def compile(self, app: Any, **_: Any) -> Any:
        """A decoder that decodes nothing."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(message.key, message.value, message.headers, message)

        return decode


class BatchDelivery(AnyConsumer):
    """The guards, apart from any driver, so that tests run them over an in-memory log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._inflight: dict[TP, deque[int]] = defaultdict(deque)
        """Last offset of each chunk delivered and not yet committed, in order."""
        self._expected: dict[TP, int] = {}
        """Next offset to deliver."""
        self._owed: dict[TP, int] = {}
        """Commits the broker refused: Faust takes them for made."""
        self._begun: dict[TP, int] = {}
        """Where each partition began at the last seek."""
        self._passed: dict[TP, int] = {}
        """Where fetching stood when all it had found was delivered, if that is past the last record."""
        self._look_s = 0.0
        """When to look at that again."""
        self._epoch = 0
        """Counts revocations and seeks. The generation alone is not enough: a static member may rejoin with its own."""
        self._fetching = asyncio.Lock()
        super().__init__(*args, **kwargs)

    def _batched(self, tp: TP) -> bool:
        return tp.topic in self.app.batch_topics

    async def _wait_next_records(self, timeout: float) -> tuple[dict[TP, list[Any]], set[TP]]:  # noqa: ASYNC109 - Faust's
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        await asyncio.sleep(self.app.pace_s)
        # One at a time with the seek: a fetch that began before it would move the position after it, and is dropped.
        async with self._fetching:
            epoch, generation = self._epoch, self.app.consumer_generation_id
            # A copy: Faust empties the set itself while another thread reads it, and an empty set means "all".
            active = set(self._get_active_partitions())
            if self.app.rebalancing:
                # Faust resumes partitions before it seeks; what is read in between would be behind the seek, or lost.
                active = {tp for tp in active if not self._batched(tp)}
            records = {}
            if active:
                records = await self._getmany(active_partitions=active, timeout=min(timeout, MOST_WAIT_S))
        if not active:
            await self.sleep(IDLE_S)
        if epoch != self._epoch or generation != self.app.consumer_generation_id:
            return {}, set()
        return records, active

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's
        """One message per partition and chunk; its offset is the chunk's last, its value the records."""
        records, active = await self._wait_next_records(timeout)
        epoch, generation = self._epoch, self.app.consumer_generation_id
        for tp, found in (records or {}).items():
            fetched = found
            end = self.highwater(tp)
            if end is not None:
                self.app.monitor.track_tp_end_offset(tp, end)
            step = 1
            if self._batched(tp):
                step, expected = self.app.most_per_chunk, self._expected.get(tp, -1)
                if fetched and fetched[0].offset < expected:
                    fetched = [record for record in fetched if record.offset >= expected]
            for first in range(0, len(fetched), step):
                stale = epoch != self._epoch or generation != self.app.consumer_generation_id
                if self.should_stop or not self.flow_active or stale:
                    return
                if not self._batched(tp):
                    yield tp, self._to_message(tp, fetched[first])
                    continue
                chunk = fetched[first : first + step]
                last = chunk[-1]
                self._inflight[tp].append(last.offset)
                self._expected[tp] = last.offset + 1
                self.app.group_commit.taken(tp.topic, tp.partition, chunk)
                yield (
                    tp,
                    ConsumerMessage(
                        tp.topic, tp.partition, last.offset, last.timestamp / 1000.0, last.timestamp_type, (), None,
                        chunk, None, 0, 0, tp, generation_id=generation,
                    ),
                )  # fmt: skip
        stale = epoch != self._epoch or generation != self.app.consumer_generation_id
        if not stale and not self.app.rebalancing and self.loop.time() > self._look_s:
            self._look_s = self.loop.time() + LOOK_EVERY_S
            self._note_passed(active)

    def _note_passed(self, fetched: set[TP]) -> None:
        """Transaction markers and aborted records are never delivered: uncommitted, they would look like lag."""
        for tp in fetched:
            at = self.fetched_to(tp) if self._batched(tp) else None
            if at is not None and at > max(self._expected.get(tp, 0), self._begun.get(tp, at)):
                self._passed[tp] = at
                self._acked.setdefault(tp, [])  # Faust commits the partitions it finds here

    def _new_offset(self, tp: TP) -> int | None:
        """What may be committed: chunks acknowledged in any order, but only the unbroken prefix of them."""
        if not self._batched(tp):
            return super()._new_offset(tp)
        acked, waiting, offset = self._acked_index[tp], self._inflight[tp], self._owed.pop(tp, None)
        while waiting and waiting[0] in acked:
            offset = waiting.popleft() + 1
            acked.discard(offset - 1)
        self._acked[tp][:] = acked
        passed = self._passed.get(tp, 0)
        return passed if not waiting and passed > (offset or 0) else offset

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        """Remember what the broker refused, and offer it again."""
        before = {tp: self._committed_offset[tp] for tp in offsets}
        committed: bool = await super()._commit_offsets(offsets, start_new_transaction=start_new_transaction)
        if not committed:
            self._owed.update(offsets)
            self._committed_offset.update(before)
        return committed

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps lie inside chunks; Faust's own account of them commits records it has not seen."""
        if not self._batched(tp):
            await super()._add_gap(tp, offset_from, offset_to)

    async def perform_seek(self) -> None:
        """Go to where the stage says, else to what is committed, else (Faust stays where it is) to the start."""
        self._epoch += 1
        async with self._fetching:
            await self._seek_all()

    async def _seek_all(self) -> None:
        for account in (self._inflight, self._expected, self._passed, self._acked, self._acked_index, self._owed):
            account.clear()
        # Deliveries of the last assignment that nobody took: no later drain may wait for them.
        self._unacked_messages.clear()
        await super().perform_seek()
        ours = [tp for tp in self.assignment() if self._batched(tp)]
        seek: dict[TP, int] = {tp: start for tp, start in self.app.starts().items() if tp in ours}
        fresh = [tp for tp in ours if tp not in seek and not self._committed_offset.get(tp)]
        if fresh:
            seek |= {TP(tp.topic, tp.partition): at for tp, at in (await self.earliest_offsets(*fresh)).items()}
        if seek:
            await self.seek_wait(seek)
        self._begun = {tp: seek.get(tp, self._committed_offset.get(tp) or 0) for tp in ours}
        self.app.positioned(self._begun)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let what was begun end and commit it, before Faust forgets the acknowledgements; past the deadline, go."""
        self._epoch += 1
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()
        began = self.loop.time()
        most_s = self.app.conf.broker_rebalance_timeout * DRAIN_SHARE
        rounds = 0
        while self._unacked_messages and not self.should_stop:
            if self.loop.time() - began > most_s:
                self.overran(self.loop.time() - began)
                return
            rounds += 1
            if rounds % 25 == 0:
                gc.collect()  # a delivery cancelled on its way lives on in a cycle, and would be waited for
            await asyncio.sleep(0.02)
            self._clean_unacked_messages()
        await self.commit()
        await super().on_partitions_revoked(revoked)

    def overran(self, after_s: float) -> None:
        """End the process: the flush still running would write what its next owner writes already."""
        DrainOverran(after_s=after_s).emit()
        os._exit(1)

    def passed_to(self, tp: TP) -> int:
        """Offset up to which nothing is left to deliver: past transaction markers, too. 0: not known."""
        return max(self._passed.get(tp, 0), self._begun.get(tp, 0))

    def forget(self, message: Any) -> None:
        """A delivery that will not be acknowledged: nobody waits for it."""
        self._unacked_messages.discard(message)
