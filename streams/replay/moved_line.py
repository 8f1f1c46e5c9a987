"""The model in force with another handoff line: the smallest candidate there is, and it needs no file."""

from decimal import Decimal

from msgspec.structs import replace

from schemas.scoring_model import ScoringModel
from schemas.units import MICRO


class NoLine(ValueError):
    """The model hands nothing off, so there is no line to move."""


def with_line(model: ScoringModel, points: float) -> ScoringModel:
    """The same model with its handoff line at these points; a re-arm line that would not lie under it moves along."""
    line = model.handoff
    if line is None:
        raise NoLine(f"{model.model}@{model.version} has no handoff section, so there is no line to move")
    at = int(Decimal(str(points)) * MICRO)
    rearm = line.rearm_under
    if rearm >= at:
        rearm = rearm * at // line.engagement if line.engagement > 0 else at - MICRO
    return replace(model, handoff=replace(line, engagement=at, rearm_under=min(rearm, at - 1)))
