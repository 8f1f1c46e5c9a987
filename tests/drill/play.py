"""The drill: a load, faults one after the other, each told, looked up, mended, healed; then restarts; a recount."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from agents.clock import wall_ms
from deploy.local.stack import LocalStack
from tests.chaos.driver import OPEN_WITHIN_S, Plan, Run, Say
from tests.chaos.fleet import Fleet
from tests.chaos.load import POISON_KEY, Load, Said, Sender
from tests.chaos.verdict import judge
from tests.drill import told
from tests.drill.faults import MODEL, Fault, Hands, made_good
from tests.drill.recount import WatchedKafka, percentile
from tests.drill.releases import ReleasedWorker, earlier
from tests.drill.runbook import follow, waits_for
from tests.drill.told import Report, Struck, Window
from tests.live.alerting import Alertmanager, Receiver, Watch
from tests.live.kafka import until

CREW = ("identify-1", "score-1", "route-1", "mirror-1", "intake-1", "canary-1")
CANARY = "canary-1"
QUIET_S = 10.0
FIRES_WITHIN_S, HEALS_WITHIN_S, RESOLVES_WITHIN_S = 120.0, 180.0, 300.0
BEHIND_S = 5.0
"""A stage that is not behind by so much has caught up: the objective asks for no more."""
SESSION_S = 10.0
SHOWN_LINES, WIDE = 4, 140
TOUCHES_AT_MOST = 120
"""Of a person, on average: most of them are handed off while the drill goes on."""


class Steady(Load):
    """The load of the long runs, whose producers' clocks are right: the objective counts from when a touch was made."""

    def _skew_s(self) -> float:
        return 0.0


class Drilled(Struct, frozen=True, kw_only=True):
    """What to do."""

    seed: int
    per_s: float
    most_touches: int
    factor: int
    faults: Sequence[str] = ()
    """By name; none: all."""
    revision: str = ""
    """Of the earlier release's bytes; empty: the newest tag, else some changes back."""
    restarts: bool = True


class Drill(Run):
    """On a stack of its own."""

    def __init__(self, drilled: Drilled, stack: LocalStack, folder: Path, say: Say = print) -> None:
        plan = Plan(
            seed=drilled.seed, touches=drilled.most_touches, per_s=drilled.per_s, strikes=(), workers=CREW,
            session_s=SESSION_S, settle_within_s=300.0,
        )  # fmt: skip
        super().__init__(plan, stack, folder, say)
        self._drilled, self._folder = drilled, folder
        self.kafka: WatchedKafka = WatchedKafka(self.settings)
        self.fleet = Fleet(self.settings, folder, CREW, session_s=SESSION_S, hired=ReleasedWorker)
        self._hands = Hands(stack, self.fleet, self.kafka, self.settings)
        self._enough = asyncio.Event()
        self._sent = 0
        self._windows: list[tuple[str, int, int]] = []
        """Name, begin and end by the wall."""
        self._restarted: list[str] = []
        self._early = ""
        self._earlier = "no earlier release here"

    async def drilled(self) -> Report:
        """From the first start to the recount."""
        began_s = time.monotonic()
        await self.kafka.create()
        receiver = await Receiver().open()
        workers = [slot.worker for slot in self.fleet.slots.values()]
        factor = self._drilled.factor
        alertmanager = Alertmanager(self._folder / "alertmanager", receiver.address, factor)
        self._prometheus = Watch(self._folder / "prometheus", workers, alertmanager, factor)
        try:
            async with self._kept(), made_good(self._hands):
                await asyncio.gather(*(asyncio.to_thread(one.start) for one in (alertmanager, self._prometheus)))
                await self.fleet.ready(OPEN_WITHIN_S)
                self._say(f"{len(workers)} workers are ready; touches at {self._drilled.per_s:g}/s")
                faults = await self._under_load(receiver)
                self._say("all sent; waiting until everything is processed, then the recount")
                self.fleet.slots[CANARY].wanted = False
                await self.fleet.terminate(CANARY)
                unsettled = await self._settled()
            self._end(alertmanager)
            self.kafka.begin()
            verdict = await judge(self.kafka)
        finally:
            self._end(alertmanager)
            await receiver.close()
            await self.kafka.close()
        report = Report(
            per_s=self._drilled.per_s, factor=factor, messages=self._sent + self._hands.poison, faults=faults,
            windows=[self._window(*window) for window in self._windows], rolled_back_to=self._earlier,
            restarted=self._restarted, verdict=verdict, seconds=round(time.monotonic() - began_s, 1), wrong=[],
        )  # fmt: skip
        died = [f"{ended.worker} ended by itself with {ended.code}: {ended.reason}" for ended in self.fleet.ended]
        report.wrong = told.complaints(report, unsettled, [*died, *([self._early] if self._early else [])])
        return report

    def _end(self, alertmanager: Alertmanager) -> None:
        """Workers, and who watches them: the recount needs the broker alone."""
        for server in (self._prometheus, alertmanager):
            server.kill()
        self.fleet.end()

    async def _under_load(self, receiver: Receiver) -> list[Struck]:
        drilled = self._drilled
        load = Steady(drilled.seed, drilled.most_touches, people=max(20, drilled.most_touches // TOUCHES_AT_MOST))
        async with Sender(self.settings) as sender:
            sending = asyncio.create_task(sender.say(self._told(load), drilled.per_s))
            try:
                struck = await self._all(receiver)
            finally:
                self._enough.set()
                await sending
        return struck

    def _told(self, load: Load) -> Iterator[Said]:
        """Until it is enough. What nobody can read is sent by a fault, when it is its turn."""
        for said in load:
            if self._enough.is_set():
                return
            if not (said.key or b"").startswith(POISON_KEY):
                self._sent += 1
                yield said
        self._early = "the load ended before the drill did: give it more --touches"

    async def _all(self, receiver: Receiver) -> list[Struck]:
        await self._caught_up(HEALS_WITHIN_S)
        began_ms = wall_ms()
        await asyncio.sleep(QUIET_S)
        self._windows.append((told.QUIET, began_ms, wall_ms()))
        names = self._drilled.faults
        struck = [await self._strike_one(fault, receiver) for fault in self._hands.faults()
                  if not names or fault.name in names]  # fmt: skip
        if self._drilled.restarts:
            await self._restart_all(told.ROLLING)
            await self._roll_back(mended=MODEL in names or not names)
        return struck

    async def _strike_one(self, fault: Fault, receiver: Receiver) -> Struck:
        one = Struck(what=fault.what, alert=fault.alert, at=datetime.now().astimezone().isoformat(timespec="seconds"),
                     rule_waits=waits_for(fault.alert), remedy=fault.remedy)  # fmt: skip
        heard, began_s = len(receiver.told), time.monotonic()

        def since_s() -> float:
            return round(time.monotonic() - began_s, 1)

        async def heard_of(status: str, within_s: float) -> str | None:
            async def said() -> bool:
                return any(one_of(status))

            def one_of(status: str) -> Iterator[str]:
                for who, alert in receiver.told[heard:]:
                    if (alert["labels"]["alertname"], alert["status"]) == (fault.alert, status):
                        yield who

            try:
                await until(said, f"{fault.alert} to be {status}", within_s)
            except AssertionError:
                return None
            return next(one_of(status))

        self._say(f"\n{one.at}  {fault.what}")
        await fault.breaks()
        who = await heard_of("firing", FIRES_WITHIN_S)
        if who is not None:
            one.fired_s, one.told = since_s(), who
            self._say(f"  {one.fired_s:6.1f} s  {who} told: {fault.alert} (its rule waits {one.rule_waits}, scaled)")
            answered = await follow(fault.alert, self.settings, fault.patience_s)
            one.command, one.answer = answered.command, answered.text
            self._say(f"            runbook#{fault.alert.lower()}  $ {one.command}")
            for line in one.answer.splitlines()[:SHOWN_LINES]:
                self._say(f"              {line if len(line) <= WIDE else line[: WIDE - 2] + ' …'}")
        await fault.mend()
        one.remedied_s = since_s()
        self._say(f"  {one.remedied_s:6.1f} s  remedy: {fault.remedy}")
        if await self._caught_up(HEALS_WITHIN_S):
            one.healed_s = since_s()
            self._say(f"  {one.healed_s:6.1f} s  healed: every worker ready, no stage {BEHIND_S:g} s behind")
        if who is not None and await heard_of("resolved", RESOLVES_WITHIN_S) is not None:
            one.resolved_s = since_s()
            self._say(f"  {one.resolved_s:6.1f} s  resolved")
        firing = {a["labels"]["alertname"] for _, a in receiver.told[heard:] if a["status"] == "firing"}
        one.also = sorted(firing - {fault.alert})
        return one

    async def _caught_up(self, within_s: float) -> bool:
        await self.fleet.ready(within_s)

        async def none_behind() -> bool:
            found = await self._prometheus.query("max by (stage) (touchline_partition_lag_seconds)")
            stages = {labels["stage"]: lag_s for labels, lag_s in found}
            return {"identify", "score", "route"} <= stages.keys() and max(stages.values()) < BEHIND_S

        try:
            await until(none_behind, "all stages to catch up", within_s)
        except AssertionError:
            return False
        return True

    async def _restart_all(self, name: str) -> None:
        """One after the other, each told to stop as an orchestrator tells it, the next once it is ready again."""
        began_ms = wall_ms()
        self._say(f"\n{name}, a worker at a time")
        for slot in list(self.fleet.slots.values()):
            began_s = time.monotonic()
            await self.fleet.terminate(slot.name)
            await self.fleet.ready(OPEN_WITHIN_S)
            self._restarted.append(slot.name)
            self._say(f"  {slot.stage:10} ready again after {time.monotonic() - began_s:.1f} s")
        await self._caught_up(HEALS_WITHIN_S)
        self._windows.append((name, began_ms, wall_ms()))

    async def _roll_back(self, *, mended: bool) -> None:
        """The model in force before, if another came; then an earlier release's bytes."""
        if mended:
            await self._hands.roll_back_model()
            self._say("\nmodel rolled back: m0, version 1")
        found = await asyncio.to_thread(earlier, self._folder / "earlier", self._drilled.revision)
        if found is None:
            self._say(f"{self._earlier}: rolled back to the same bytes")
        else:
            self._earlier, folder = found
            self._say(f"back to {self._earlier}")
            for slot in self.fleet.slots.values():
                assert isinstance(slot.worker, ReleasedWorker)
                slot.worker.release = folder
        await self._restart_all(told.ROLLBACK)

    def _window(self, name: str, began_ms: int, ended_ms: int) -> Window:
        took = self.kafka.took_ms(began_ms, ended_ms)
        return Window(name, (ended_ms - began_ms) / 1000, len(took), percentile(took, 50), percentile(took, 99),
                      took[-1] if took else 0)  # fmt: skip
