"""`touchline route`: the routing policy, read as its author would want it read, and asked about a lead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.options import AsJson, option, settings_from
from agents.cli.sub_app import sub_app
from agents.cli.voice import REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from schemas.routing_policy import RoutingPolicy

app = sub_app("Routing: who gets a ripe lead, by when, and why.")

Policy = Annotated[Path | None, option("--policy", "Routing policy, a YAML file.", "TOUCHLINE_ROUTING", "one queue")]


@app.callback()
def _route() -> None:
    """Routing: who gets a ripe lead, by when, and why."""


@app.command("check")
def check_policy(
    file: Annotated[Path, typer.Argument(help="The policy, a YAML file.", show_default=False)], as_json: AsJson = False
) -> None:
    """Name every fault with its line, why it matters and what to write. Exit code 0: may be used; 2: refused."""
    from agents.model_file import BadModel, read_text
    from streams.model import render_findings
    from streams.routing.document.document import review_policy

    try:
        text = read_text(file, "for one queue")
    except BadModel as unreadable:
        fail(str(unreadable), "", REFUSED)
    reading = review_policy(text)
    name = "" if reading.policy is None else f"{reading.policy.policy}@{reading.policy.version}"
    if as_json:
        say_json({"file": str(file), "policy": name, "findings": reading.findings})
    else:
        if reading.findings:
            say(render_findings(str(file), text, reading.findings))
        say(f"{file} may be used: {name}." if name else f"{file} is refused.")
    raise typer.Exit(0 if name else REFUSED)


@app.command("test")
def ask_about(
    lead: Annotated[Path, typer.Argument(help="A handoff, or a few words of one, as JSON.", show_default=False)],
    routing: Policy = None,
    at: Annotated[
        str | None, typer.Option("--at", help="When the person acted: 2026-11-27T17:50, local to the policy; else now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which rule decides about a lead, who may take it then and by when; and why the rules before it did not."""
    from agents.clock import wall_ms
    from streams.routing.asked_lead import NotALead, situation_from
    from streams.routing.decided import decided

    rules = loaded(routing)
    at_ms = wall_ms() if at is None else _moment_ms(at, rules.time_zone)
    try:
        said = lead.read_bytes()
    except OSError as fault:
        fail(f"{lead}: {fault.strerror or fault}", "Name a file with a handoff or a few words of one.", REFUSED)
    try:
        answer = decided(rules, situation_from(said, at_ms), at_ms)
    except NotALead as refused:
        fail(f"{lead}: {refused}", "", REFUSED)
    if as_json:
        say_json(answer)
        return
    for passed in answer.passed:
        say(f"  no   {passed.rule}: {passed.why}")
    for taken in answer.options:
        people = ", ".join(member.name for member in taken.members)
        who = f"; at work: {people}" if people else "" if taken.kind in ("queue", "partner") else "; nobody is at work"
        say(f"  YES  {taken.rule}: {taken.kind} {taken.target}{who}")
    if not answer.options:
        say("  no rule is about this lead: it waits in the queue `unrouted`")
    for what, moment in answer.moments.items():
        say(f"  {what:<12} {moment}")
    for number, attempt in enumerate(answer.attempts, 1):
        say(f"  attempt {number}    {attempt.due} by {attempt.channel}")


def loaded(routing: Path | None) -> RoutingPolicy:
    """The policy a worker routes with; one with errors ends the command with its findings."""
    from agents.model_file import BadModel
    from agents.routing_file import load_policy

    settings = settings_from(routing=routing)
    try:
        return load_policy(settings.routing, settings)
    except BadModel as refused:
        fail(f"no policy to route with\n{refused}", "", REFUSED)


def _moment_ms(said: str, zone: str) -> int:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from streams.moments import to_ms

    moment: Any = None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        fail(
            f"--at is {said!r}, which is no moment",
            "Write 2026-11-27T17:50, or with a zone 2026-11-27T12:50Z.",
            REFUSED,
        )
    return to_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone)))


def mount() -> None:
    """The commands that look back."""
    from agents.cli import route_past

    app.command("why")(route_past.tell_why)
    app.command("queue")(route_past.tell_queue)
    app.command("simulate")(route_past.simulate_policy)
