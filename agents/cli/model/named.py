"""Models as people name them on the command line: a file, a digest or its beginning, or the one in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agents.cli.terminal.voice import REFUSED, fail

if TYPE_CHECKING:
    from agents.settings import Settings
    from agents.table.model_shelf import ModelShelf
    from schemas.scoring_model import ScoringModel

FEWEST = 6
"""Hexadecimal digits that are taken for the beginning of a digest."""


def document_named(which: str, settings: Settings, shelf: ModelShelf) -> tuple[str, ScoringModel]:
    """Text and meaning. What cannot be found or used ends the command."""
    digits = which.removeprefix("sha256:")
    hexadecimal = len(digits) >= FEWEST and all(c in "0123456789abcdef" for c in digits)
    if which.startswith("sha256:") or (hexadecimal and not Path(which).exists()):
        found = [d for d in shelf.documents.values() if d.digest.removeprefix("sha256:").startswith(digits)]
        if len(found) != 1:
            told = "no published model" if not found else f"{len(found)} published models"
            fail(f"{told} has a digest that begins with {digits}", "`touchline model list` shows them.", REFUSED)
        return found[0].text, shelf.judge_of(found[0].digest).model
    return loaded(settings.model_copy(update={"model": Path(which)}))


def loaded(settings: Settings) -> tuple[str, ScoringModel]:
    """Text and meaning of the model a worker scores with; one with errors ends the command with its findings."""
    from agents.model_file import BadModel, load_model

    try:
        return load_model(settings.model, settings)
    except BadModel as refused:
        fail(f"no model to score with\n{refused}", "", REFUSED)
