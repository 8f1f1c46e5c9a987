"""`touchline model`: a scoring model read as its author would want it read, every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.model_apply import apply_model
from agents.cli.model_challenge import tell_challenge
from agents.cli.model_drift import tell_drift
from agents.cli.model_list import diff_models, list_models, publish_model, show_model
from agents.cli.model_replay import replay_model
from agents.cli.model_test import run_examples
from agents.cli.options import AsJson, settings_from
from agents.cli.sub_app import sub_app
from agents.cli.voice import REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from agents.settings import Settings
    from schemas.scoring_model import ScoringModel

app = sub_app("Scoring models: the documents that say what counts.")
app.command("test")(run_examples)


@app.callback()
def _model() -> None:
    """Scoring models: the documents that say what counts."""


app.command("replay")(replay_model)
app.command("apply")(apply_model)
app.command("drift")(tell_drift)
app.command("challenge")(tell_challenge)
app.command("list")(list_models)
app.command("show")(show_model)
app.command("diff")(diff_models)
app.command("publish")(publish_model)


@app.command("check")
def check_model(
    file: Annotated[Path, typer.Argument(help="The model, a YAML file.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Name every fault with its line, why it matters and what to write. Exit code 0: may be used; 2: refused."""
    from agents.clock import wall_ms
    from agents.model_file import BadModel, read_text
    from streams.model import model_digest, render_findings, review_model

    try:
        text = read_text(file)
    except BadModel as unreadable:
        fail(str(unreadable), "", REFUSED)
    reading = review_model(text, settings_from().keep_props, wall_ms())
    refused = reading.model is None
    digest = "" if reading.model is None else model_digest(reading.model)
    name = "" if reading.model is None else f"{reading.model.model}@{reading.model.version}"
    if as_json:
        say_json({"file": str(file), "model": name, "digest": digest, "findings": reading.findings})
    else:
        if reading.findings:
            say(render_findings(str(file), text, reading.findings))
        say(f"{file} is refused; nothing was published." if refused else f"{file} may be used: {name}, {digest}.")
    raise typer.Exit(REFUSED if refused else 0)


def loaded(settings: Settings) -> tuple[str, ScoringModel]:
    """Text and meaning of the model a worker scores with; one with errors ends the command with its findings."""
    from agents.model_file import BadModel, load_model

    try:
        return load_model(settings.model, settings)
    except BadModel as refused:
        fail(f"no model to score with\n{refused}", "", REFUSED)
