"""`touchline model check`: a scoring model read as its author would want it read, every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.terminal.checked import tell_checked, text_to_check
from agents.cli.terminal.options import AsJson, settings_from
from agents.cli.terminal.voice import say


def check_model(
    file: Annotated[Path, typer.Argument(help="The model, a YAML file.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Name every fault with its line, why it matters and what to write. Exit code 0: may be used; 2: refused."""
    from agents.clock import wall_ms
    from agents.model_file import OTHERWISE
    from streams.model import model_digest, review_model

    text = text_to_check(file, OTHERWISE)
    reading = review_model(text, settings_from().keep_props, wall_ms())
    refused = reading.model is None
    digest = "" if reading.model is None else model_digest(reading.model)
    name = "" if reading.model is None else f"{reading.model.model}@{reading.model.version}"
    verdict = f"{file} is refused; nothing was published." if refused else f"{file} may be used: {name}, {digest}."
    tell_checked(
        file, text, reading.findings, {"model": name, "digest": digest},
        refused=refused, tell=lambda: say(verdict), as_json=as_json,
    )  # fmt: skip
