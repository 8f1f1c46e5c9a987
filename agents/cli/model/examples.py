"""`touchline model test`: the examples beside a model, run: what a lead would be given, before anybody is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, settings_from
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from streams.model_examples.running import Outcome


def run_examples(
    file: Annotated[Path, typer.Argument(help="The model, a YAML file.", show_default=False)],
    examples: Annotated[
        Path | None, typer.Option("--examples", help="Its examples; else NAME.examples.yaml beside it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the examples kept beside a model, each told to pass or what differs. Exit code 1: some differ; 2: refused."""
    beside = examples or file.with_name(f"{file.stem}.examples.yaml")
    outcomes = _run(file, beside)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        say_json({"file": str(file), "examples": str(beside), "outcomes": outcomes})
    else:
        for outcome in outcomes:
            say(f"{'pass   ' if outcome.passed else 'DIFFERS'}  {outcome.name}")
            for difference in outcome.differs:
                say(f"         {difference}")
        say(f"{len(outcomes)} examples of {outcomes[0].card.model if outcomes else file}, {len(failed)} differ")
    raise typer.Exit(PROBLEM if failed else 0)


def _run(file: Path, beside: Path) -> list[Outcome]:
    from agents.model_file import BadModel, load_model, read_text
    from streams.judge import Judge
    from streams.model_examples.example import BadExamples, read_examples
    from streams.model_examples.running import run

    try:
        judge = Judge.of(load_model(file, settings_from())[1])
    except BadModel as refused:
        fail(f"no model to test\n{refused}", "", REFUSED)
    try:
        text = read_text(beside)
    except BadModel as unreadable:
        fail(str(unreadable), f"Examples stand beside their model, in {beside.name}.", REFUSED)
    try:
        return [run(example, judge) for example in read_examples(text)]
    except BadExamples as unreadable:
        fail(f"{beside}: {unreadable}", "", REFUSED)
