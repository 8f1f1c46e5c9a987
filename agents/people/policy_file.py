"""Finds and reads the identity policy: the file that was named, or what holds by default."""

from pathlib import Path

from agents.model_file import BadModel, read_text
from agents.settings import Settings
from streams.model.findings.rendering import render_findings
from streams.people.identity import Hider
from streams.people.policy import IdentityPolicy
from streams.people.policy_document import review_policy


class BadPolicy(Exception):
    """The policy cannot be used; the message tells an operator what to mend."""


def load_policy(path: Path | None) -> IdentityPolicy:
    """What holds by default when no file is named. BadPolicy carries every finding, rendered."""
    if path is None:
        return IdentityPolicy()
    text = read_policy_text(path)
    reading = review_policy(text)
    if reading.policy is None:
        raise BadPolicy(render_findings(str(path), text, reading.findings))
    return reading.policy


def read_policy_text(path: Path) -> str:
    """The characters of a policy file; BadPolicy says why there are none."""
    try:
        return read_text(path, "for what holds by default, deploy/identity.yaml")
    except BadModel as unreadable:
        raise BadPolicy(str(unreadable)) from None


def hider_of(settings: Settings) -> Hider:
    """Reads identities as this deployment does: its secret, its region, its policy."""
    return Hider(settings.identity_key.get_secret_value(), settings.region, load_policy(settings.identity_policy))
