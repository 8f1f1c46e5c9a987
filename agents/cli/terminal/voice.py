"""How the commands speak: tables for people, JSON for programs, one sentence for errors. Never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

FINE = 0
PROBLEM = 1
"""A problem was found, or something could not be reached."""
REFUSED = 2
"""Wrong usage or refused input."""
DIFFERS = 3
"""`topics plan` only: the cluster differs from the topology."""

EXIT_CODES = "Exit codes: 0 fine · 1 a problem was found · 2 wrong usage or refused input · 3 topics plan: differences."

PIPE_WIDTH = 240
"""Columns of a table that goes into a file or a pipe, where nothing should be cut."""


def console() -> Console:
    """Where people read. Colour only on a terminal, and never with NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def say(text: str = "") -> None:
    """One line for people."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """One JSON document on one line, for programs."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under headings; texts are shown as they are, never read as markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    console().print(drawn)


_worker: list[str] = []
"""The stage that speaks; none: a command speaks to a person."""


def speak_as_worker(stage: str) -> None:
    """From now on all that is said on the error stream is an event of the worker's log: a line of JSON."""
    from agents.signals.log import configure

    _worker[:] = [stage]
    configure(stage)
    sys.excepthook = _crashed


def _crashed(kind: type[BaseException], fault: BaseException, _: object) -> None:
    """A traceback of many lines would be no line of the log."""
    from agents.signals.worker import WorkerCrashed

    WorkerCrashed(fault=fault).emit()


def is_worker() -> bool:
    """Whether a worker speaks."""
    return bool(_worker)


def warn(sentence: str, remedy: str = "") -> None:
    """Say on the error stream what is odd, and go on."""
    if _worker:
        from agents.signals.settings import SettingPassedOver

        SettingPassedOver(what=sentence, remedy=remedy).emit()
        return
    _to_people(sentence, remedy)


def _to_people(sentence: str, remedy: str) -> None:
    typer.echo(f"touchline: {sentence}", err=True)
    if remedy:
        typer.echo(f"  {remedy}", err=True)


def fail(sentence: str, remedy: str = "", code: int = PROBLEM) -> NoReturn:
    """Say what is wrong and what to do, on the error stream, and end."""
    fail_all([(sentence, remedy)], code)


def fail_all(wrong: Sequence[tuple[str, str]], code: int = PROBLEM) -> NoReturn:
    """Say everything that is wrong, each with what to do, and end."""
    if _worker:
        from agents.signals.worker import StartRefused

        StartRefused(problems=["\n".join(filter(None, one)) for one in wrong]).emit()
    else:
        for one in wrong:
            _to_people(*one)
    raise typer.Exit(code)
