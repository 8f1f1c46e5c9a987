"""`touchline`: all commands, mounted by noun."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from agents.cli import handoffs, report, run, schema, touch
from agents.cli.dead_letters.app import app as dead_letters
from agents.cli.demo import demo
from agents.cli.identity.app import app as identity
from agents.cli.lead.app import app as lead
from agents.cli.model.app import app as model
from agents.cli.route.app import app as route
from agents.cli.stack import stack
from agents.cli.terminal.sub_app import sub_app
from agents.cli.upkeep import config, log, topics
from agents.cli.upkeep.acls import acls
from agents.cli.upkeep.doctor import doctor
from agents.cli.upkeep.plan import plan
from agents.cli.upkeep.rebuild import rebuild
from agents.cli.upkeep.snapshot import snapshot

app = sub_app(
    "Touchline scores leads while they act, and hands them to sales the moment they are ripe. "
    "Options win over TOUCHLINE_* environment variables, these over the settings file, and that over defaults."
)
CONFIG = "--config"


@app.callback()
def _touchline(
    config: Annotated[
        Path | None,
        typer.Option(
            CONFIG, show_default=False,
            help="Settings file, TOML; it may stand after any command. (TOUCHLINE_CONFIG; default: ./touchline.toml)",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Touchline scores leads while they act, and hands them to sales the moment they are ripe.

    Options win over TOUCHLINE_* environment variables, these over the settings file, and that over defaults.
    """
    if config is not None:
        # Children, such as the demo's workers, read the same.
        os.environ["TOUCHLINE_CONFIG"] = str(config.absolute())


app.add_typer(topics.app, name="topics")
app.add_typer(run.app, name="run")
app.add_typer(touch.app, name="touch")
app.add_typer(lead, name="lead")
app.add_typer(identity, name="identity")
app.add_typer(handoffs.app, name="handoffs")
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(schema.app, name="schema")
app.add_typer(model, name="model")
app.add_typer(log.app, name="log")
app.add_typer(config.app, name="config")
app.add_typer(route, name="route")
app.add_typer(report.app, name="report")
app.command("demo")(demo)
app.command("stack")(stack)
app.command("doctor")(doctor)
app.command("plan")(plan)
app.command("acls")(acls)
app.command("rebuild")(rebuild)
app.command("snapshot")(snapshot)


def config_first(words: Sequence[str]) -> list[str]:
    """The same command line with `--config FILE` in front, wherever it stood: every command takes it."""
    end = words.index("--") if "--" in words else len(words)
    for at, word in enumerate(words[:end]):
        if word == CONFIG:
            return [*words[at : at + 2], *words[:at], *words[at + 2 :]]
        if word.startswith(f"{CONFIG}="):
            return [word, *words[:at], *words[at + 1 :]]
    return list(words)


def main() -> None:
    """Entry point of the `touchline` command."""
    try:
        app(args=config_first(sys.argv[1:]), prog_name="touchline")
    except KeyboardInterrupt:
        sys.exit(130)
