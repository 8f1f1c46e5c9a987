"""Runs each subject in a process of its own, one after the other, and reads what it cost."""

import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from agents.clock import wall_ms
from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import Server, ServerFailed
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
    settings: Settings, touches: int, folder: Path, who: str = "touchline", *, outputs: bool = False
) -> Measured:
    """The score worker itself, all partitions on one; with all outputs, or with neither cards nor ledger."""
    as_set = settings.model_copy(update={"model": MODEL, "cards": outputs, "ledger": outputs})
    worker = Worker("score", as_set, folder, free_port())
    worker.launch()
    try:
        cpu_before_s = _cpu_when_ready(worker)
        began_s = wall_ms() / 1000
        ended_s = _when_processed(worker, touches)
        return Measured(
            who=who, touches=touches, took_s=ended_s - began_s, cpu_s=cpu_s(worker.pid) - cpu_before_s,
            peak_mb=peak_mb(worker.pid),
            note="the score worker, cards and ledger on" if outputs else "the score worker, cards and ledger off",
        )  # fmt: skip
    finally:
        worker.kill()


def _cpu_when_ready(worker: Worker) -> float:
    """What its start cost: it is ready when partitions are restored, and only then records flow."""
    deadline_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline_s:
        cost_s = cpu_s(worker.pid)
        if worker.answers():
            return cost_s
        if not worker.running:
            break
        pause(0.01)
    raise ServerFailed(f"the score worker did not get ready. {worker.excerpt()}")


def _when_processed(worker: Worker, touches: int) -> float:
    """Wall time at which the last of so many touches was acknowledged."""
    most, changed_s = 0.0, time.monotonic()
    while time.monotonic() - changed_s < STUCK_AFTER_S and worker.running:
        page = {family.name: family.samples for family in text_string_to_metric_families(worker._page("/metrics"))}
        done = sum(s.value for s in page.get(PROCESSED, ()) if s.name.endswith("_total"))
        if done >= touches:
            return max(s.value for s in page["touchline_last_processed_timestamp_seconds"])
        if done > most:
            most, changed_s = done, time.monotonic()
        pause(LOOK_EVERY_S)
    raise ServerFailed(f"the score worker stands at {most:,.0f} of {touches:,} touches. {worker.excerpt()}")
