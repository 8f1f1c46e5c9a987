"""`touchline run`: one stage as a worker, until it is told to stop (SIGTERM, Ctrl-C)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.route.policy import Policy
from agents.cli.terminal.options import (
    Bootstrap,
    Generation,
    Host,
    Member,
    Model,
    Partitions,
    Port,
    Prefix,
    Redis,
    SnapshotEvery,
    SnapshotTo,
    seconds,
    settings_from,
)
from agents.cli.terminal.since import moment_ms
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import speak_as_worker

ModelFile = Annotated[Path, typer.Argument(help="The challenger, a YAML file.", show_default=False)]
Since = Annotated[
    str | None,
    typer.Option("--since", help="Count from then on: 2026-11-01, or 3d. No earlier than `ripe` goes back: 7 days.",
                 show_default=False),
]  # fmt: skip
Every = Annotated[float, typer.Option("--every-s", min=0.01, help="Seconds between two canaries.")]
Within = Annotated[float, typer.Option("--within-s", min=0.1, help="Seconds one may take before it counts as lost.")]

app = sub_app(
    "Run a stage as a worker. Start each as often as you like: they share the partitions. It waits for Kafka, and "
    "ends with 2 when topics or options would make it wrong, with the remedy."
)


@app.callback()
def _run(context: typer.Context) -> None:
    """Run a stage as a worker. Start each as often as you like: they share the partitions. It waits for Kafka, and
    ends with 2 when topics or options would make it wrong, with the remedy."""
    speak_as_worker(context.invoked_subcommand or "")


@app.command("identify")
def run_identify(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, model: Model = None, host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Who is it? Reads touches, facts and CRM updates, and writes the log, keyed by lead."""
    from agents.cli.identity.policy import hider_for
    from agents.cli.model.named import loaded
    from agents.identify import Identify
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions,
        generation=generation, model=model, host=host, port=port, member=member,
    )  # fmt: skip
    hider_for(settings)
    raise typer.Exit(run_worker(Identify(settings, loaded(settings)[1]), settings))


@app.command("score")
def run_score(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, model: Model = None,
    host: Host = None, port: Port = None, member: Member = None,
    snapshot_to: SnapshotTo = None, snapshot_every: SnapshotEvery = None,
) -> None:  # fmt: skip
    """Fold the log into the score table; say who is ripe."""
    from agents.cli.model.named import loaded
    from agents.score import Score
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, prefix=prefix, partitions=partitions,
        generation=generation, model=model, host=host, port=port, member=member,
        snapshot_to=snapshot_to, snapshot_every_s=seconds("--snapshot-every", snapshot_every),
    )  # fmt: skip
    text, scoring_model = loaded(settings)
    raise typer.Exit(run_worker(Score(settings, scoring_model, text), settings))


@app.command("route")
def run_route(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, routing: Policy = None, host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Choose who gets a ripe lead, join its contact details, write the handoff."""
    from agents.cli.route.policy import loaded
    from agents.route import Route
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions,
        generation=generation, routing=routing, host=host, port=port, member=member,
    )  # fmt: skip
    raise typer.Exit(run_worker(Route(settings, policy=loaded(routing)), settings))


@app.command("mirror")
def run_mirror(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Copy cards and handoffs into Redis, for look-ups and the ranking."""
    from agents.mirror import Mirror
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions,
        generation=generation, host=host, port=port, member=member,
    )  # fmt: skip
    raise typer.Exit(run_worker(Mirror(settings), settings))


@app.command("intake")
def run_intake(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, routing: Policy = None, host: Host = None, port: Port = None,
) -> None:  # fmt: skip
    """Take touches over HTTP from Segment-compatible SDKs, and tell telephone systems who takes a caller."""
    from agents.cli.identity.policy import hider_for
    from agents.cli.route.policy import loaded
    from agents.intake.server import run_intake as serve

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions, generation=generation,
        routing=routing, host=host, port=port,
    )  # fmt: skip
    hider_for(settings)
    loaded(routing)
    raise typer.Exit(serve(settings))


@app.command("challenger")
def run_challenger(
    file: ModelFile, since: Since = None,
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, host: Host = None, port: Port = None,
) -> None:  # fmt: skip
    """Try a model on live leads beside the one in force: it says nothing; `touchline model challenge` compares them."""
    from agents.challenger.worker import run_challenger as run
    from agents.cli.model.named import loaded
    from agents.clock import wall_ms

    settings = settings_from(
        bootstrap=bootstrap, prefix=prefix, partitions=partitions,
        generation=generation, model=file, host=host, port=port,
    )  # fmt: skip
    since_ms = moment_ms("--since", since, wall_ms()) or 0
    raise typer.Exit(run(settings, loaded(settings)[1], str(file), since_ms))


@app.command("canary")
def run_canary(
    every_s: Every = 1.0, within_s: Within = 60.0,
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, host: Host = None, port: Port = None,
) -> None:  # fmt: skip
    """Send touches of nobody's the whole way and see them arrive: no score, no handoff, nothing a CRM reads."""
    from agents.canary.worker import run_canary as run

    settings = settings_from(
        bootstrap=bootstrap, prefix=prefix, partitions=partitions, generation=generation, host=host, port=port,
    )  # fmt: skip
    raise typer.Exit(run(settings, every_s, within_s))
