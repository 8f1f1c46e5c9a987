"""A worker over a broker in memory, and a stage that writes down what it is given."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from faust.types import TP

from agents.app import StageApp
from agents.delivery.producer import Outbox
from agents.group_commit import GiveBack, Group
from streams.topology import ROUTE
from tests.pure.transport.memory import Log

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
