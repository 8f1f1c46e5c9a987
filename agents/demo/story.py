"""The story in its acts: the crew is ready, a company's hour, Anna, kills under load, and the count."""

import asyncio
import contextlib
import time
from typing import Any

from aiokafka.errors import KafkaError

from agents.demo.anna import Anna
from agents.demo.checker import Count, check
from agents.demo.company import Company
from agents.demo.crew import Crew
from agents.demo.display import Display
from agents.demo.erik import Erik
from agents.demo.gauges import Gauges
from agents.demo.place import Place
from agents.demo.receipts import Receipts
from agents.demo.senders import Senders
from agents.demo.slower import Slower
from agents.demo.what_if import what_if
from agents.settings import Settings
from agents.topics.admin import apply, connected
from streams.topology import IDENTIFY, INTAKE, SCORE, TOPICS

TOUCHES_PER_S = 200.0
SHOW_EVERY_S = 0.25
BACK_WITHIN_S = 30.0
BACK_LAG_S = 1.0
"""A worker is back when nothing waits longer than this for it."""
LOOK_EVERY_S = 0.1
BEATS = 24
"""Pauses of Anna's story are this part of the whole."""


class Story:
    """Told once; every number in it is measured."""

    def __init__(self, place: Place, display: Display, seconds: float, seed: int, began_s: float) -> None:
        self._place, self._display, self._seconds, self._seed = place, display, seconds, seed
        self._began_s = began_s
        self._crew = Crew(place.settings, place.folder)
        self._receipts = Receipts()
        self._gauges = Gauges(place.settings, self._crew, self._receipts, began_s)
        self._load_began_s = 0.0
        self._before_kills = 0
        """Handoffs until the first kill."""
        self.email = ""
        """Anna's, for whoever wants to look her up."""

    @property
    def metrics(self) -> dict[str, str]:
        """Addresses by stage."""
        return {name: f"{worker.url}/metrics" for name, worker in self._crew.stages.items()}

    async def tell(self) -> dict[str, Any]:
        """All acts; the summary."""
        tasks: set[asyncio.Task[Any]] = set()
        try:
            await self._get_ready()
            acts = asyncio.create_task(self._acts())
            tasks = {acts, asyncio.create_task(self._gauges.follow()), asyncio.create_task(self._show())}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {acts}:
                task.result()  # a gauge failed: that ends the story, and says why
            count = await acts
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            await self._gauges.read.close()
            self._display.close()
        return self._summary(count)

    def end(self) -> None:
        """No process of it is left."""
        self._crew.end()

    async def _get_ready(self) -> None:
        say = self._display.say
        what = "Kafka and Redis are up" if self._place.ours else f"on your cluster, under {self._place.settings.prefix}"
        say(f"{what} ({self._gauges.elapsed_s:.1f} s)")
        await apply(self._place.settings)
        await asyncio.gather(self._crew.start(), _wake_coordinator(self._place.settings))
        stages = ", ".join(self._crew.stages)
        say(f"{len(TOPICS)} topics, {len(self._crew.stages)} workers ready: {stages} ({self._gauges.elapsed_s:.1f} s)")
        say(f"metrics: {self.metrics[SCORE.name]} (each worker has its own: see the end)")

    async def _acts(self) -> Count:
        settings, say = self._place.settings, self._display.say
        senders = Senders(settings, self._crew.intake.url, self._receipts)
        stop, load, flush = asyncio.Event(), None, False
        try:
            await senders.start()
            load = asyncio.create_task(senders.load(Company(self._seed).hour(), TOUCHES_PER_S, stop))
            self._load_began_s = time.monotonic()
            say("A B2B company's hour, in a moment: everybody who comes, on four channels", title=True)
            say(f"{TOUCHES_PER_S:g} touches/s. The website sends with {senders.sdk}")
            say("All other systems write to the topics, acks=all")
            await self._until(0.15)
            anna = Anna(senders, self._gauges, self._display, self._seconds / BEATS)
            self.email = anna.email
            await anna.ripen()
            slower = Slower(senders, self._gauges, self._display)
            await slower.compare()
            await slower.cool()
            await Erik(senders, self._gauges, self._display).waits()
            await self._until(0.5)
            self._before_kills = len(self._gauges.handoffs)
            say("kill -9, under load", title=True)
            await self._kill(SCORE.name)
            await self._until(0.75)
            await self._kill(IDENTIFY.name)
            await self._until(1.0)
            stop.set()
            await load
            flush = True
        finally:
            if load is not None:
                load.cancel()
                await asyncio.wait({load})
            await senders.close(flush=flush)
        say("The checker reads everything back from Kafka", title=True)
        count = await check(settings, self._receipts)
        say(count.line)
        if not count.settled:
            say("not everything was processed in time, so what is missing may still wait")
        if count.handoffs_missing:
            say(f"{count.handoffs_missing} handoffs are missing")
        await what_if(settings, self._place.folder, self._display)
        return count

    async def _until(self, part: float) -> None:
        """Let the load run until this part of the story."""
        await asyncio.sleep(max(0.0, self._load_began_s + part * self._seconds - time.monotonic()))

    async def _kill(self, stage: str) -> None:
        """As the machine dying would; an orchestrator starts it again at once."""
        worker, say = self._crew.stages[stage], self._display.say
        before, pid, killed_s = self._receipts.messages, worker.pid, time.monotonic()
        worker.kill()
        say(f"kill -9 {stage} (pid {pid})")
        await worker.ready(BACK_WITHIN_S)
        ready_s = time.monotonic() - killed_s
        while time.monotonic() - killed_s < BACK_WITHIN_S:
            lag = await self._gauges.measure(stage)
            if lag is not None and lag.seconds < BACK_LAG_S:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        came = self._receipts.messages - before
        back_s = time.monotonic() - killed_s
        say(f"{stage} ready again after {ready_s:.1f} s, caught up after {back_s:.1f} s; {came} touches came meanwhile")

    async def _show(self) -> None:
        while True:
            self._display.show(self._gauges)
            await asyncio.sleep(SHOW_EVERY_S)

    def _summary(self, count: Count) -> dict[str, Any]:
        gauges = self._gauges
        first = gauges.first_handoff_s
        return {
            "sent": count.sent, "counted": count.counted, "lost": count.lost, "twice": count.twice,
            "handoffs": count.handoffs, "handoff_ids": count.handoff_ids, "handoff_repeats": count.handoff_repeats,
            "handoffs_missing": count.handoffs_missing, "leads": count.leads, "merged": count.merged,
            "settled": count.settled,
            "exact": count.exact, "p50_ms": gauges.speed(50), "p99_ms": gauges.speed(99),
            "p50_before_kills_ms": gauges.speed(50, self._before_kills),
            "p99_before_kills_ms": gauges.speed(99, self._before_kills),
            "dead_letters": dict(gauges.letters), "unsure": len(self._receipts.unsure),
            "first_handoff_s": None if first is None else round(first, 1), "took_s": round(gauges.elapsed_s, 1),
            "seed": self._seed, "intake": self.metrics[INTAKE.name],
        }  # fmt: skip


async def _wake_coordinator(settings: Settings) -> None:
    """A new broker makes its topic of offsets when first asked for a group: a second that workers need not wait."""
    async with connected(settings) as client:
        with contextlib.suppress(KafkaError):
            await client.find_coordinator(f"{settings.prefix}touchline-{IDENTIFY.name}")
