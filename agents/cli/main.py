"""`touchline`: all commands, mounted by noun."""

import sys

from agents.cli import run, topics
from agents.cli.sub_app import sub_app

app = sub_app(
    "Touchline scores leads while they act, and hands them to sales the moment they are ripe. "
    "Options win over TOUCHLINE_* environment variables, and these over defaults."
)
app.add_typer(topics.app, name="topics")
app.add_typer(run.app, name="run")


def main() -> None:
    """Entry point of the `touchline` command."""
    try:
        app(prog_name="touchline")
    except KeyboardInterrupt:
        sys.exit(130)
