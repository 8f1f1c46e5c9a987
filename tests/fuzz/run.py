"""One run: so many messages from one seed, timed each, with what broke."""

import signal
import time
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

import msgspec
from msgspec import Struct

from agents.model_file import PRESET
from streams.judge import Judge
from streams.model import read_model
from tests.fuzz.journey import Journey
from tests.pure.lives import judge

HANGS_AFTER_S = 3.0
"""Of CPU, for one message of at most 256 KiB."""
MOST_CRASHES = 20


class Hung(BaseException):
    """One message took too long: nothing below may catch this."""


class Crash(Struct):
    """A message that broke something."""

    topic: str
    what: str
    """Error and where it rose: one kind of crash."""
    message: str
    """Its beginning."""
    trace: str
    times: int = 1


class Ran(Struct):
    """What a run came to."""

    messages: int = 0
    applied: int = 0
    skipped: int = 0
    refused: dict[str, int] = {}
    """By reason; `unreadable` are states whose bytes were damaged."""
    crashes: dict[str, Crash] = {}
    slowest_ms: float = 0.0
    slowest: str = ""

    def add(self, other: "Ran") -> None:
        """Take another run in."""
        self.messages += other.messages
        self.applied += other.applied
        self.skipped += other.skipped
        for reason, times in other.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + times
        for what, crash in other.crashes.items():
            if what in self.crashes:
                self.crashes[what].times += crash.times
            else:
                self.crashes[what] = crash
        if other.slowest_ms > self.slowest_ms:
            self.slowest_ms, self.slowest = other.slowest_ms, other.slowest


class Witness:
    """Watches over one message: what it took, and how it ended."""

    def __init__(self, ran: Ran) -> None:
        self._ran = ran
        self.topic, self.value = "", b""
        self.broke = False

    def __enter__(self) -> Self:
        self.broke = False
        signal.setitimer(signal.ITIMER_VIRTUAL, HANGS_AFTER_S)
        self._began_s = time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, frames: TracebackType | None
    ) -> bool:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        ran, took_ms = self._ran, (time.process_time() - self._began_s) * 1000
        ran.messages += 1
        if took_ms > ran.slowest_ms:
            ran.slowest_ms, ran.slowest = took_ms, f"{self.topic}: {len(self.value)} bytes, {self.value[:200]!r}"
        if fault is None:
            return False
        if not isinstance(fault, Exception | Hung):
            return False
        self.broke = True
        last = traceback.extract_tb(frames)[-1]
        what = f"{type(fault).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}"
        if what in ran.crashes:
            ran.crashes[what].times += 1
        elif len(ran.crashes) < MOST_CRASHES:
            told = "".join(traceback.format_exception(kind, fault, frames))
            ran.crashes[what] = Crash(self.topic, what, repr(self.value[:4_000]), told)
        return True


def run(messages: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> Ran:
    """So many messages, one after another."""
    journey, ran = Journey((judge("m1"), _preset()), seed), Ran()
    witness = Witness(ran)
    earlier = signal.signal(signal.SIGVTALRM, _hung)
    try:
        for done in range(messages):
            witness.topic, witness.value = journey.next()
            with witness:
                _count(ran, journey.take(witness.topic, witness.value))
            if witness.broke:
                journey.begin()
            if done % 1_000 == 0:
                progress(done)
    finally:
        signal.signal(signal.SIGVTALRM, earlier)
    return ran


def share(messages: int, seed: int, told: Any) -> None:
    """A run in a process of its own; what it came to goes into the queue `told`."""
    ran = run(messages, seed, lambda done: told.put((seed, done)))
    told.put((seed, msgspec.msgpack.encode(ran)))


def _count(ran: Ran, outcome: str) -> None:
    match outcome:
        case "applied":
            ran.applied += 1
        case "skipped":
            ran.skipped += 1
        case reason:
            ran.refused[reason] = ran.refused.get(reason, 0) + 1


def _hung(_: int, __: FrameType | None) -> None:
    raise Hung(f"more than {HANGS_AFTER_S:g} s of CPU for one message")


def _preset() -> Judge:
    model = read_model(PRESET.read_text())
    assert not isinstance(model, list), model
    return Judge.of(model)
