"""`touchline route test`: the routing policy asked about a lead."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from agents.cli.route.policy import Policy, loaded
from agents.cli.terminal.options import AsJson
from agents.cli.terminal.voice import REFUSED, fail, say, say_json


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
