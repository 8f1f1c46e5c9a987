"""A worker whose stage never returns from a flush, as a process: `python -m tests.live.stuck_worker`."""

import asyncio
import sys

from agents.configuration.reading import read_settings
from agents.delivery.producer import Outbox
from agents.group_commit import Group
from agents.worker import run_worker
from streams.topology import ROUTE


class Stuck:
    """Reads `ripe` and gets nothing done."""

    step = ROUTE

    async def start(self, out: Outbox) -> None: ...

    async def assigned(self, partitions: dict[str, set[int]]) -> None: ...

    async def revoked(self) -> None: ...

    async def stop(self) -> None: ...

    async def flush(self, group: Group) -> None:
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(run_worker(Stuck(), read_settings().settings))
