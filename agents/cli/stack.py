"""`touchline stack`: Kafka and Redis here, in the foreground, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, fail, say, say_json

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType

    from deploy.local import LocalStack

HERE_PARTITIONS = 4
"""Of the log on one machine: enough to see four workers share it."""


def stack(
    prefix: Prefix = None,
    partitions: Annotated[int, typer.Option("--partitions", min=1, help="Partitions of the log.")] = HERE_PARTITIONS,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Keep the data here. Default: a folder for this run alone.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON line.")] = False,
) -> None:
    """Start a real Kafka and Redis on this machine (Java and redis-server needed), with all topics, until Ctrl-C."""
    import signal
    import threading

    from agents.topics.admin import apply
    from deploy.local import FolderBusy, ProgramMissing, ServerFailed

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _as_interrupt)
    try:
        with _opened(folder) as here:
            found = here.addresses
            settings = settings_from(bootstrap=found.bootstrap, redis=found.redis, prefix=prefix, partitions=partitions)
            reach(settings, apply(settings))
            exports = {"bootstrap": found.bootstrap, "redis": found.redis, "partitions": str(partitions)}
            if settings.prefix:
                exports["prefix"] = settings.prefix
            if as_json:
                say_json(exports)
            else:
                for name, value in exports.items():
                    say(f"export TOUCHLINE_{name.upper()}={value}")
                say("# Paste these into another shell, then: touchline run identify")
                say(f"# Data and logs: {here.folder}. Ctrl-C stops both.")
            threading.Event().wait()
    except KeyboardInterrupt:
        return
    except (ProgramMissing, ServerFailed, FolderBusy, OSError) as failed:
        fail(str(failed), "", PROBLEM)


def _opened(folder: Path | None) -> AbstractContextManager[LocalStack]:
    from deploy.local import LocalStack, opened

    return opened() if folder is None else LocalStack(folder)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
