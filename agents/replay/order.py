"""What a replay is asked to do: two models, a log, how much of it. Plain data, for it travels to other processes."""

from pathlib import Path

from msgspec import Struct

from agents.settings import Settings
from schemas.scoring_model import ScoringModel
from streams.replay.comparison import Terms


class Part(Struct, frozen=True, kw_only=True):
    """A partition of the log, and where its records are."""

    number: int
    records: int
    """So many, about: for the progress."""
    file: Path | None = None
    """None: on Kafka, between these offsets."""
    first: int = 0
    end: int = 0


class Order(Struct, frozen=True, kw_only=True):
    """Everything a process needs to fold a partition twice."""

    settings: Settings
    current: ScoringModel
    candidate: ScoringModel
    shelf: dict[str, ScoringModel]
    """By digest: models that the log may put in force."""
    terms: Terms
    follows: bool = True
    """The log says when another model takes effect; false: one model was named to compare with."""
