"""Workers as an orchestrator keeps them: one that ends is started again, and health is asked for all the while."""

import asyncio
import json
import signal
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp
from msgspec import Struct

from agents.settings import Settings
from deploy.local.ports import free_port
from tests.chaos.mortal import MortalWorker
from tests.live.kafka import until

LOOK_EVERY_S = 0.1
ASK_EVERY_S = 0.25
LAST_WORDS = ("worker crashed", "start refused", "drain overran its deadline")
ENDS_WITHIN_S = 75.0
"""After SIGTERM: it may be asleep."""
MISSES = 3
PATIENCE_S = 5.0
"""For an answer about health: the machine may be busy, a hung loop answers never."""


class Ended(Struct, frozen=True):
    """A process that ended although nobody struck it."""

    worker: str
    code: int
    log: str
    reason: str
    """What it said itself; empty: nothing, and that is a fault."""


class Asked(Struct, frozen=True):
    """What a worker said about its health at one moment."""

    at_s: float
    """`time.monotonic()`."""
    live: bool
    ready: bool


def failed(told: Sequence[Asked]) -> int:
    """How often somebody was not live so many times in a row that an orchestrator would kill it."""
    runs = (list(answers) for live, answers in groupby(told, lambda one: one.live) if not live)
    return sum(len(run) >= MISSES for run in runs)


class Slot:
    """A place for one process."""

    def __init__(self, name: str, settings: Settings, folder: Path, hired: type[MortalWorker]) -> None:
        self.name = name
        self.stage = name.partition("-")[0]
        self.worker = hired(self.stage, settings, folder / name, free_port())
        self.wanted = True
        self.struck = False
        """It was told to end, or is about to be."""
        self.asleep = False
        self.begun = False
        """It has answered since its last start."""
        self.log_from = 0

    @property
    def answerable(self) -> bool:
        """Nothing was done to it: its health must be told."""
        return self.wanted and self.begun and not self.struck and not self.asleep and self.worker.running

    def launch(self) -> None:
        """Start it (again)."""
        self.log_from = self.worker.log.stat().st_size if self.worker.log.exists() else 0
        self.struck = self.asleep = self.begun = False
        self.worker.launch()

    def ended(self, code: int, since: int) -> Ended:
        """What it came to; `since`: where its log was at its start (it may have been started again by now)."""
        said = [line for line in self.log_lines(since) if line.get("event") in LAST_WORDS]
        words = (said[-1].get(key, "") for key in ("event", "fault", "why", "problem")) if said else ()
        reason = " ".join(word for word in words if word)
        return Ended(self.name, code, self.worker.excerpt(12), reason)

    def log_lines(self, since: int) -> list[dict[str, Any]]:
        """Of its log since an offset, those that are events."""
        with self.worker.log.open("rb") as log:
            log.seek(since)
            return [json.loads(line) for line in log if line.startswith(b"{") and line.endswith(b"}\n")]


class Fleet:
    """All workers of a run."""

    def __init__(
        self, settings: Settings, folder: Path, names: Iterable[str], *, session_s: float,
        hired: type[MortalWorker] = MortalWorker,
    ) -> None:  # fmt: skip
        self._settings = settings.model_copy(update={"session_timeout_s": session_s})
        self._folder, self._hired = folder, hired
        self.slots: dict[str, Slot] = {}
        self.ended: list[Ended] = []
        self.restarts = 0
        self.asked: dict[str, list[Asked]] = {}
        for name in names:
            self._add(name)

    def _add(self, name: str) -> Slot:
        # Every first worker of a stage is a static member: a restart within its session moves no partition.
        member = name if name.endswith("-1") else ""
        own = {"member": member, "data_dir": self._settings.data_dir / name}
        self.slots[name] = slot = Slot(name, self._settings.model_copy(update=own), self._folder, self._hired)
        self.asked[name] = []
        return slot

    async def keep(self) -> None:
        """Start what is wanted and does not run, for ever."""
        while True:
            for slot in list(self.slots.values()):
                if slot.wanted and not slot.worker.running:
                    await asyncio.to_thread(self._start, slot)
            await asyncio.sleep(LOOK_EVERY_S)

    def _start(self, slot: Slot) -> None:
        first = not slot.worker.log.exists()
        if not first:
            slot.worker.stop()
            self.restarts += 1
            if not slot.struck:
                self.ended.append(slot.ended(slot.worker.exit_code, slot.log_from))
        slot.launch()

    async def watch(self) -> None:
        """Ask each worker for its health, for ever."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        async with aiohttp.ClientSession(timeout=timeout) as client, asyncio.TaskGroup() as asking:
            for slot in list(self.slots.values()):
                asking.create_task(self._watch_one(client, slot))

    async def _watch_one(self, client: aiohttp.ClientSession, slot: Slot) -> None:
        while True:
            counts, at_s = slot.answerable, time.monotonic()
            live, ready = await _says_yes(client, slot, "livez"), await _says_yes(client, slot, "readyz")
            slot.begun = slot.begun or (ready and slot.worker.running and not slot.struck)
            if counts and slot.answerable:
                self.asked[slot.name].append(Asked(at_s, live, ready))
            await asyncio.sleep(ASK_EVERY_S)

    async def ready(self, within_s: float) -> None:
        """Wait until every wanted worker is."""

        waiting: list[Slot] = []

        async def all_ready() -> bool:
            asked = [slot for slot in self.slots.values() if slot.wanted and not slot.asleep]
            waiting[:] = [slot for slot in asked if not await asyncio.to_thread(slot.worker.answers)]
            return not waiting

        try:
            await until(all_ready, "every worker to be ready", within_s)
        except AssertionError as fault:
            logs = "\n".join(f"{slot.name}: {slot.worker.excerpt(12)}" for slot in waiting)
            raise AssertionError(f"{fault}\n{logs}") from None

    def kill(self, name: str) -> None:
        """SIGKILL."""
        slot = self.slots[name]
        slot.struck = True
        slot.worker.kill()

    def wish_dead(self, name: str, step: str) -> None:
        """SIGKILL, as soon as it comes to this step of a flush."""
        slot = self.slots[name]
        slot.struck = True
        slot.worker.wish(step)

    async def terminate(self, name: str) -> None:
        """SIGTERM; an end that is not clean counts as one nobody asked for."""
        slot = self.slots[name]
        slot.struck, since = True, slot.log_from
        slot.worker.send(signal.SIGTERM)
        code = await asyncio.to_thread(slot.worker.wait_end, ENDS_WITHIN_S)
        told_too_early = code == 128 + signal.SIGTERM and not slot.log_lines(since)  # Python was still importing
        if code not in (0, 128 + signal.SIGKILL) and not told_too_early:
            self.ended.append(slot.ended(code, since))

    async def put_to_sleep(self, name: str, lasts_s: float) -> None:
        """SIGSTOP, and SIGCONT so much later."""
        slot = self.slots[name]
        slot.asleep = True
        slot.worker.send(signal.SIGSTOP)
        await asyncio.sleep(lasts_s)
        slot.worker.send(signal.SIGCONT)
        slot.asleep = False

    async def visit(self, stage: str, lasts_s: float) -> None:
        """One more worker for a while."""
        number = 1 + sum(1 for slot in self.slots.values() if slot.stage == stage)
        slot = self._add(f"{stage}-{number}")
        await asyncio.sleep(lasts_s)
        slot.wanted = False
        if slot.worker.running:
            await self.terminate(slot.name)

    def end(self) -> None:
        """End all of them the quick way."""
        for slot in self.slots.values():
            slot.wanted = False
            slot.worker.kill()


async def _says_yes(client: aiohttp.ClientSession, slot: Slot, path: str) -> bool:
    try:
        async with client.get(f"{slot.worker.url}/{path}") as reply:
            return reply.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
