"""Who they are: fit and completeness from what is known at a moment."""

from functools import lru_cache

from schemas.card import Line
from schemas.condition import Condition, FactIs
from schemas.lead_state import LeadState
from schemas.scoring_model import Criterion, HandoffLine
from schemas.units import MICRO
from streams.answering import answer_of
from streams.judge import Judge
from streams.scoring.known import reader
from streams.scoring.known import settled as settled
from streams.scoring.known import value_of as value_of


class Measure:
    """A criterion made ready: is it met, and what is that worth."""

    def __init__(self, criterion: Criterion, judge: Judge) -> None:
        self.name, self.points, self.by_value = criterion.name, criterion.points, criterion.by_value
        self.tests = criterion.test is not None or criterion.where is not None
        """Otherwise each value has points of its own."""
        self.read = reader(judge, criterion.fact)
        self.answer = answer_of(_condition(criterion), judge) if self.tests else self._valued

    def worth(self, state: LeadState, at_ms: int) -> int:
        """Micro-points."""
        if self.tests:
            return self.points if self.answer(state, at_ms) else 0
        value = self.read(state)
        return self.by_value.get(value, 0) if isinstance(value, str) else 0

    def _valued(self, state: LeadState, at_ms: int) -> bool | None:
        value = self.read(state)
        return None if value is None else isinstance(value, str) and self.by_value.get(value, 0) > 0


def _condition(criterion: Criterion) -> Condition:
    if criterion.where is not None:
        return criterion.where
    assert criterion.test is not None
    return FactIs(criterion.fact, criterion.test)


@lru_cache(maxsize=64)
def measures(judge: Judge) -> dict[str, Measure]:
    """Of a model by name, the primary ones first."""
    return {criterion.name: Measure(criterion, judge) for criterion in judge.criteria}


def met(criterion: Criterion, state: LeadState, judge: Judge, at_ms: int) -> bool | None:
    """Is a criterion fulfilled? None: not known."""
    return measures(judge)[criterion.name].answer(state, at_ms)


def fit(state: LeadState, judge: Judge, at_ms: int) -> int:
    """Micro-points at a moment."""
    return sum([measure.worth(state, at_ms) for measure in measures(judge).values()]) if state.facts else 0


def fit_lines(state: LeadState, judge: Judge, at_ms: int) -> list[tuple[str, int]]:
    """`(criterion, micro-points)` of those that give any, in the model's order; they sum to fit."""
    if not state.facts:
        return []
    return [(name, points) for name, one in measures(judge).items() if (points := one.worth(state, at_ms))]


def fit_breakdown(state: LeadState, judge: Judge, at_ms: int) -> list[Line]:
    """The lines of fit as a card shows them, in points."""
    return [Line(rule=name, points=points / MICRO) for name, points in fit_lines(state, judge, at_ms)]


def failed_primary(state: LeadState, judge: Judge, at_ms: int) -> list[str]:
    """Primary criteria known to be false: such a lead is not for sales. Points by value fail nobody."""
    known = measures(judge)
    ready = [known[criterion.name] for criterion in judge.model.primary]
    return [measure.name for measure in ready if measure.tests and measure.answer(state, at_ms) is False]


def for_partners(state: LeadState, judge: Judge, line: HandoffLine) -> bool:
    """Is it, of all that are handed off, one that our own sales do not want?"""
    return line.partners and bool(failed_primary(state, judge, state.as_of_ms))


def completeness(state: LeadState, judge: Judge) -> int:
    """Micro-points: the weights of the facts that are known."""
    return sum(w for name, w in judge.model.completeness.items() if value_of(state, judge, name) is not None)
