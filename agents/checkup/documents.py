"""What a person wrote and workers read at their start: key, model, policies."""

import shlex
from pathlib import Path

from agents import routing_file
from agents.checkup.problem import Area, Problem
from agents.model_file import BadModel, load_model
from agents.people.policy_file import BadPolicy, load_policy
from agents.settings import DEVELOPMENT_KEY, Settings


def documents(settings: Settings) -> list[Problem]:
    """Those that workers would refuse, or warn about."""
    return [*_identity_key(settings), *_identity_policy(settings), *_model(settings), *_routing(settings)]


def _identity_key(settings: Settings) -> list[Problem]:
    if settings.identity_key.get_secret_value() != DEVELOPMENT_KEY:
        return []
    what = "the development key hashes identities: whoever has the source can guess them"
    make = "before the first real touch: export TOUCHLINE_IDENTITY_KEY=$(openssl rand -hex 32), kept as a secret"
    return [Problem(area=Area.IDENTITY_KEY, what=what, next=make)]


def _identity_policy(settings: Settings) -> list[Problem]:
    try:
        load_policy(settings.identity_policy)
    except BadPolicy as refused:
        return [_not_used(Area.IDENTITY_POLICY, settings.identity_policy, refused, "identity policy check")]
    return []


def _model(settings: Settings) -> list[Problem]:
    if settings.model is None:
        return []
    try:
        load_model(settings.model, settings)
    except BadModel as refused:
        return [_not_used(Area.MODEL, settings.model, refused, "model check")]
    return []


def _routing(settings: Settings) -> list[Problem]:
    try:
        routing_file.load_policy(settings.routing, settings)
    except BadModel as refused:
        return [_not_used(Area.ROUTING, settings.routing, refused, "route check")]
    return []


def _not_used(area: Area, file: Path | None, refused: Exception, check: str) -> Problem:
    told = str(refused).strip().splitlines()[-1]
    return Problem(area=area, what=f"{file} is refused ({told})", next=f"touchline {check} {shlex.quote(str(file))}")
