"""`touchline run`: one stage as a worker, until it is told to stop (SIGTERM, Ctrl-C)."""

from __future__ import annotations

from agents.cli.options import (
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
from agents.cli.sub_app import sub_app

app = sub_app(
    "Run a stage as a worker. Start each as often as you like: they share the partitions. It waits for Kafka, and "
    "ends with 2 when topics or options would make it wrong, with the remedy."
)


@app.command("identify")
def run_identify(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, model: Model = None, host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Who is it? Reads touches, facts and CRM updates, and writes the log, keyed by lead."""
    import typer

    from agents.cli.model import loaded
    from agents.identify import Identify
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions,
        generation=generation, model=model, host=host, port=port, member=member,
    )  # fmt: skip
    raise typer.Exit(run_worker(Identify(settings, loaded(settings)[1]), settings))


@app.command("score")
def run_score(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, model: Model = None,
    host: Host = None, port: Port = None, member: Member = None,
    snapshot_to: SnapshotTo = None, snapshot_every: SnapshotEvery = None,
) -> None:  # fmt: skip
    """Fold the log into the score table; say who is ripe."""
    import typer

    from agents.cli.model import loaded
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
    generation: Generation = None, host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Choose who gets a ripe lead, join its contact details, write the handoff."""
    import typer

    from agents.route import Route
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions,
        generation=generation, host=host, port=port, member=member,
    )  # fmt: skip
    raise typer.Exit(run_worker(Route(settings), settings))


@app.command("mirror")
def run_mirror(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, host: Host = None, port: Port = None, member: Member = None,
) -> None:  # fmt: skip
    """Copy cards and handoffs into Redis, for look-ups and the ranking."""
    import typer

    from agents.mirror import Mirror
    from agents.worker import run_worker

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions,
        generation=generation, host=host, port=port, member=member,
    )  # fmt: skip
    raise typer.Exit(run_worker(Mirror(settings), settings))


@app.command("intake")
def run_intake(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, host: Host = None,
    port: Port = None,
) -> None:  # fmt: skip
    """Take touches over HTTP from Segment-compatible SDKs, and answer once Kafka has them."""
    import typer

    from agents.intake.server import run_intake as serve

    settings = settings_from(
        bootstrap=bootstrap, prefix=prefix, partitions=partitions, generation=generation, host=host, port=port
    )
    raise typer.Exit(serve(settings))
