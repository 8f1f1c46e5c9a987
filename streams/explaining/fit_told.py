"""Who they are: each criterion with the fact it asks, who said it, whose word lost, and what is not known yet."""

from schemas.explanation import CriterionTold, FactBehind, KnownTold, WordTold
from schemas.lead_state import Known, LeadState
from schemas.scoring_model import Criterion
from schemas.units import MICRO
from streams.conditions import asked_facts
from streams.explaining.words import asks
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.fit import fit_lines, met
from streams.scoring.known import settled, value_of


def criteria_told(state: LeadState, judge: Judge, at_ms: int) -> list[CriterionTold]:
    """Every criterion, met or not, in the model's order; the points sum to fit."""
    points = dict(fit_lines(state, judge, at_ms))
    return [_told(one, state, judge, points.get(one.name, 0), at_ms) for one in judge.criteria]


def _told(criterion: Criterion, state: LeadState, judge: Judge, points: int, at_ms: int) -> CriterionTold:
    asked = [criterion.fact] if criterion.where is None else sorted(asked_facts(criterion.where))
    return CriterionTold(
        criterion=criterion.name,
        primary=criterion in judge.model.primary,
        asks=asks(criterion),
        met=met(criterion, state, judge, at_ms),
        points=points / MICRO,
        facts=[fact_behind(state, judge, name) for name in asked],
    )


def fact_behind(state: LeadState, judge: Judge, name: str) -> FactBehind:
    """Who is believed about a fact, and who is not."""
    known = state.facts.get(name, [])
    if not known:
        return FactBehind(fact=name, believed=None, unit=judge.units.get(name, ""))
    best = settled(judge, known)
    others = sorted((word for word in known if word is not best), key=lambda word: (-word.at_ms, word.id))
    return FactBehind(
        fact=name,
        believed=_word(best),
        others=[_word(word) for word in others],
        usable=value_of(state, judge, name) is not None,
        unit=judge.units.get(name, ""),
    )


def _word(known: Known) -> WordTold:
    return WordTold(value=known.value, by=known.by, at=rfc3339(known.at_ms))


def completeness_told(state: LeadState, judge: Judge) -> list[KnownTold]:
    """Every fact that counts for completeness, the weightiest first."""
    weights = sorted(judge.model.completeness.items(), key=lambda item: (-item[1], item[0]))
    return [KnownTold(fact=n, weight=w / MICRO, known=value_of(state, judge, n) is not None) for n, w in weights]
