"""How a document is checked: read, told what was found in it with line and remedy, then whether it may be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from agents.cli.terminal.voice import FINE, REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from streams.model import Finding


def text_to_check(file: Path, otherwise: str) -> str:
    """The characters of a document; one that cannot be read ends the command. `otherwise`: what holds without it."""
    from agents.model_file import BadModel, read_text

    try:
        return read_text(file, otherwise)
    except BadModel as unreadable:
        fail(str(unreadable), "", REFUSED)


def tell_checked(
    file: Path, text: str, findings: Sequence[Finding], answer: dict[str, object],
    *, refused: bool, tell: Callable[[], None], as_json: bool,
) -> NoReturn:  # fmt: skip
    """Say the findings, then the verdict as `tell` puts it; for programs the `answer` instead. Ends the command."""
    from streams.model.findings.rendering import render_findings

    if as_json:
        say_json({"file": str(file), **answer, "findings": findings})
    else:
        if findings:
            say(render_findings(str(file), text, findings))
        tell()
    raise typer.Exit(REFUSED if refused else FINE)
