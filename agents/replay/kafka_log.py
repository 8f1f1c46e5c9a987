"""Reads partitions of the log from Kafka in bulk, in no group, from its first record to its present end."""

from collections.abc import Callable
from typing import Any

from agents.settings import Settings
from agents.table.changelog import changelog
from streams.topology import LEAD_EVENTS

Take = Callable[[int, list[Any]], None]


async def spans(settings: Settings, partitions: int) -> dict[int, tuple[int, int]]:
    """First and next offset of each partition."""
    async with changelog(settings) as reader:
        ends = await reader.ends(range(partitions))
    return {p: (ends.first[p], ends.end[p]) for p in range(partitions)}


async def read(settings: Settings, partition: int, first: int, end: int, take: Take) -> None:
    """Give `take` the records of a partition from one offset to before another."""

    def within(number: int, records: list[Any]) -> None:
        take(number, records if records[-1].offset < end else [r for r in records if r.offset < end])

    if first < end:
        async with changelog(settings) as reader:
            await reader.read({partition: first}, within, LEAD_EVENTS, {partition: end})
