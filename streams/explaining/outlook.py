"""What would change a score from here: one more touch, one more fact, or nothing but time."""

from collections.abc import Iterator

from schemas.explanation import Change, Fall
from schemas.lead_state import LeadState
from schemas.scoring_model import Criterion, Rule
from schemas.units import MICRO
from streams.conditions import asked_facts, phrase
from streams.explaining.trace import at_moment
from streams.explaining.words import asks
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import engagement
from streams.scoring.fit import met
from streams.scoring.forecast import falls_to
from streams.scoring.known import value_of
from streams.scoring.repeats import hash_of

NEW_VALUE = hash_of("\0another")
"""Stands for a value that the lead's touches did not bear yet."""


def changes(state: LeadState, judge: Judge) -> list[Change]:
    """By what it gains, the most first: touches that earn points now, and facts not known yet."""
    found = [*_touches(state, judge), *_facts(state, judge)]
    return sorted(found, key=lambda c: (-bool(c.crosses), -(c.engagement + c.fit), -c.completeness, c.what))


def _touches(state: LeadState, judge: Judge) -> Iterator[Change]:
    now_ms = state.as_of_ms
    for rule in judge.rules.values():
        if rule.points <= 0 or _over(rule, judge, now_ms):
            continue
        tried = at_moment(state)
        counter = judge.counters[rule.name]
        counted = tried.rules.setdefault(rule.name, counter.empty())
        counter.count(counted, now_ms, now_ms, NEW_VALUE if rule.repeat.per_prop else 0)
        after = engagement(tried, judge, now_ms)
        if after > state.engagement:
            yield Change(
                what=_one_more(rule, rule.name in state.rules),
                engagement=(after - state.engagement) / MICRO,
                engagement_after=after / MICRO,
                fit_after=state.fit / MICRO,
                crosses=crossed(state, judge, after, state.fit),
            )


def _one_more(rule: Rule, counted: bool) -> str:
    what = " or ".join(rule.when)
    pages = f" of {' or '.join(rule.page)}" if rule.page else ""
    asked = f" with {phrase(rule.where)}" if rule.where is not None else ""
    _, varied, campaign = rule.name.rpartition("@")
    came = f" from {campaign}" if varied else ""
    another = f" (another {rule.repeat.per_prop})" if rule.repeat.per_prop and counted else ""
    return f"{'one more' if counted else 'a first'} {what}{pages}{asked}{came}{another} ({rule.name})"


def _over(rule: Rule, judge: Judge, now_ms: int) -> bool:
    """Is it the variant of a campaign that has ended?"""
    ends = [c.until_ms for c in judge.model.campaigns if rule.name.endswith(f"@{c.name}")]
    return any(until_ms is not None and until_ms <= now_ms for until_ms in ends)


def _facts(state: LeadState, judge: Judge) -> Iterator[Change]:
    """The best that what is not known yet could bring, and what knowing it is worth in itself."""
    told: set[str] = set()
    for criterion in judge.criteria:
        points = _best(criterion)
        if points > 0 and met(criterion, state, judge, state.as_of_ms) is None:
            asked = [criterion.fact] if criterion.where is None else sorted(asked_facts(criterion.where))
            facts = [fact for fact in asked if value_of(state, judge, fact) is None]
            told.update(facts)
            yield _learned(state, judge, facts, f"{_if(criterion)} ({criterion.name})", points)
    for fact in judge.model.completeness:
        if fact not in told and value_of(state, judge, fact) is None:
            yield _learned(state, judge, [fact], f"{fact} known", 0)


def _if(criterion: Criterion) -> str:
    if criterion.test is None and criterion.where is None:
        return f"if {criterion.fact} is {max(criterion.by_value, key=criterion.by_value.__getitem__)}"
    return f"if {asks(criterion)}"


def _best(criterion: Criterion) -> int:
    if criterion.test is None and criterion.where is None:
        return max(criterion.by_value.values(), default=0)
    return criterion.points


def _learned(state: LeadState, judge: Judge, facts: list[str], what: str, points: int) -> Change:
    return Change(
        what=what,
        fit=points / MICRO,
        completeness=sum(judge.model.completeness.get(fact, 0) for fact in facts) / MICRO,
        engagement_after=state.engagement / MICRO,
        fit_after=(state.fit + points) / MICRO,
        crosses=crossed(state, judge, state.engagement, state.fit + points),
    )


def crossed(state: LeadState, judge: Judge, engagement_after: int, fit_after: int) -> list[str]:
    """The lines that a lead meets after a change and does not meet now."""
    found: list[str] = []
    line = judge.line_of(state, state.as_of_ms)
    if line is not None and state.engagement < line.engagement <= engagement_after:
        found.append(f"over the hand-off line of {line.engagement / MICRO:g}")
    if line is not None and state.fit < line.fit <= fit_after:
        found.append(f"over the fit line of {line.fit / MICRO:g}")
    if (label := judge.temperature(engagement_after)) != judge.temperature(state.engagement):
        found.append(label)
    if (label := judge.grade(fit_after)) != judge.grade(state.fit):
        found.append(label)
    return found


def falls(state: LeadState, judge: Judge) -> list[Fall]:
    """When it meets the lines under it if nothing more happens, the first to come first."""
    lines = {label.name: label.at_least for label in judge.model.temperature if label.at_least > 0}
    line = judge.line_of(state, state.as_of_ms)
    if line is not None:
        lines |= {"hand-off": line.engagement, "re-arm": line.rearm_under}
    told = [(falls_to(state, judge, at), name, at) for name, at in lines.items() if at <= state.engagement]
    never = max((ms for ms, _, _ in told if ms is not None), default=0) + 1
    return [
        Fall(line=name, points=points / MICRO, at=None if ms is None else rfc3339(ms))
        for ms, name, points in sorted(told, key=lambda fall: (fall[0] or never, -fall[2]))
    ]
