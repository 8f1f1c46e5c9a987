"""What each engagement rule gives: earned in full, lost by age, windows and limits, and the touches behind it."""

from collections.abc import Iterator
from math import exp2

from schemas.explained_lines import LimitTold, RuleTold, Standing, TouchBehind
from schemas.lead_state import LeadState
from schemas.scoring_model import Rule
from schemas.units import MICRO
from streams.conditions import phrase
from streams.explaining.trace import Seen, Traced
from streams.judge import Judge
from streams.moments import rfc3339, span
from streams.scoring.engagement import limited, shut
from streams.scoring.repeats import hash_of


def rules_told(traced: Traced, at_ms: int) -> list[RuleTold]:
    """Every rule that counted something, in the model's order."""
    state, judge = traced.state, traced.judge
    return [
        _told(judge.rules[n], state, judge, traced.behind.get(n, []), at_ms) for n in judge.rules if n in state.rules
    ]


def _told(rule: Rule, state: LeadState, judge: Judge, seen: list[Seen], at_ms: int) -> RuleTold:
    counter, counted = judge.counters[rule.name], state.rules[rule.name]
    touches = behind(rule, judge, seen, at_ms)
    closed = sum(touch.standing is Standing.CLOSED for touch in touches)
    named = sum(touch.standing is Standing.COUNTS for touch in touches)
    number = counter.number(counted)
    if rule.window_ms is not None:
        times = counter.times(counted)
        number = sum(t > at_ms - rule.window_ms for t in times)
        closed = max(closed, len(times) - number)
    earned, lost = (number + closed) * rule.points, closed * rule.points
    worth = counter.worth(counted, at_ms)
    waits = shut(rule.name, state, judge, at_ms)
    left = 0 if waits else limited(worth, rule.limit)
    return RuleTold(
        rule=rule.name,
        model=judge.name,
        kinds=list(rule.when),
        each=rule.points / MICRO,
        times=number + closed,
        earned=earned / MICRO,
        decayed=(worth - (earned - lost)) / MICRO,
        closed=-lost / MICRO if lost else 0.0,
        limited=0.0 if waits else (left - worth) / MICRO,
        shut=-worth / MICRO if waits else 0.0,
        left=left / MICRO,
        how=how(rule),
        unknown=max(0, number - named),
        waits=phrase(judge.gated[rule.name]) if waits else "",
        touches=touches,
    )


def behind(rule: Rule, judge: Judge, seen: list[Seen], at_ms: int) -> list[TouchBehind]:
    """The touches that a rule matched, the latest first, each with what it is to the rule now."""
    counting = _counting(rule, judge, sorted(seen, key=_order))
    return [
        touch_behind(
            one, rule.points if id(one) in counting else 0, _left(rule, one, at_ms, id(one) in counting), standing
        )
        for one in sorted(seen, key=_order, reverse=True)
        for standing in (_standing(rule, one, at_ms, id(one) in counting),)
    ]


def touch_behind(one: Seen, points: int, left: float, standing: Standing) -> TouchBehind:
    """A touch as a line tells it."""
    touch = one.touch
    return TouchBehind(
        touch_id=touch.id, at=rfc3339(touch.at_ms), kind=touch.kind, standing=standing, points=points / MICRO,
        left=left / MICRO, topic=touch.origin.topic, partition=touch.origin.partition, offset=touch.origin.offset,
        log_offset=one.log_offset, channel=touch.channel, page=touch.page, campaign=touch.campaign, source=touch.source,
    )  # fmt: skip


def _order(one: Seen) -> tuple[int, int]:
    """By the touch's own time; of equal ones the first heard."""
    return one.touch.at_ms, one.log_offset


def _counting(rule: Rule, judge: Judge, seen: list[Seen]) -> set[int]:
    """Which of them a rule counts, by its repeat policy: the earliest."""
    repeat = rule.repeat
    counts: set[int] = set()
    taken: dict[int, int] = {}
    for one in seen:
        if repeat.once or repeat.per_prop:
            prop = repeat.per_prop
            slot, most = hash_of(str(one.touch.props.get(prop, ""))) if prop else 0, 1
        elif repeat.per_day:
            slot, most = judge.day(one.touch.at_ms), repeat.per_day
        else:
            slot, most = one.log_offset, 1
        taken[slot] = taken.get(slot, 0) + 1
        if taken[slot] <= most:
            counts.add(id(one))
    return counts


def _standing(rule: Rule, one: Seen, at_ms: int, counts: bool) -> Standing:
    if not counts:
        return Standing.REPEAT
    closed = rule.window_ms is not None and one.touch.at_ms <= at_ms - rule.window_ms
    return Standing.CLOSED if closed else Standing.COUNTS


def _left(rule: Rule, one: Seen, at_ms: int, counts: bool) -> float:
    if _standing(rule, one, at_ms, counts) is not Standing.COUNTS:
        return 0.0
    half_life_ms = rule.half_life_ms
    return rule.points if half_life_ms is None else rule.points * exp2((one.touch.at_ms - at_ms) / half_life_ms)


def how(rule: Rule) -> str:
    """What a rule asks beside its kinds, and what bounds it, in words."""
    return "; ".join(_how(rule))


def _how(rule: Rule) -> Iterator[str]:
    for name in ("page", "channel", "source", "campaign"):
        if asked := getattr(rule, name):
            yield f"{name} {' or '.join(asked)}"
    if rule.where is not None:
        yield phrase(rule.where)
    if rule.gate is not None:
        yield f"only with {phrase(rule.gate)}"
    if rule.repeat.once:
        yield "once"
    if rule.repeat.per_prop:
        yield f"once per {rule.repeat.per_prop}"
    if rule.repeat.per_day:
        yield f"{rule.repeat.per_day} per day"
    if rule.half_life_ms is not None:
        yield f"half after {span(rule.half_life_ms)}"
    if rule.window_ms is not None:
        yield f"counts for {span(rule.window_ms)}"
    if rule.limit is not None:
        yield f"at most {rule.limit / MICRO:g}"
    if rule.group:
        yield f"group {rule.group}"


def limits_told(told: list[RuleTold], judge: Judge, bursts: int) -> list[LimitTold]:
    """Limits of groups and of the whole that cut something; `bursts`: micro-points of those in force."""
    found: list[LimitTold] = []
    groups: dict[str, int] = {}
    total = bursts
    for one in told:
        group, points = judge.rules[one.rule].group, round(one.left * MICRO)
        if group:
            groups[group] = groups.get(group, 0) + points
        else:
            total += points
    for group, points in groups.items():
        left = limited(points, judge.groups.get(group))
        total += left
        found += _cut(group, judge.groups.get(group), points, left)
    return found + _cut("total", judge.model.limit, total, limited(total, judge.model.limit))


def _cut(name: str, limit: int | None, before: int, left: int) -> list[LimitTold]:
    if limit is None or before == left:
        return []
    return [LimitTold(name=name, limit=limit / MICRO, before=before / MICRO, cut=(left - before) / MICRO)]
