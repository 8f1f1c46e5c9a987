"""One thing that is wrong, and the next command."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from agents.settings import Settings
from agents.topics import admin
from streams.topology import SCORE, Step

NAMED = 3
"""Of many, so many are told by name."""


class Area(StrEnum):
    """What was looked at, the most fundamental first."""

    KAFKA = "kafka"
    TOPICS = "topics"
    REBUILD = "rebuild"
    REDIS = "redis"
    CLOCK = "clock"
    IDENTITY_KEY = "identity key"
    IDENTITY_POLICY = "identity policy"
    MODEL = "model"
    ROUTING = "routing"
    WORKERS = "workers"
    DISK = "disk"
    SNAPSHOTS = "snapshots"
    LAG = "lag"
    DEAD_LETTERS = "dead letters"


class Problem(Struct, frozen=True, kw_only=True):
    """One thing wrong, and what to do next."""

    area: Area
    what: str
    next: str
    """A command, or a sentence where no command helps."""


def few(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def address(settings: Settings) -> str:
    """Options that reach this cluster."""
    return f"--bootstrap {settings.bootstrap}" + (f" --prefix {settings.prefix}" if settings.prefix else "")


def run(settings: Settings, step: Step) -> str:
    """The command that starts one more worker."""
    redis = "" if settings.redis == Settings.model_fields["redis"].default or "@" in settings.redis else settings.redis
    return admin.command(settings, f"run {step.name}") + (f" --redis {redis}" if redis and step is not SCORE else "")


def one_line(fault: BaseException) -> str:
    """An error as part of a sentence."""
    return " ".join(str(fault).split()) or type(fault).__name__
