"""Who they are: fit and completeness from what is known at a moment."""

from schemas.card import Line
from schemas.lead_state import LeadState
from schemas.scoring_model import Criterion
from schemas.units import MICRO
from streams.asked import passes
from streams.conditions import holds
from streams.judge import Judge
from streams.scoring.known import settled as settled
from streams.scoring.known import value_of as value_of


def met(criterion: Criterion, state: LeadState, judge: Judge, at_ms: int) -> bool | None:
    """Is a criterion fulfilled? None: not known."""
    if criterion.where is not None:
        return holds(criterion.where, state, judge, at_ms)
    value = value_of(state, judge, criterion.fact)
    if value is None:
        return None
    if criterion.test is None:
        return isinstance(value, str) and criterion.by_value.get(value, 0) > 0
    return passes(criterion.test, value, at_ms)


def _points(criterion: Criterion, state: LeadState, judge: Judge, at_ms: int) -> int:
    if criterion.test is None and criterion.where is None:
        value = value_of(state, judge, criterion.fact)
        return criterion.by_value.get(value, 0) if isinstance(value, str) else 0
    return criterion.points if met(criterion, state, judge, at_ms) else 0


def fit_lines(state: LeadState, judge: Judge, at_ms: int) -> list[tuple[str, int]]:
    """`(criterion, micro-points)` of those that give any, in the model's order; they sum to fit."""
    told: list[tuple[str, int]] = []
    if not state.facts:
        return told
    for criterion in judge.criteria:
        points = _points(criterion, state, judge, at_ms)
        if points:
            told.append((criterion.name, points))
    return told


def fit_breakdown(state: LeadState, judge: Judge, at_ms: int) -> list[Line]:
    """The lines of fit as a card shows them, in points."""
    return [Line(rule=name, points=points / MICRO) for name, points in fit_lines(state, judge, at_ms)]


def failed_primary(state: LeadState, judge: Judge, at_ms: int) -> list[str]:
    """Primary criteria known to be false: such a lead is not for sales. Points by value fail nobody."""
    return [
        criterion.name
        for criterion in judge.model.primary
        if (criterion.test is not None or criterion.where is not None) and met(criterion, state, judge, at_ms) is False
    ]


def completeness(state: LeadState, judge: Judge) -> int:
    """Micro-points: the weights of the facts that are known."""
    return sum(w for name, w in judge.model.completeness.items() if value_of(state, judge, name) is not None)
