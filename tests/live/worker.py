"""A stage as a real process: started, waited for, killed, started again."""

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agents.settings import Settings
from deploy.local.ports import HOST
from deploy.local.server import Server

TOUCHLINE = Path(sys.executable).with_name("touchline")


def environment_of(settings: Settings) -> dict[str, str]:
    """These settings as TOUCHLINE_* variables, and nothing of our own TOUCHLINE_* environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHLINE_")}
    said = {f"TOUCHLINE_{name.upper()}": _text(value) for name, value in settings if value is not None}
    return kept | said


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
        """The test's settings."""
        return environment_of(self.settings) | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}

    def answers(self) -> bool:
        """/readyz says 200."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2.0) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    async def ready(self, within_s: float = 30.0) -> "Worker":
        """Start it (again) and wait until it is ready, while the test's own clients go on."""
        await asyncio.to_thread(self.start, within_s)
        return self

    async def page(self, path: str) -> str:
        """What it serves at a path, for instance /metrics."""
        return await asyncio.to_thread(self._page, path)

    def _page(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5.0) as reply:
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
