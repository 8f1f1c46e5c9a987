"""Where a lead stands, and what it lacks for the next label, for each level above, and for sales."""

from collections.abc import Iterator

from schemas.card import Card
from schemas.explanation import LevelTold
from schemas.lead_state import LeadState
from schemas.scoring_model import Level
from schemas.units import MICRO
from streams.conditions import holds, phrase
from streams.judge import Judge
from streams.scoring.fit import failed_primary, met
from streams.scoring.known import value_of
from streams.standing import level_of


def level_told(told: Card, state: LeadState, judge: Judge) -> LevelTold:
    """Of the lead as its card says it."""
    why = level_of(state, judge, state.as_of_ms)[1]
    return LevelTold(label=told.label, level=told.level, why=why, lacks=[*_labels(state, judge), *_levels(state, judge),
                                                                         *_sales(state, judge)])  # fmt: skip


def _labels(state: LeadState, judge: Judge) -> Iterator[str]:
    for labels, score, name in (
        (judge.model.temperature, state.engagement, "engagement"),
        (judge.model.grade, state.fit, "fit"),
    ):
        above = [label for label in labels if label.at_least > score]
        if above:
            yield f"{above[-1].name}: {_short(name, above[-1].at_least, score)}"


def _short(name: str, line: int, score: int) -> str:
    return f"{name} {line / MICRO:g} or more, {(line - score) / MICRO:.6g} short"


def _levels(state: LeadState, judge: Judge) -> Iterator[str]:
    names = [level.name for level in judge.model.levels]
    place = names.index(state.level) + 1 if state.level in names else 0
    for level in judge.model.levels[place:]:
        lacks = list(_lacks(level, state, judge))
        if lacks:
            yield f"{level.name}: {'; '.join(lacks)}"


def _lacks(level: Level, state: LeadState, judge: Judge) -> Iterator[str]:
    now_ms = state.as_of_ms
    if level.means:
        yield f"a hand-off that stands {level.means}"
        return
    if level.engagement is not None and state.engagement < level.engagement:
        yield _short("engagement", level.engagement, state.engagement)
    if level.fit is not None and state.fit < level.fit:
        yield _short("fit", level.fit, state.fit)
    if did := [kind for kind in level.without if kind in state.did]:
        yield f"it did {' and '.join(did)}"
    if level.primary and (open_ := [c.name for c in judge.model.primary if not met(c, state, judge, now_ms)]):
        yield f"{', '.join(open_)} not known or not met"
    for name, most in level.frameworks.items():
        missing = [fact for fact in judge.model.frameworks[name] if value_of(state, judge, fact) is None]
        known = len(judge.model.frameworks[name]) - len(missing)
        if known < most:
            yield f"{name} {most} known, {known} are; missing {', '.join(missing)}"
    if level.where is not None and not holds(level.where, state, judge, now_ms):
        yield phrase(level.where)


def _sales(state: LeadState, judge: Judge) -> Iterator[str]:
    line = judge.line_of(state, state.as_of_ms)
    if line is not None and state.engagement < line.engagement:
        yield f"hand-off: {_short('engagement', line.engagement, state.engagement)}"
    if line is not None and state.fit < line.fit:
        yield f"hand-off: {_short('fit', line.fit, state.fit)}"
    if failed := failed_primary(state, judge, state.as_of_ms):
        to_whom = "for partners only" if line is not None and line.partners else "not a lead for sales"
        yield f"hand-off: {', '.join(failed)} not met, so it is {to_whom}"
