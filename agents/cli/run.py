"""`touchline run`: one stage as a worker, until it is told to stop (SIGTERM, Ctrl-C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.cli.options import (
    Bootstrap,
    Host,
    Member,
    Model,
    Partitions,
    Port,
    Prefix,
    Redis,
    settings_from,
)
from agents.cli.reach import reach
from agents.cli.sub_app import sub_app
from agents.cli.voice import fail

if TYPE_CHECKING:
    from agents.settings import Settings
    from streams.topology import Step

app = sub_app("Run a stage as a worker. Start each as often as you like: they share the partitions.")


def _settle(settings: Settings, *steps: Step) -> None:
    """Refuse to start on topics that would scatter leads or lose messages."""
    from agents.admin import check_topics

    for step in steps:
        problems = reach(settings, check_topics(settings, step))
        if problems:
            more = f" (and {len(problems) - 1} more: `touchline topics plan`)" if len(problems) > 1 else ""
            fail(f"{step.name} does not start: {problems[0]}{more}")


@app.command("identify")
def run_identify(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Who is it? Reads touches, facts and CRM updates, and writes the log, keyed by lead."""
    import typer

    from agents.identify import Identify
    from agents.worker import run_worker
    from streams.topology import IDENTIFY

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions, host=host, port=port, member=member
    )
    _settle(settings, IDENTIFY)
    raise typer.Exit(run_worker(Identify(settings), settings))


@app.command("score")
def run_score(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None, model: Model = None,
    host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Fold the log into the score table; say who is ripe."""
    import typer

    from agents.cli.model import loaded
    from agents.score import Score
    from agents.worker import run_worker
    from streams.topology import SCORE

    settings = settings_from(
        bootstrap=bootstrap, prefix=prefix, partitions=partitions, model=model, host=host, port=port, member=member
    )
    scoring_model = loaded(settings)
    _settle(settings, SCORE)
    raise typer.Exit(run_worker(Score(settings, scoring_model), settings))


@app.command("route")
def run_route(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Choose who gets a ripe lead, join its contact details, write the handoff."""
    import typer

    from agents.route import Route
    from agents.worker import run_worker
    from streams.topology import ROUTE

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions, host=host, port=port, member=member
    )
    _settle(settings, ROUTE)
    raise typer.Exit(run_worker(Route(settings), settings))


@app.command("mirror")
def run_mirror(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Copy cards and handoffs into Redis, for look-ups and the ranking."""
    import typer

    from agents.mirror import Mirror
    from agents.worker import run_worker
    from streams.topology import MIRROR

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions, host=host, port=port, member=member
    )
    _settle(settings, MIRROR)
    raise typer.Exit(run_worker(Mirror(settings), settings))


@app.command("intake")
def run_intake(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None, host: Host = None,
    port: Port = None,
) -> None:  # fmt: skip
    """Take touches over HTTP from Segment-compatible SDKs, and answer once Kafka has them."""
    import typer

    from agents.intake.server import run_intake as serve

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, partitions=partitions, host=host, port=port)
    raise typer.Exit(serve(settings))
