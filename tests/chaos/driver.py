"""One run: a load, faults by a schedule, workers kept by an orchestrator, and a verdict when all has been processed."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from msgspec import Struct
from redis.asyncio import Redis

from agents.settings import Settings, StoreKind
from agents.topics.admin import alter, connected
from deploy.local.server import Server
from deploy.local.stack import LocalStack
from streams.topology import TOPOLOGY
from tests.chaos.fleet import Fleet
from tests.chaos.load import Load, Sender
from tests.chaos.schedule import KAFKA, REDIS, SNAPSHOTS, Fault, Strike
from tests.chaos.shelf import refuse_writes
from tests.chaos.verdict import Verdict, judge
from tests.live.kafka import Kafka, until

PARTITIONS = 4
M0 = Path(__file__).parents[1] / "models" / "m0.yaml"
TOUCHES_EACH = 55
"""On average: about half of the people cross the line of fifty."""
OPEN_WITHIN_S = 90.0
BACK_WITHIN_S = 90.0
SHOWN_WITHIN_S = 40.0
"""A worker that was paused waits for a session before it writes what waits."""
WORKERS = ("identify-1", "score-1", "score-2", "route-1", "mirror-1")
SNAPSHOT_EVERY_S = 4.0
WATERMARK_EVERY_S = 20.0
"""Rare, so that the log stands still while it is asked whether it does."""
HOT = {"segment.ms": "4000", "min.cleanable.dirty.ratio": "0.01"}
"""The changelog compacts as fast as it can."""
HOT_LAG_SESSIONS = 4
"""What may not be compacted yet: more than the longest sleep of a score worker, which may write when it wakes."""

Say = Callable[[str], None]


class Plan(Struct, frozen=True, kw_only=True):
    """What a run does."""

    seed: int
    touches: int
    per_s: float
    strikes: Sequence[Strike]
    workers: Sequence[str] = WORKERS
    session_s: float = 4.0
    hot: bool = False
    """Compact the changelog all the while, and take snapshots."""
    store: StoreKind = StoreKind.MEMORY
    """Of the score workers."""
    settle_within_s: float = 120.0
    """From the last touch or fault until everything is processed."""

    @property
    def people(self) -> int:
        """Who make the touches."""
        return max(20, self.touches // TOUCHES_EACH)


class Ran(Struct, frozen=True, kw_only=True):
    """What it came to."""

    verdict: Verdict
    fleet: Fleet
    unsettled: str
    """What was still not processed at the limit; empty: nothing."""
    struck: list[tuple[float, float, Strike]]
    """Begin and end of each strike by `time.monotonic()`."""


class Run:
    """A plan on a stack of its own: its broker and its Redis are stopped too."""

    def __init__(self, plan: Plan, stack: LocalStack, folder: Path, say: Say = print) -> None:
        self._plan, self._stack, self._say = plan, stack, say
        addresses = stack.addresses
        self.settings = Settings(
            bootstrap=addresses.bootstrap, redis=addresses.redis, prefix=f"chaos-{uuid.uuid4().hex[:8]}.",
            partitions=PARTITIONS, model=M0, data_dir=folder / "data", store=plan.store, replication=len(stack.brokers),
            snapshot_to=folder / "snapshots" if plan.hot else None, snapshot_every_s=SNAPSHOT_EVERY_S,
            watermark_every_s=WATERMARK_EVERY_S,
        )  # fmt: skip
        self.kafka = Kafka(self.settings)
        self.fleet = Fleet(self.settings, folder, plan.workers, session_s=plan.session_s)
        self.struck: list[tuple[float, float, Strike]] = []
        self._one_at_a_time = {name: asyncio.Lock() for name in (KAFKA, REDIS, SNAPSHOTS)}

    async def to_the_end(self) -> Ran:
        """Open, load and strike, wait until it is quiet, judge."""
        plan = self._plan
        load = Load(plan.seed, plan.touches, plan.people)
        await self.kafka.create()
        if plan.hot:
            await self._heat()
        try:
            async with self._kept():
                await self.fleet.ready(OPEN_WITHIN_S)
                async with Sender(self.settings) as sender:
                    self._say(f"{len(load.people)} people, {plan.touches} touches at {plan.per_s:g}/s")
                    async with asyncio.TaskGroup() as together:
                        together.create_task(sender.say(iter(load), plan.per_s))
                        together.create_task(self._strike_all())
                self._say("all sent, all faults over")
                unsettled = await self._settled()
            verdict = await judge(self.kafka)
        finally:
            self.fleet.end()
            await self.kafka.close()
        return Ran(verdict=verdict, fleet=self.fleet, unsettled=unsettled, struck=self.struck)

    @contextlib.asynccontextmanager
    async def _kept(self) -> AsyncIterator[None]:
        keeping = [asyncio.create_task(self.fleet.keep()), asyncio.create_task(self.fleet.watch())]
        try:
            yield
        finally:
            for task in keeping:
                if task.done():
                    task.result()
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)

    async def _strike_all(self) -> None:
        began_s = time.monotonic()
        async with asyncio.TaskGroup() as striking:
            for strike in sorted(self._plan.strikes, key=lambda strike: strike.at_s):
                await asyncio.sleep(max(0.0, began_s + strike.at_s - time.monotonic()))
                striking.create_task(self._strike(strike))

    async def _strike(self, strike: Strike) -> None:
        lasts = f" for {strike.lasts_s:g} s" if strike.lasts_s else ""
        self._say(f"{strike.at_s:6.1f} s  {strike.fault} {strike.target}{lasts}")
        began_s = time.monotonic()
        match strike.fault:
            case Fault.KILL:
                self.fleet.kill(strike.target)
            case Fault.STEP:
                self.fleet.wish_dead(*strike.target.split(maxsplit=1))
            case Fault.FORGET:
                async with self._one_at_a_time[REDIS]:
                    await self._forget()
            case Fault.TERM:
                await self.fleet.terminate(strike.target)
            case Fault.SLEEP | Fault.SLOW:
                await self.fleet.put_to_sleep(strike.target, strike.lasts_s)
            case Fault.JOIN:
                await self.fleet.visit(strike.target, strike.lasts_s)
            case Fault.FULL:
                if self.settings.snapshot_to is not None:
                    async with self._one_at_a_time[SNAPSHOTS]:
                        await refuse_writes(self.settings.snapshot_to, strike.lasts_s)
            case Fault.STOP | Fault.CRASH | Fault.OUTAGE | Fault.LEAD:
                async with self._one_at_a_time[REDIS if strike.target == REDIS else KAFKA]:
                    await self._away(strike)
        self.struck.append((began_s, time.monotonic(), strike))

    async def _away(self, strike: Strike) -> None:
        server = await self._server(strike)
        await asyncio.to_thread(server.stop if strike.fault is Fault.STOP else server.kill)
        await asyncio.sleep(strike.lasts_s)
        await asyncio.to_thread(server.start, BACK_WITHIN_S)

    async def _forget(self) -> None:
        """As a Redis without a disk that is started anew; it is ours alone."""
        async with Redis.from_url(self.settings.redis) as redis:
            await redis.flushdb()

    async def _server(self, strike: Strike) -> Server:
        if strike.target == REDIS:
            return self._stack.redis
        number = strike.target.removeprefix(KAFKA).removeprefix("-") or "1"
        if strike.fault is Fault.LEAD:
            number = str(await self.kafka.leader(strike.target))
        return next(broker for broker in self._stack.brokers if str(broker.node.id) == number)

    async def _heat(self) -> None:
        lag_ms = str(int(HOT_LAG_SESSIONS * self._plan.session_s * 1000))
        async with connected(self.settings) as client:
            name = self.kafka.name("lead.state")
            await alter(client, {name: HOT | {"min.compaction.lag.ms": lag_ms}})

    async def _settled(self) -> str:
        """Wait until each group has committed all that it reads, nothing more is said, and all cards are written."""
        behind: dict[str, int] = {}
        stages = {slot.stage for slot in self.fleet.slots.values()}

        async def quiet() -> bool:
            nonlocal behind
            before, found = await self.kafka.end_offsets("lead.events"), {}
            for step in TOPOLOGY:
                kept = await self.kafka.committed(f"touchline-{step.name}") if step.name in stages else {}
                for topic in step.reads if step.name in stages else ():
                    for partition, end in (await self.kafka.end_offsets(topic)).items():
                        if (lag := end - kept.get((topic.name, partition), 0)) > 0:
                            found[f"{step.name} on {topic.name}/{partition}"] = lag
            behind = found
            return not behind and before == await self.kafka.end_offsets("lead.events")

        try:
            await until(quiet, "the groups to catch up", self._plan.settle_within_s)
        except AssertionError:
            return f"not processed within {self._plan.settle_within_s:g} s: {behind}"
        await self.fleet.ready(OPEN_WITHIN_S)
        try:
            await until(self._shown, "the cards that wait", SHOWN_WITHIN_S)
        except AssertionError as late:
            return str(late)
        return ""

    async def _shown(self) -> bool:
        """Does every control record vouch for all cards?"""
        last: dict[int, tuple[int, int]] = {}
        for record in await self.kafka.read_all("lead.state"):
            if record.key == b"\0control":
                control = json.loads(record.value)
                told = control["applied"], control["cards_to"]
                last[record.partition] = max(told, last.get(record.partition, told))
        return all(applied == cards_to for applied, cards_to in last.values())
