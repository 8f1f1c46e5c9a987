"""Keeps the identity graph in Redis whole: where its marker is missing, one worker fills it from the log, others wait.

Each call of the graph fails while the marker (`RedisKeys.graph`) is missing or another than the flush began with; the
flush then waits here and begins again, from its first question. So nobody is answered out of half a graph; and a link
that was written too late to be read by a rebuild is decided, and written, once more before the log speaks of its lead.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from agents.people.refilling import HELD_MS, LockLost, Refilled, Refilling
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from agents.signals.identity import GraphFound, GraphMissed, GraphRebuilt, expect_graph

LOOK_EVERY_S = 0.2
"""Between looks at what another worker rebuilds."""
WATCH_EVERY_S = 1.0
"""Between looks at whether the graph is there, while nobody asks for it."""
BROKER_EVERY_S = 1.0


def is_missing(fault: ResponseError) -> bool:
    """Whether a script found no whole graph."""
    return str(fault).startswith("NOGRAPH")


class Rebuilding:
    """One process' part in it."""

    def __init__(self, settings: Settings, redis: "Redis", keys: RedisKeys, *, silent: bool = False) -> None:
        """`silent`: for commands, which say it in their own way."""
        self._settings, self._redis, self._keys, self._silent = settings, redis, keys, silent
        self._work: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ours: Refilled | None = None
        """What we have put back so far; none: another worker does."""
        self._since_s = 0.0
        self._problem = ""
        self.last: Refilled | None = None
        """What the last rebuild of ours put back."""
        if not silent:
            expect_graph()

    def begin(self) -> "asyncio.Task[None]":
        """Watch from now on: an empty Redis is filled before anybody asks. The task ends with a fault, or never."""
        self._watch = asyncio.create_task(self._watching())
        return self._watch

    async def whole(self) -> None:
        """Wait until Redis holds the whole graph. Cancelled, the work goes on: the next flush waits for the same."""
        if self._work is None or self._work.done():
            self._since_s = time.monotonic()
            self._work = asyncio.create_task(self._until_whole())
        await asyncio.shield(self._work)

    def not_ready(self) -> list[str]:
        """Why nobody is identified now, a sentence; none: the graph is whole, as far as is known."""
        if self._work is None or self._work.done():
            return []
        since = f"since {time.monotonic() - self._since_s:.0f} s"
        if self._problem:
            return [f"the identity graph is to be rebuilt {since}: {self._problem}"]
        if self._ours is None:
            return [f"another worker rebuilds the identity graph {since}"]
        done = self._ours
        read = f"{done.links:,} links, {done.profiles:,} profiles and {done.handoffs:,} handoffs are read"
        return [f"the identity graph is rebuilt from the log {since}: {read}"]

    async def stop(self) -> None:
        """End what goes on; whoever comes next begins anew."""
        for task in (self._watch, self._work):
            # A client that connects at this moment may swallow the cancellation.
            while task is not None and not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=LOOK_EVERY_S)

    async def _watching(self) -> None:
        while True:
            if not await self._redis.exists(self._keys.graph):
                await self.whole()
            await asyncio.sleep(WATCH_EVERY_S)

    async def _until_whole(self) -> None:
        """A holder that dies, a broker that is away, a Redis emptied once more: each begins it anew."""
        if await self._redis.exists(self._keys.graph):
            return
        self._tell(GraphMissed())
        while not await self._redis.exists(self._keys.graph):
            token = secrets.token_hex(8)
            if not await self._redis.set(self._keys.graph_lock, token, nx=True, px=HELD_MS):
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            try:
                await self._rebuild(token)
            except LockLost:
                self._problem = "another worker took over"
            except KafkaError as fault:
                if not fault.retriable:
                    raise
                self._problem = f"no broker answers ({type(fault).__name__})"
                await self._release(token)
                await asyncio.sleep(BROKER_EVERY_S)
            finally:
                self._ours = None
        self._problem = ""
        self._tell(GraphFound(missed_s=time.monotonic() - self._since_s))

    async def _rebuild(self, token: str) -> None:
        began_s = time.monotonic()
        refilling = Refilling(self._settings, self._redis, self._keys, token)
        self._ours, self._problem = refilling.done, ""
        async with _held(refilling):
            await refilling.run()
        # Counters go on above all that was ever known of them: what is remembered of before is never taken for new.
        seconds, micros = await self._redis.time()
        number = str(seconds * 1_000_000 + micros)
        await refilling.put(commands=[
            ["SET", self._keys.changes, number], ["SET", self._keys.profile_changes, number],
            ["SET", self._keys.graph, token], ["DEL", self._keys.graph_lock],
        ])  # fmt: skip
        self.last = done = refilling.done
        after_s = time.monotonic() - began_s
        self._tell(GraphRebuilt(links=done.links, profiles=done.profiles, handoffs=done.handoffs, after_s=after_s))

    def _tell(self, signal: GraphMissed | GraphFound | GraphRebuilt) -> None:
        if not self._silent:
            signal.emit()

    async def _release(self, token: str) -> None:
        with contextlib.suppress(LockLost):
            refilling = Refilling(self._settings, self._redis, self._keys, token)
            await refilling.put(commands=[["DEL", self._keys.graph_lock]])


@asynccontextmanager
async def _held(refilling: Refilling) -> AsyncIterator[None]:
    """Hold the lock while others are waited for, such as a broker. Losing it is noticed by the next write."""

    async def hold() -> None:
        with contextlib.suppress(LockLost):
            while True:
                await asyncio.sleep(HELD_MS / 4000)
                await refilling.put()

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        holding.cancel()


async def rebuild(settings: Settings, redis: "Redis", keys: RedisKeys) -> Refilled | None:
    """Rebuild although it is whole: an operator asks. Flushes under way begin again. None: a worker was faster."""
    await redis.delete(keys.graph)
    rebuilding = Rebuilding(settings, redis, keys, silent=True)
    try:
        await rebuilding.whole()
    finally:
        await rebuilding.stop()
    return rebuilding.last
