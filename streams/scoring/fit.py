"""Who they are: fit and completeness from what is known, each attribute settled by trust, then by the later word."""

from datetime import datetime
from math import isfinite
from typing import Any

from schemas.card import Line
from schemas.condition import Aged, AtLeast, Between, Is, OneOf, Soon, Test, Under
from schemas.lead_state import Known, LeadState
from schemas.scoring_model import Criterion
from schemas.units import MICRO
from streams.judge import Judge, any_glob
from streams.moments import to_ms

YES, NO = ("yes", "true", "1"), ("no", "false", "0")


def learn(state: LeadState, name: str, word: Known) -> bool:
    """Keep the latest word of each source; False when we had a later one from it."""
    known = state.facts.setdefault(name, [])
    for i, old in enumerate(known):
        if old.by == word.by:
            if (old.at_ms, old.id) >= (word.at_ms, word.id):
                return False
            known[i] = word
            return True
    known.append(word)
    return True


def settled(judge: Judge, known: list[Known]) -> Known:
    """Of several sources the most trusted; among equals the later word, then the greater id."""
    trust = judge.model.trust
    if len(known) == 1:
        return known[0]
    return max(known, key=lambda k: (-trust.index(k.by) if k.by in trust else -len(trust), k.at_ms, k.id))


def value_of(state: LeadState, judge: Judge, name: str) -> Any:
    """The settled value in the type the model declares; None: unknown or not of that type."""
    known = state.facts.get(name)
    return _typed(judge, judge.fact_types.get(name, "text"), settled(judge, known).value) if known else None


def _typed(judge: Judge, kind: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    match kind:
        case "number":
            return _number(value)
        case "yes-no":
            return _yes_no(value)
        case "date":
            return _date_ms(judge, value)
        case _:
            return value if isinstance(value, str) else f"{value:g}" if isinstance(value, int | float) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _yes_no(value: Any) -> bool | None:
    said = str(value).casefold()
    return True if said in YES else False if said in NO else None


def _date_ms(judge: Judge, value: Any) -> int | None:
    """A bare date is midnight in the model's time zone; a number is milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value
    try:
        said = datetime.fromisoformat(value)
        return to_ms(said if said.tzinfo is not None else said.replace(tzinfo=judge.zone))
    except (ValueError, OverflowError):
        return None


def passes(test: Test, value: Any, at_ms: int) -> bool:
    """Does a known value pass at a moment?"""
    match test:
        case AtLeast(bound):
            return isinstance(value, float) and value >= bound
        case Under(bound):
            return isinstance(value, float) and value < bound
        case Between(low, high):
            return isinstance(value, float) and low <= value <= high
        case OneOf(globs):
            return isinstance(value, str) and any_glob(globs)(value)
        case Is(wanted):
            return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)
        case Aged(ago_ms, or_earlier):
            return isinstance(value, int) and (value <= at_ms - ago_ms) == or_earlier
        case Soon(within_ms):
            return isinstance(value, int) and at_ms <= value <= at_ms + within_ms


def _points(criterion: Criterion, value: Any, at_ms: int) -> int:
    if criterion.test is None:
        return criterion.by_value.get(value, 0) if isinstance(value, str) else 0
    return criterion.points if passes(criterion.test, value, at_ms) else 0


def fit_lines(state: LeadState, judge: Judge, at_ms: int) -> list[tuple[str, int]]:
    """`(criterion, micro-points)` of those that give any, in the model's order; they sum to fit."""
    told: list[tuple[str, int]] = []
    if not state.facts:
        return told
    for criterion in judge.criteria:
        value = value_of(state, judge, criterion.fact)
        points = 0 if value is None else _points(criterion, value, at_ms)
        if points:
            told.append((criterion.name, points))
    return told


def fit_breakdown(state: LeadState, judge: Judge, at_ms: int) -> list[Line]:
    """The lines of fit as a card shows them, in points."""
    return [Line(rule=name, points=points / MICRO) for name, points in fit_lines(state, judge, at_ms)]


def failed_primary(state: LeadState, judge: Judge, at_ms: int) -> list[str]:
    """Primary criteria known to be false: such a lead is not for sales."""
    return [
        criterion.name
        for criterion in judge.model.primary
        if criterion.test is not None
        and (value := value_of(state, judge, criterion.fact)) is not None
        and not passes(criterion.test, value, at_ms)
    ]


def completeness(state: LeadState, judge: Judge) -> int:
    """Micro-points: the weights of the facts that are known."""
    return sum(w for name, w in judge.model.completeness.items() if value_of(state, judge, name) is not None)
