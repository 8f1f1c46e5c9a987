"""The workers of a deployment as real processes here: started, waited for, killed, started again."""

import asyncio
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agents.configuration import bindings
from agents.configuration.settings_file import CONFIG
from agents.settings import Settings
from deploy.local.ports import HOST, free_port
from deploy.local.server import Server, ServerFailed
from streams.topology import INTAKE, TOPOLOGY

TOUCHLINE = Path(sys.executable).with_name("touchline")
LOOK_EVERY_S = 0.05
READY_WITHIN_S = 60.0
SESSION_TIMEOUT_S = 6.0
"""Brokers allow no less, as a rule; a killed worker's successor waits for it at worst."""


def environment_of(settings: Settings) -> dict[str, str]:
    """These settings as TOUCHLINE_* variables, and nothing of our own environment or of a settings file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOUCHLINE_", bindings.ROOT))}
    said = {f"TOUCHLINE_{name.upper()}": _text(value) for name, value in settings if value is not None}
    return kept | said | {CONFIG: os.devnull}


def _text(value: Any) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ",".join(f'"{item}"' for item in value) + "]"
        case Path():
            return str(value.absolute())
    return str(value)


class Worker(Server):
    """`touchline run STAGE`, in a folder of its own."""

    def __init__(
        self, stage: str, settings: Settings, folder: Path, port: int, arguments: tuple[str, ...] = ()
    ) -> None:
        self.name = stage
        super().__init__(folder, port)
        self.stage = stage
        self.settings = settings
        self.arguments = arguments

    @property
    def url(self) -> str:
        """Of health and metrics."""
        return f"http://{self.address}"

    def command(self) -> list[str]:
        """As an operator types it."""
        return [str(TOUCHLINE), "run", self.stage, "--host", HOST, "--port", str(self.port), *self.arguments]

    def environment(self) -> Mapping[str, str]:
        """The settings it was given."""
        return environment_of(self.settings) | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}

    def answers(self) -> bool:
        """/readyz says 200."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2.0) as reply:  # noqa: S310 - http, our own
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    async def ready(self, within_s: float = 30.0) -> "Worker":
        """Start it (again) and wait until it is ready, while others go on; may be cancelled at any time."""
        self.launch()
        deadline_s = time.monotonic() + within_s
        while not await asyncio.to_thread(self.answers):
            if not self.running:
                raise ServerFailed(f"{self.name} ended while starting. {self.excerpt()}")
            if time.monotonic() > deadline_s:
                self.kill()
                raise ServerFailed(f"{self.name} was not ready in {within_s:g} s. {self.excerpt()}")
            await asyncio.sleep(LOOK_EVERY_S)
        return self

    async def page(self, path: str) -> str:
        """What it serves at a path, for instance /metrics."""
        return await asyncio.to_thread(self._page, path)

    def _page(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5.0) as reply:  # noqa: S310 - http, our own
            return reply.read().decode()

    async def terminate(self, within_s: float = 20.0) -> int:
        """SIGTERM, as an orchestrator does; its exit code."""
        self.send(signal.SIGTERM)
        code = await asyncio.to_thread(self.wait_end, within_s)
        self.stop()
        return code

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """End it as a crash would."""
        self.send(sign)
        super().kill()


class Crew:
    """One worker of each stage, and the intake. Static members: a killed one resumes without a rebalance."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.stages: dict[str, Worker] = {}
        for step in (*TOPOLOGY, INTAKE):
            changes = {"member": f"demo-{step.name}", "session_timeout_s": SESSION_TIMEOUT_S}
            own = settings.model_copy(update=changes)
            self.stages[step.name] = Worker(step.name, own, folder / step.name, free_port())

    @property
    def intake(self) -> Worker:
        """Where websites send to."""
        return self.stages[INTAKE.name]

    async def start(self) -> None:
        """All at the same time; returns when each is ready."""
        await asyncio.gather(*(worker.ready(READY_WITHIN_S) for worker in self.stages.values()))

    def end(self) -> None:
        """At once: what they hold is in Kafka."""
        for worker in self.stages.values():
            worker.kill()
