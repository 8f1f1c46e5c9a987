"""What is said of a lead at a moment to come, if nothing happens until then: labels, level, segment, ripe or not."""

from functools import lru_cache
from typing import NamedTuple

from schemas.condition import Aged, Condition, Did, FactIs, Soon
from schemas.lead_state import LeadState
from schemas.scoring_model import HandoffLine
from streams.answering import last_of
from streams.asked import atoms, moves
from streams.handoff.episode import is_open, may_cool
from streams.judge import Judge
from streams.ladder import Shortcut
from streams.scoring.fit import failed_primary
from streams.scoring.fit import fit as fit_of
from streams.scoring.known import reader
from streams.scoring.velocity import surging
from streams.standing import holding, in_force, level_at, segment_of, untold


class Said(NamedTuple):
    """What people and machines are told; when any of it changes, that is news."""

    temperature: str
    grade: str
    segment: str
    level: str
    overridden: bool
    """By a person's word, still in force."""
    ripe: bool
    """Now and before: that a lead falls under the line takes nothing back."""
    cooled: bool
    """The open handoff, not accepted yet, is to be withdrawn."""


@lru_cache(maxsize=64)
def moving_conditions(judge: Judge) -> tuple[Condition, ...]:
    """Those of the model that time alone can change."""
    model = judge.model
    asked: list[Condition | None] = [*judge.gated.values()]
    for criterion in judge.criteria:
        asked.append(criterion.where)
        if isinstance(criterion.test, Aged | Soon):
            asked.append(FactIs(criterion.fact, criterion.test))
    asked += [segment.where for segment in model.segments] + [level.where for level in model.levels]
    asked += [condition for path in model.fast_paths for condition in path.any]
    return tuple(condition for condition in asked if condition is not None and moves(condition))


class Dates:
    """What moves the conditions of a model: dates that are facts, and deeds that age."""

    def __init__(self, judge: Judge) -> None:
        facts, deeds = dict[str, set[int]](), set[tuple[tuple[str, ...], int]]()
        for atom in (atom for condition in moving_conditions(judge) for atom in atoms(condition)):
            match atom:
                case FactIs(fact, Aged(ago_ms, _)):
                    facts.setdefault(fact, set()).add(ago_ms)
                case FactIs(fact, Soon(within_ms)):
                    facts.setdefault(fact, set()).update((-within_ms, 1))
                case Did(kinds, within_ms) if within_ms is not None:
                    deeds.add((kinds, within_ms))
        self._facts = [(reader(judge, fact), sorted(after)) for fact, after in facts.items()]
        """How long after each date an answer may change."""
        self._deeds = sorted(deeds)

    def first_after(self, state: LeadState, at_ms: int) -> int:
        """The first moment after this one; 0: none."""
        first = 0
        if state.facts:
            for read, afters in self._facts:
                date_ms = read(state)
                if isinstance(date_ms, int):
                    for after_ms in afters:
                        if date_ms + after_ms > at_ms and (not first or date_ms + after_ms < first):
                            first = date_ms + after_ms
        if state.did:
            for kinds, within_ms in self._deeds:
                last = last_of(state, kinds)
                if last >= 0 and last + within_ms > at_ms and (not first or last + within_ms < first):
                    first = last + within_ms
        return first


@lru_cache(maxsize=64)
def dates_of(judge: Judge) -> Dates:
    """Made once per model."""
    return Dates(judge)


def next_date(state: LeadState, judge: Judge, at_ms: int) -> int:
    """The first moment after `at_ms` at which a date, an end or the end of a rest may change something; 0: never."""
    moments = [dates_of(judge).first_after(state, at_ms)]
    if state.override is not None:
        moments.append(state.override.until_ms)
    campaign = judge.campaign_of(state, at_ms) if judge.model.campaigns else None
    if campaign is not None and campaign.until_ms is not None:
        moments.append(campaign.until_ms)
    if state.held == "cooling" and state.episode is not None and judge.model.handoff is not None:
        moments.append(state.episode.closed_ms + judge.model.handoff.not_within_ms)
    return min((moment for moment in moments if moment > at_ms), default=0)


@lru_cache(maxsize=64)
def lines_for_all(judge: Judge) -> frozenset[int]:
    """Engagements at which a label or a level of any lead may change."""
    levels = [level.engagement for level in judge.model.levels if level.engagement is not None]
    return frozenset([*(label.at_least for label in judge.model.temperature[:-1]), *levels])


def lines_of(state: LeadState, judge: Judge, line: HandoffLine | None) -> list[int]:
    """Engagements at which something that is said may change, ascending."""
    lines = set(lines_for_all(judge))
    if line is not None:
        if is_open(state):
            if may_cool(state):
                lines.add(line.rearm_under)
        else:
            lines.add(line.engagement)
            if not state.armed:
                lines.add(line.rearm_under)
    return sorted(lines)


def said(state: LeadState, judge: Judge, at_ms: int, engagement: int, before: Said | None = None) -> Said:
    """At a moment not before the lead's clock; `before`: as it stood at first."""
    fit = fit_of(state, judge, at_ms)
    override = in_force(state, at_ms)
    line = judge.line_of(state, at_ms)
    shortcuts = holding(state, judge, at_ms) if judge.model.fast_paths else []
    level = override.level if override is not None else level_at(state, judge, at_ms, engagement, fit, shortcuts)[0]
    return Said(
        temperature=judge.temperature(engagement),
        grade=judge.grade(fit),
        segment=segment_of(state, judge, at_ms),
        level=level,
        overridden=override is not None,
        ripe=(before is not None and before.ripe) or _ripe(state, judge, line, at_ms, engagement, fit, shortcuts),
        cooled=line is not None and may_cool(state) and engagement < line.rearm_under,
    )


def _ripe(
    state: LeadState,
    judge: Judge,
    line: HandoffLine | None,
    at_ms: int,
    engagement: int,
    fit: int,
    shortcuts: list[Shortcut],
) -> bool:
    """Would it be handed off? What time does not change (consent, a refusal) is not asked."""
    if line is None or is_open(state):
        return False
    episode = state.episode
    armed = state.armed or engagement < line.rearm_under
    if episode is not None and (not armed or at_ms < episode.closed_ms + line.not_within_ms):
        return False
    if shortcuts and untold(state, shortcuts) is not None:
        return True
    if failed_primary(state, judge, at_ms):
        if not line.partners:
            return False
    elif fit < line.fit:
        return False
    return engagement >= line.engagement or surges_now(state, judge, at_ms)


def surges_now(state: LeadState, judge: Judge, at_ms: int) -> bool:
    """Does a surge hold that hands off? Whoever has none will have none until more is gained."""
    surges = judge.surges_that_hand_off
    return any(surging(s, state.surges[s.name], at_ms) for s in surges if s.name in state.surges)
