"""`touchline`: all commands, mounted by noun."""

import sys

from agents.cli import dead_letters, handoffs, identity, lead, log, model, report, route, run, schema, topics, touch
from agents.cli.demo import demo
from agents.cli.doctor import doctor
from agents.cli.rebuild import rebuild
from agents.cli.snapshot import snapshot
from agents.cli.stack import stack
from agents.cli.sub_app import sub_app

app = sub_app(
    "Touchline scores leads while they act, and hands them to sales the moment they are ripe. "
    "Options win over TOUCHLINE_* environment variables, and these over defaults."
)
app.add_typer(topics.app, name="topics")
app.add_typer(run.app, name="run")
app.add_typer(touch.app, name="touch")
app.add_typer(lead.app, name="lead")
app.add_typer(identity.app, name="identity")
app.add_typer(handoffs.app, name="handoffs")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(schema.app, name="schema")
app.add_typer(model.app, name="model")
app.add_typer(log.app, name="log")
route.mount()
app.add_typer(route.app, name="route")
app.add_typer(report.app, name="report")
app.command("demo")(demo)
app.command("stack")(stack)
app.command("doctor")(doctor)
app.command("rebuild")(rebuild)
app.command("snapshot")(snapshot)


def main() -> None:
    """Entry point of the `touchline` command."""
    try:
        app(prog_name="touchline")
    except KeyboardInterrupt:
        sys.exit(130)
