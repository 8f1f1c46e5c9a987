"""`touchline acls`: the rights that each stage and each command needs on the broker, and in Redis."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from agents.cli.terminal.options import Bootstrap, Cluster, Generation, Prefix, settings_from
from agents.cli.terminal.voice import REFUSED, fail, say, say_json, table


class Form(StrEnum):
    """How rights are written."""

    TABLE = "table"
    JSON = "json"
    KAFKA_ACLS = "kafka-acls"
    STRIMZI = "strimzi"
    REDIS = "redis"


Stage = Annotated[str | None, typer.Option("--stage", help="One stage; default: all of them.", show_default=False)]
Command = Annotated[
    str | None,
    typer.Option("--command", help='Of a command, such as "lead erase", or of `all` of them.', show_default=False),
]
Principal = Annotated[
    str | None,
    typer.Option("--principal", help="Who gets them, as the broker knows them: User:CN=score", show_default=False),
]
As = Annotated[Form, typer.Option("--format", help="How they are written; redis: the user the stages share there.")]
Before = Annotated[
    str, typer.Option("--from-generation", help="For `rebuild`: the generation in force.", show_default=False)
]


def acls(
    stage: Stage = None, command: Command = None, principal: Principal = None, form: As = Form.TABLE,
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, before: Before = "",
    cluster: Cluster = "kafka",
) -> None:  # fmt: skip
    """Print the least rights that do the whole job: for an operator to give, or a review to read. Changes nothing."""
    from agents.redis.acl import set_user
    from streams import acls as rights
    from streams.topology import CANARIES, CHALLENGER, INTAKE, TOPOLOGY, member_name

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    if form is Form.REDIS:
        say(set_user((principal or f"{settings.prefix}touchline").removeprefix("User:"), settings.prefix))
        return
    steps = {step.name: step for step in (INTAKE, *TOPOLOGY, CHALLENGER, CANARIES)}
    if stage is not None and stage not in steps:
        fail(f"no stage is called {stage}", f"There are: {', '.join(steps)}.", REFUSED)
    holders = []
    if command is None:
        wanted = list(steps.values()) if stage is None else [steps[stage]]
        if principal is not None and stage is None:  # one for all of them
            held = rights.together(*(rights.of_step(step, settings) for step in wanted))
            holders.append(rights.Holder("all stages", principal, held))
            wanted = []
        for step in wanted:
            who = principal or f"User:{member_name(step, settings)}"
            holders.append(rights.Holder(step.name, who, rights.of_step(step, settings)))
    else:
        chosen = [errand for errand in rights.ERRANDS if command in (errand.words, "all")]
        if not chosen:
            known = ", ".join(errand.words for errand in rights.ERRANDS)
            fail(f"`{command}` needs no right on the broker, or is no command", f"These do: {known}.", REFUSED)
        other = settings.model_copy(update={"generation": before})
        held = rights.together(*(rights.of_errand(errand, settings, other) for errand in chosen))
        who = principal or f"User:{settings.prefix}touchline-operator"
        holders.append(rights.Holder("all commands" if command == "all" else command, who, held))
    match form:
        case Form.TABLE:
            rows = ((h.name, h.principal, right.resource, right.name, ", ".join(right.operations))
                    for h in holders for right in h.rights)  # fmt: skip
            table(("for", "who", "on", "name", "may"), rows)
        case Form.JSON:
            say_json(holders)
        case Form.KAFKA_ACLS:
            for holder in holders:
                for line in rights.kafka_acls(holder, settings.bootstrap):
                    say(line)
        case Form.STRIMZI:
            say(rights.yaml_of([rights.strimzi(holder, cluster) for holder in holders]).rstrip())
