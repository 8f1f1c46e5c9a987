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


def warn(sentence: str, remedy: str = "") -> None:
    """Say on the error stream what is odd, and go on."""
    typer.echo(f"touchline: {sentence}", err=True)
    if remedy:
        typer.echo(f"  {remedy}", err=True)


def fail(sentence: str, remedy: str = "", code: int = PROBLEM) -> NoReturn:
    """Say what is wrong and what to do, on the error stream, and end."""
    warn(sentence, remedy)
    raise typer.Exit(code)
