"""`touchline identity policy`: who may become one lead, read as its author would want it read, every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.checked import tell_checked, text_to_check
from agents.cli.terminal.options import AsJson
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import REFUSED, fail, say, table

if TYPE_CHECKING:
    from agents.settings import Settings
    from streams.people.identity import Hider

app = sub_app("The identity policy: which identities make two leads one, and what is nobody's.")


@app.callback()
def _policy() -> None:
    """The identity policy: which identities make two leads one, and what is nobody's."""


@app.command("check")
def check_policy(
    file: Annotated[Path, typer.Argument(help="The policy, a YAML file.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Name every fault with its line and what to write; then what would hold. Exit code 0: may be used; 2: refused."""
    from agents.people.policy_file import OTHERWISE
    from streams.people.policy_document import review_policy

    text = text_to_check(file, OTHERWISE)
    reading = review_policy(text)
    policy = reading.policy

    def tell() -> None:
        if policy is None:
            say(f"{file} is refused; what holds stays in force.")
            return
        table(("namespace", "evidence", "most per lead", "shared after"), (
            (name, "shared" if rule.shared else "strong" if rule.strong else "weak", rule.most_per_lead,
             f"{rule.shared_after} leads" if rule.shared_after else "never")
            for name, rule in policy.rules.items()
        ))  # fmt: skip
        tags = "ann+shop@x.com is ann@x.com" if policy.fold_plus else "ann+shop@x.com and ann@x.com are two"
        say(f"{file} may be used: at most {policy.most_identities} identities per lead; {tags}.")

    tell_checked(file, text, reading.findings, {"policy": policy}, refused=policy is None, tell=tell, as_json=as_json)


def hider_for(settings: Settings) -> Hider:
    """Reads identities by the policy in force; one with errors ends the command with its findings."""
    from agents.people.policy_file import BadPolicy, hider_of

    try:
        return hider_of(settings)
    except BadPolicy as refused:
        fail(f"no identity policy to go by\n{refused}", "", REFUSED)
