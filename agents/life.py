"""A worker's life: its topics are checked, it starts, works until it is told to stop, and leaves nothing half done."""

import asyncio
import gc
import os
import signal
import sys
import time
from typing import NoReturn

from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from agents.app import CannotStart, Stage, StageApp, build_app
from agents.compiled import fold_in_use
from agents.delivery.looks import looks_of
from agents.delivery.read_to import read_to_of
from agents.security.putting_right import to_put_right
from agents.security.refusals import refused_by_kafka
from agents.security.tls import BadSecurity
from agents.settings import Settings
from agents.signals import BrokerAwaited, StartRefused, WorkerCrashed, WorkerStarted, WorkerStopped
from agents.signals.catalogue import exposed
from agents.signals.log import configure, hushed
from agents.stacks import tell_stacks
from agents.topics.admin import check_topics
from agents.watermarks import TellsReadTo
from agents.web import USUAL_PORTS, NotReady, PortTaken, serve, site
from streams.topology import Step

STOP_WITHIN_S = 25.0
"""An orchestrator usually waits 30 s before it kills."""
AWAY_S = 5.0
"""A write that waits longer is not waited for by a stop: the broker is away."""
LOOK_EVERY_S = 0.1
BROKER_EVERY_S = 1.0

GC_THRESHOLDS = (20_000, 50, 100)
"""With what was restored frozen, 56 instead of 62 us of CPU per touch scored (60,000 touches, cards and ledger on)."""

STOPPED, CRASHED, REFUSED = 0, 1, 2
"""Exit codes."""


class LeftUndone(RuntimeError):
    """Told to stop while a write waited for a broker that is away."""


async def live(stage: Stage, settings: Settings) -> int:
    """From start to end; returns the exit code. A crash does not return: it ends the process at once."""
    configure(stage.step.name)
    tell_stacks()
    gc.set_threshold(*GC_THRESHOLDS)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    stop = asyncio.create_task(told.wait())
    work = asyncio.create_task(_work(stage, settings, stop))
    await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        await asyncio.wait({work}, timeout=STOP_WITHIN_S)
    if not work.done():
        end(TimeoutError(f"what was begun did not end within {STOP_WITHIN_S:.0f} s of the signal to stop"))
    fault = work.exception()
    if isinstance(fault, CannotStart | PortTaken):
        StartRefused(problems=str(fault).splitlines()).emit()
        return REFUSED
    if fault is not None:
        if problems := await to_put_right(fault, stage.step, settings):
            StartRefused(problems=problems).emit()
            return REFUSED
        end(fault)
    return STOPPED


def end(fault: BaseException) -> NoReturn:
    """Leave at once: memory is ahead of Kafka, and Faust's own way out would wait for what never comes."""
    WorkerCrashed(fault=fault).emit()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(CRASHED)


async def _work(stage: Stage, settings: Settings, stop: "asyncio.Task[bool]") -> None:
    fold_in_use()
    not_ready: list[NotReady] = [lambda: ["the topics are not checked yet: no broker has answered"]]

    def reasons() -> list[str]:
        return not_ready[-1]()

    # The site first: liveness must be green while no broker answers.
    shown = exposed(stage.step.name)
    runner, url = await serve(site(reasons, shown), settings.host, settings.port, USUAL_PORTS[stage.step.name])
    try:
        check = asyncio.create_task(topics_checked(stage.step, settings))
        await asyncio.wait({stop, check}, return_when=asyncio.FIRST_COMPLETED)
        if not check.done():
            check.cancel()
            return
        check.result()
        app = build_app(stage, settings)
        not_ready.append(app.not_ready)
        await _run(stage, app, stop, url, shown)
    finally:
        await runner.cleanup()


async def _run(stage: Stage, app: StageApp, stop: "asyncio.Task[bool]", url: str, shown: CollectorRegistry) -> None:
    looks = looks_of(app)
    shown.register(looks)
    if isinstance(stage, TellsReadTo):
        stage.tell(read_to_of(app))
    try:
        if not await _started(stage, app, stop):
            return
        WorkerStarted(url=url, fold=fold_in_use()).emit()
        flusher, pulse = asyncio.create_task(app.group_commit.run()), asyncio.create_task(app.pulse.run())
        progress, faust = asyncio.create_task(app.progress.run()), asyncio.create_task(_faust(app))
        await asyncio.wait({stop, flusher, pulse, progress, faust}, return_when=asyncio.FIRST_COMPLETED)
        await _all_well(app, flusher, pulse, progress, faust)
        began_s = time.monotonic()
        await _stopped(app)
        await _all_well(app, flusher, pulse)
        for task in (flusher, pulse, progress, faust):
            task.cancel()
        await stage.stop()
        await app.out.stop()
        WorkerStopped(after_s=time.monotonic() - began_s).emit()
    finally:
        shown.unregister(looks)


async def _started(stage: Stage, app: StageApp, stop: "asyncio.Task[bool]") -> bool:
    """False when told to stop meanwhile: nothing was begun, so nothing is waited for, such as a Redis that is away."""

    async def start() -> None:
        await app.out.start()
        await stage.start(app.out)

    starting = asyncio.create_task(start())
    await asyncio.wait({stop, starting}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
    return starting.done()


async def _stopped(app: StageApp) -> None:
    """Let what was begun end, unless it waits for a broker that is away."""
    stopping = asyncio.create_task(app.stop())
    while not (await asyncio.wait({stopping}, timeout=LOOK_EVERY_S))[0]:
        if app.out.waiting_s > AWAY_S:
            raise LeftUndone(
                f"told to stop while a write waits for the broker since {app.out.waiting_s:.0f} s: nothing of it is "
                "acknowledged, so whoever gets these partitions does it again"
            )
    stopping.result()


async def _all_well(app: StageApp, *tasks: "asyncio.Task[None]") -> None:
    """Each of them is meant to run for ever: one that has ended ends the process."""
    for task in tasks:
        if task.done():
            fault = task.exception() or app.crash_reason or RuntimeError(f"{task.get_name()} ended by itself")
            refused = isinstance(fault, CannotStart)
            problems = [str(fault)] if refused else await to_put_right(fault, app.stage.step, app.place)
            if problems:
                StartRefused(problems=problems).emit()
                os._exit(REFUSED)
            end(fault)


async def _faust(app: StageApp) -> None:
    await app.start()
    await app.wait_until_stopped()


async def topics_checked(step: Step, settings: Settings) -> None:
    """Refuse topics that would scatter leads; wait while no broker answers."""
    said = False
    while True:
        try:
            with hushed("aiokafka"):
                problems = await check_topics(settings, step)
        except BadSecurity as fault:
            raise CannotStart(str(fault)) from None
        except KafkaError as fault:
            refused = await refused_by_kafka(settings)
            if refused is not None and refused.sure:
                raise CannotStart(refused.sentence) from None
            if not fault.retriable:
                raise
            if not said:
                problem = str(fault) if refused is None else refused.sentence
                BrokerAwaited(bootstrap=settings.bootstrap, problem=problem).emit()
                said = True
            await asyncio.sleep(BROKER_EVERY_S)
            continue
        if problems:
            raise CannotStart("\n".join(problems))
        return
