"""Takes snapshots: from the changelog by command, or from a worker's stores while it scores."""

import asyncio
import time
from collections.abc import Callable

from agents.clock import wall_ms
from agents.rebuild.source import Leads, read_table
from agents.settings import Settings
from agents.signals import SnapshotsTaken
from agents.snapshots.shelf import FolderShelf, Shelf
from agents.snapshots.snapshot import Taken, put
from agents.table.score_partition import ScorePartition
from agents.topics.admin import connected, look
from agents.topics.scan import scanning
from streams.topology import LEAD_STATE, name_of


async def read_settled(settings: Settings) -> Leads:
    """The table as the changelog has it now. A lead ahead of the control record is no harm: it says so itself."""
    async with connected(settings) as client:
        if not await look(client, {name_of(LEAD_STATE, settings)}):
            return {}
    async with scanning(settings) as scan:
        return await read_table(scan)


class SnapshotTaker:
    """Takes one of each partition of a worker, every so often, between two flushes."""

    def __init__(self, settings: Settings) -> None:
        self._shelf: Shelf | None = None if settings.snapshot_to is None else FolderShelf(settings.snapshot_to)
        self._table, self._every_s = name_of(LEAD_STATE, settings), settings.snapshot_every_s
        self._due_s = time.monotonic() + self._every_s
        self._writing: asyncio.Task[None] | None = None

    def after_flush(self, held: list[ScorePartition]) -> None:
        """Memory and changelog agree now. Writing goes on beside; one that has not ended puts off the next."""
        shelf = self._shelf
        if shelf is None or time.monotonic() < self._due_s or (self._writing and not self._writing.done()):
            return
        self._due_s = time.monotonic() + self._every_s
        copies = [(one.number, one.control, one.copy()) for one in held]

        def write() -> list[Taken]:
            return [
                put(shelf, self._table, number, control, leads, wall_ms())
                for number, control, leads in copies
                if control is not None
            ]

        self._writing = asyncio.create_task(self._write_beside(write))

    async def _write_beside(self, write: Callable[[], list[Taken]]) -> None:
        began_s = time.monotonic()
        try:
            taken = await asyncio.to_thread(write)
        except OSError as fault:
            SnapshotsTaken(partitions=0, leads=0, size=0, took_s=0.0, problem=str(fault)).emit()
            return
        SnapshotsTaken(
            partitions=len(taken), leads=sum(one.leads for one in taken), size=sum(one.size for one in taken),
            took_s=time.monotonic() - began_s, problem="",
        ).emit()  # fmt: skip

    async def stop(self) -> None:
        """Let the one under way end."""
        if self._writing is not None:
            await self._writing
