"""Reads what topics hold of a few leads: their own partitions only."""

from collections.abc import Collection
from typing import Any

from agents.delivery.producer import partition_for
from agents.topics.scan import Scan
from streams.generations.log_marks import MARK_KEY, MODEL_KEY
from streams.topology import Topic

MARKS = {MODEL_KEY, MARK_KEY}


class Partitions:
    """Where leads lie on a topic, and what it holds there."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan

    async def of(self, topic: Topic, leads: Collection[str], *, marks: bool = False) -> list[Any]:
        """The records of these leads, each partition in its order; with `marks` what concerns all of them."""
        spans = await self._scan.spans(topic)
        wanted = {lead.encode() for lead in leads} | (MARKS if marks else set())
        numbers = {partition_for(lead.encode(), len(spans)) for lead in leads} if spans else set()
        found: list[Any] = []
        for number in sorted(numbers):
            span = spans[number]
            async for batch in self._scan.read(topic, number, span.first, span.end):
                found += [record for record in batch if record.key in wanted]
        return found

    async def latest(self, topic: Topic, lead: str) -> bytes | None:
        """Of a compacted topic: the last word on a lead."""
        records = await self.of(topic, (lead,))
        return records[-1].value if records else None

    async def first_kept(self, topic: Topic, lead: str) -> int:
        """Offset at which the partition of a lead begins now."""
        spans = await self._scan.spans(topic)
        return spans[partition_for(lead.encode(), len(spans))].first
