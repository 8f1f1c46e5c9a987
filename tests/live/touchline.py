"""The `touchline` command as a person runs it: a process with an environment, an exit code and what it printed."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

from msgspec import Struct

from agents.demo.crew import TOUCHLINE, environment_of
from agents.settings import Settings


class Ended(Struct, frozen=True):
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Its output, read as a program does."""
        return json.loads(self.out)


async def touchline(settings: Settings, *arguments: str | Path, within_s: float = 30.0) -> Ended:
    """Run a command to its end."""

    def run() -> Ended:
        ran = subprocess.run(
            [str(TOUCHLINE), *map(str, arguments)], capture_output=True, text=True, timeout=within_s,
            stdin=subprocess.DEVNULL, env=environment_of(settings) | {"NO_COLOR": "1"},
        )  # fmt: skip
        return Ended(ran.returncode, ran.stdout, ran.stderr)

    return await asyncio.to_thread(run)
