"""Finds and reads the identity policy: the file that was named, or what holds by default."""

from pathlib import Path

from agents.model_file import BadModel, read_text, understood
from agents.settings import Settings
from streams.people.identity import Hider
from streams.people.policy import IdentityPolicy
from streams.people.policy_document import review_policy

OTHERWISE = "for what holds by default, deploy/identity.yaml"
"""What holds where no file is named."""


class BadPolicy(Exception):
    """The policy cannot be used; the message tells an operator what to mend."""


def load_policy(path: Path | None) -> IdentityPolicy:
    """What holds by default when no file is named. BadPolicy carries every finding, rendered."""
    if path is None:
        return IdentityPolicy()
    try:
        text = read_text(path, OTHERWISE)
        reading = review_policy(text)
        return understood(path, text, reading.policy, reading.findings)
    except BadModel as refused:
        raise BadPolicy(str(refused)) from None


def hider_of(settings: Settings) -> Hider:
    """Reads identities as this deployment does: its secret, its region, its policy."""
    return Hider(settings.identity_key.get_secret_value(), settings.region, load_policy(settings.identity_policy))
