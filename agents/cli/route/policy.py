"""`touchline route check`: the routing policy, read as its author would want it read; and the one in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.checked import tell_checked, text_to_check
from agents.cli.terminal.options import AsJson, option, settings_from
from agents.cli.terminal.voice import REFUSED, fail, say

if TYPE_CHECKING:
    from schemas.routing_policy import RoutingPolicy

Policy = Annotated[Path | None, option("--policy", "Routing policy, a YAML file.", "TOUCHLINE_ROUTING", "one queue")]


def check_policy(
    file: Annotated[Path, typer.Argument(help="The policy, a YAML file.", show_default=False)], as_json: AsJson = False
) -> None:
    """Name every fault with its line, why it matters and what to write. Exit code 0: may be used; 2: refused."""
    from agents.routing_file import OTHERWISE
    from streams.routing.document.document import review_policy

    text = text_to_check(file, OTHERWISE)
    reading = review_policy(text)
    name = "" if reading.policy is None else f"{reading.policy.policy}@{reading.policy.version}"
    verdict = f"{file} may be used: {name}." if name else f"{file} is refused."
    tell_checked(
        file, text, reading.findings, {"policy": name}, refused=not name, tell=lambda: say(verdict), as_json=as_json
    )


def loaded(routing: Path | None) -> RoutingPolicy:
    """The policy a worker routes with; one with errors ends the command with its findings."""
    from agents.model_file import BadModel
    from agents.routing_file import load_policy

    settings = settings_from(routing=routing)
    try:
        return load_policy(settings.routing, settings)
    except BadModel as refused:
        fail(f"no policy to route with\n{refused}", "", REFUSED)
