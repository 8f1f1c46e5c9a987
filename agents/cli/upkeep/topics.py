"""`touchline topics`: what Touchline needs on the cluster, shown first, then made."""

from typing import Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Cluster, Generation, Partitions, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import DIFFERS, REFUSED, fail, say, say_json, table

app = sub_app("Topics on your cluster: see what is missing or different, then make it so.")


@app.command("plan")
def plan_topics(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what differs from the topology. Changes nothing. Exit code 0: nothing differs; 3: something does."""
    from agents.topics import admin

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, partitions=partitions, generation=generation)
    differences = reach(settings, admin.plan(settings))
    if as_json:
        say_json(differences)
    elif not differences:
        say("Nothing differs: all topics are as the topology says.")
    else:
        table(
            ("topic", "differs in", "found", "wanted"),
            ((d.topic, d.setting or d.kind, d.found or "-", d.wanted) for d in differences),
        )
        slips = [d for d in differences if not d.repairable]
        if slips:
            say(f"{slips[0].sentence}: {admin.remedy(slips[0], settings)}")
        else:
            say(f"{len(differences)} to do. Make it so: {admin.command(settings, 'topics apply')}")
    raise typer.Exit(DIFFERS if differences else 0)


@app.command("apply")
def apply_topics(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Create missing topics and repair settings. Deletes nothing; a second run changes nothing."""
    from agents.topics import admin

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, partitions=partitions, generation=generation)
    applied = reach(settings, admin.apply(settings))
    if as_json:
        say_json(applied)
    elif not applied.done:
        say("Nothing was changed." if applied.left else "Nothing to change: all topics are as the topology says.")
    else:
        for difference in applied.done:
            made = "created" if difference.kind is admin.Kind.MISSING else f"{difference.setting} set to"
            say(f"{difference.topic}: {made} {difference.wanted}")
    slips = [d for d in applied.left if not d.repairable]
    if slips:
        more = f" (and {len(slips) - 1} more topics likewise)" if len(slips) > 1 else ""
        fail(f"{slips[0].sentence}{more}: {admin.remedy(slips[0], settings)}")


@app.command("export")
def export_topics(
    form: Annotated[str, typer.Option("--format", help="Of the output: strimzi.")] = "strimzi",
    cluster: Cluster = "kafka",
    replicas: Annotated[
        int | None, typer.Option(help="Of each topic (TOUCHLINE_REPLICATION; default: the broker's).", min=1)
    ] = None,
    prefix: Prefix = None, partitions: Partitions = None, generation: Generation = None,
) -> None:  # fmt: skip
    """Print the topics as resources that an operator makes: `kubectl apply -f -`. Asks no broker."""
    from agents.topics.strimzi import kafka_topics
    from streams.acls.forms import yaml_of

    if form != "strimzi":
        fail(f"--format is {form!r}", "The one there is: strimzi.", REFUSED)
    settings = settings_from(prefix=prefix, partitions=partitions, generation=generation, replication=replicas)
    say(yaml_of(kafka_topics(settings, cluster)).rstrip())
