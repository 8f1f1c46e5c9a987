"""Runs each subject in a process of its own, one after the other, and reads what it cost."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from agents.clock import wall_ms
from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import Server, ServerFailed
from tests.bench.compiled_fold import CompiledWorker
from tests.bench.load import MODEL
from tests.bench.measured import Measured, cpu_s, peak_mb

ROOT = Path(__file__).parents[2]
QUIX_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
"""Made by `make`: what Quix pins and what we pin cannot live in one venv."""
START_WITHIN_S = 60.0
LOOK_EVERY_S = 0.25
STUCK_AFTER_S = 60.0
"""Without a single touch processed."""
pause = threading.Event().wait
Outcome = TypeVar("Outcome")
PROCESSED = "touchline_touches_processed"


class Program(Server):
    """A module of this folder that measures itself and prints the outcome as its last line."""

    def __init__(self, module: str, arguments: tuple[str, ...], folder: Path, python: Path | None = None) -> None:
        self.name = module
        super().__init__(folder, 0)
        self._arguments = arguments
        self._python = python or Path(sys.executable)

    def command(self) -> list[str]:
        """As by hand."""
        return [str(self._python), "-m", f"tests.bench.{self.name}", *self._arguments]

    def environment(self) -> Mapping[str, str]:
        """Our modules are found from anywhere."""
        return os.environ | {"PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        """It serves nothing."""
        return True

    def measure(self, within_s: float, outcome: type[Outcome]) -> Outcome:
        """Run it to its end; what its last line says."""
        self.launch()
        try:
            code = self.wait_end(within_s)
            lines = self.log.read_bytes().splitlines()
            if code or not lines:
                raise ServerFailed(f"{self.name} ended with {code}. {self.excerpt()}")
            return msgspec.json.decode(lines[-1], type=outcome)
        finally:
            self.kill()


def limit(settings: Settings, touches: int, folder: Path) -> Measured:
    """Fetch and decode only."""
    topic = f"{settings.prefix}lead.events"
    return Program("limit", (settings.bootstrap, topic, str(touches)), folder).measure(60 + touches / 20_000, Measured)


def faust(settings: Settings, touches: int, folder: Path) -> Measured:
    """Faust as its handbook has it."""
    program = Program("faust_way", (settings.bootstrap, settings.prefix, str(touches)), folder)
    return program.measure(60 + touches / 200, Measured)


def quix(settings: Settings, touches: int, folder: Path) -> Measured:
    """Quix Streams as its pages have it."""
    if not QUIX_PYTHON.exists():
        raise ServerFailed(
            f"Quix Streams is not installed in {QUIX_PYTHON.parents[1]}: run `make bench-score` once, which installs it"
        )
    program = Program("quix_way", (settings.bootstrap, settings.prefix, str(touches)), folder, QUIX_PYTHON)
    return program.measure(60 + touches / 1_000, Measured)


def touchline(
    settings: Settings, touches: int, folder: Path, who: str = "touchline", *, cards: bool = False,
    ledger: bool = False, compiled: bool = False, model: Path = MODEL, ready_within_s: float = START_WITHIN_S,
) -> Measured:  # fmt: skip
    """The score worker itself, all partitions on one."""
    outputs = [name for name, wanted in (("cards", cards), ("ledger", ledger)) if wanted]
    as_set = settings.model_copy(update={"model": model, "cards": cards, "ledger": ledger})
    with scoring(as_set, folder, compiled=compiled) as worker:
        cpu_before_s = cpu_when_ready(worker, ready_within_s)
        began_s = wall_ms() / 1000
        ended_s = when_processed(worker, touches)
        return Measured(
            who=who, touches=touches, took_s=ended_s - began_s, cpu_s=cpu_s(worker.pid) - cpu_before_s,
            peak_mb=peak_mb(worker.pid),
            note=f"the score worker, {'compiled, ' * compiled}{' and '.join(outputs) or 'cards and ledger'} "
            f"{'on' if outputs else 'off'}",
        )  # fmt: skip


@contextlib.contextmanager
def scoring(settings: Settings, folder: Path, *, compiled: bool = False) -> Iterator[Worker]:
    """A score worker, launched; `compiled`: with the fold as machine code, which is built."""
    kind = CompiledWorker if compiled else Worker
    worker = kind("score", settings.model_copy(update={"data_dir": folder / "data"}), folder, free_port())
    worker.launch()
    try:
        yield worker
    finally:
        worker.kill()


def cpu_when_ready(worker: Worker, within_s: float = START_WITHIN_S) -> float:
    """What its start cost: it is ready when partitions are restored, and only then records flow."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        cost_s = cpu_s(worker.pid)
        if worker.answers():
            return cost_s
        if not worker.running:
            break
        pause(0.01)
    raise ServerFailed(f"the {worker.name} worker did not get ready in {within_s:g} s. {worker.excerpt()}")


def when_processed(worker: Worker, touches: int) -> float:
    """Wall time at which the last of so many touches was acknowledged."""
    most, changed_s = 0.0, time.monotonic()
    while time.monotonic() - changed_s < STUCK_AFTER_S and worker.running:
        done = counted(worker, PROCESSED)
        if done >= touches:
            return latest(worker, "touchline_last_processed_timestamp_seconds")
        if done > most:
            most, changed_s = done, time.monotonic()
        pause(LOOK_EVERY_S)
    raise ServerFailed(f"the score worker stands at {most:,.0f} of {touches:,} touches. {worker.excerpt()}")


def counted(worker: Worker, name: str) -> float:
    """A counter of a worker, or the sum of a histogram, all labels together."""
    return sum(s.value for s in _samples(worker, name) if s.name.endswith(("_total", "_sum")))


def latest(worker: Worker, name: str) -> float:
    """The highest of a gauge, over all labels."""
    return max(s.value for s in _samples(worker, name))


def _samples(worker: Worker, name: str) -> Sequence[Sample]:
    for family in text_string_to_metric_families(worker._page("/metrics")):
        if family.name == name:
            return family.samples
    return ()
