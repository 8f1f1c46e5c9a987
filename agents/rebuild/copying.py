"""Copies events of an old log to a new one, each lead in its order, and knows after any crash what is there already."""

from collections.abc import Callable, Sequence
from typing import Any

from agents.delivery.producer import Outbox
from agents.rebuild.order import Refused
from agents.topics.scan import Scan, Span
from schemas.log_mark import MarkKind
from streams.generations.epochs import GONE, Step
from streams.generations.log_marks import CANARY_KEY, MARK_KEY, MODEL_KEY, WATERMARK_KEY, kind_of
from streams.generations.regrouping import Copied, coordinates_in, headers_of_copy
from streams.topology import Topic, name_of

LEFT = (MARK_KEY, WATERMARK_KEY, MODEL_KEY, CANARY_KEY)
"""Keys of what is not copied as it lies: marks concern the old log alone, how far inputs are read is said anew on the
new one, activations go to every partition, and nobody waits for a canary so long."""

Wanted = Callable[[int, bytes | None, int], bool]
"""(partition, key, offset) of the original -> does it belong to this part?"""


class Copying:
    """One topic's way from the old generation to the new one."""

    def __init__(self, topic: Topic, old: Scan, new: Scan, out: Outbox, tell: Callable[[str], None]) -> None:
        self._topic, self._old, self._new, self._out, self._tell = topic, old, new, out, tell
        self.there = Copied()
        self.marks: dict[MarkKind, dict[int, int]] = {kind: {} for kind in MarkKind}
        """Offset of the first mark of each kind, by partition of the new topic."""
        self.activated: dict[int, set[bytes]] = {}
        """Activations that are there, by partition of the new topic."""
        self._done_to: dict[int, int] = {}
        """By partition of the old topic: everything before this offset is copied."""

    async def look(self, fits: Callable[[int, bytes | None, int], str]) -> None:
        """Read what the new topic holds. `fits`: why a copy found before any mark may not be there; empty: it may."""
        async for records in self._new.read_all(self._topic):
            for record in records:
                kind = kind_of(record.key, record.value)
                if kind is not None:
                    self.marks[kind].setdefault(record.partition, record.offset)
                    continue
                if record.key == MODEL_KEY:
                    self.activated.setdefault(record.partition, set()).add(record.value or b"")
                    continue
                self._note(record, fits)

    def _note(self, record: Any, fits: Callable[[int, bytes | None, int], str]) -> None:
        where = coordinates_in(record.headers)
        name = name_of(self._topic, self._new.settings)
        anew = "give the new generation another name, and delete this one's topics"
        if where is None:
            raise Refused(f"{name} partition {record.partition} offset {record.offset} is not a copy: {anew}")
        if not self.there.add(*where):
            raise Refused(
                f"{name} holds offset {where[1]} of the old partition {where[0]} twice, as two rebuilds at once would "
                f"leave it: {anew}"
            )
        if not any(self.marks.values()) and (why := fits(where[0], record.key, where[1])):
            raise Refused(f"{name}: {why}: {anew}")

    async def copy(
        self, wanted: Wanted, spans: dict[int, Span], steps: Sequence[Step] = (), *, to_the_end: bool = False
    ) -> int:
        """Copy what is wanted and not there yet, up to the end of these spans. Returns how many events.

        `steps`: activations on the way. What lies behind one is copied when all that lies before it is, and the one
        itself is on every new partition. `to_the_end`: where a partition has not heard of one, it comes after all else.
        """
        count = 0
        for number in range(len(steps) + 1):
            if number:
                if not self._passable(steps[number - 1], wanted, spans, to_the_end):
                    break
                await self._activate(steps[number - 1])
            for partition, span in sorted(spans.items()):
                before = steps[number - 1].at.get(partition, span.end) if number else GONE
                after = steps[number].at.get(partition, span.end) if number < len(steps) else span.end
                part = Span(max(span.first, before + 1), min(span.end, after if after != GONE else span.first))
                count += await self._copy(partition, part, wanted)
        return count

    def _passable(self, step: Step, wanted: Wanted, spans: dict[int, Span], to_the_end: bool) -> bool:
        for partition in spans:
            offset = step.at.get(partition)
            if offset is None and not to_the_end:
                return False
            if offset is not None and offset != GONE and not wanted(partition, MODEL_KEY, offset):
                return False
        return True

    async def _activate(self, step: Step) -> None:
        """On every new partition that has not got it."""
        mark, count = step.mark, self._new.settings.partitions
        missing = [q for q in range(count) if mark.value not in self.activated.get(q, ())]
        headers = headers_of_copy([], step.partition, mark.offset)
        await self._out.write(
            self._topic, [(q, MODEL_KEY, mark.value, headers) for q in missing], stamps=[mark.timestamp] * len(missing)
        )
        for q in missing:
            self.activated.setdefault(q, set()).add(mark.value)

    async def _copy(self, partition: int, span: Span, wanted: Wanted) -> int:
        """Of one partition, between two activations."""
        count, done_to = 0, self._done_to.get(partition, 0)
        start, done = max(done_to, span.first), True
        async for records in self._old.read(self._topic, partition, start, span.end):
            left = [r for r in records if r.key not in LEFT and (partition, r.offset) not in self.there]
            chosen = [r for r in left if wanted(partition, r.key, r.offset)]
            await self._out.write(
                self._topic,
                [(None, r.key, r.value, headers_of_copy(r.headers, partition, r.offset)) for r in chosen],
                stamps=[r.timestamp for r in chosen],
            )
            for record in chosen:
                self.there.add(partition, record.offset)
            done = done and len(chosen) == len(left)
            if done:
                self._done_to[partition] = records[-1].offset + 1
            count += len(chosen)
            if chosen:
                self._tell(
                    f"{self._topic.name} partition {partition}: {len(chosen)} events copied up to offset "
                    f"{chosen[-1].offset} of {span.end}"
                )
        return count
