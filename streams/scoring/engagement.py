"""What they do: the engagement of a lead at a moment, as lines that sum to it. Limits are lines of their own."""

from functools import lru_cache
from typing import TypeVar

from schemas.card import Line
from schemas.lead_state import LeadState
from schemas.units import MICRO
from streams.answering import Answer, answer_of
from streams.judge import Judge
from streams.scoring.velocity import burst_counts

N = TypeVar("N", int, float)


def engagement(state: LeadState, judge: Judge, at_ms: int) -> int:
    """Micro-points at a moment not before the lead's clock, limits applied to the decayed sums."""
    counters, gated, total = judge.counters, judge.gated, 0
    groups: dict[str, int] = {}
    for name, counted in state.rules.items():
        if gated and shut(name, state, judge, at_ms):
            continue
        counter = counters[name]
        points, limit, group = counter.worth(counted, at_ms), counter.limit, counter.group
        if limit is not None and not -limit <= points <= limit:
            points = limited(points, limit)
        if group:
            groups[group] = groups.get(group, 0) + points
        else:
            total += points
    limits = judge.groups
    for group, points in groups.items():
        limit = limits.get(group)
        total += points if limit is None or -limit <= points <= limit else limited(points, limit)
    for name, seen in state.bursts.items():
        if seen.fired and burst_counts(judge.bursts[name], seen, at_ms):
            total += judge.bursts[name].points
    limit = judge.model.limit
    return total if limit is None or -limit <= total <= limit else limited(total, limit)


def shut(name: str, state: LeadState, judge: Judge, at_ms: int) -> bool:
    """Does a gate keep the rule from counting? What it asks must be known and true."""
    gate = gates(judge).get(name)
    return gate is not None and not gate(state, at_ms)


@lru_cache(maxsize=64)
def gates(judge: Judge) -> dict[str, Answer]:
    """By rule, made ready."""
    return {name: answer_of(gate, judge) for name, gate in judge.gated.items()}


def limited(points: N, limit: int | None) -> N:
    """A limit bounds both ways: a rule of minus points cannot take more than it."""
    return points if limit is None or -limit <= points <= limit else (limit if points > 0 else -limit)


def lines(state: LeadState, judge: Judge, at_ms: int) -> list[tuple[str, int, str]]:
    """`(name, micro-points, note)` in the model's order; they sum to `engagement`."""
    told: list[tuple[str, int, str]] = []
    groups: dict[str, int] = {}
    total, counts, gated = 0, state.rules, judge.gated
    for name, rule in judge.rules.items():
        counted = counts.get(name)
        if counted is None or (gated and shut(name, state, judge, at_ms)):
            continue
        counter = judge.counters[name]
        points = counter.worth(counted, at_ms)
        bounded = limited(points, rule.limit)
        told.append((name, points, _note(counter.number(counted), rule.half_life_ms is not None)))
        if bounded != points:
            told += _cut(name, bounded - points, rule.limit)
        if rule.group:
            groups[rule.group] = groups.get(rule.group, 0) + bounded
        else:
            total += bounded
    for group, points in groups.items():
        bounded = limited(points, judge.groups.get(group))
        told += _cut(group, bounded - points, judge.groups.get(group))
        total += bounded
    for name, seen in state.bursts.items():
        burst = judge.bursts[name]
        if burst_counts(burst, seen, at_ms):
            told.append((name, burst.points, f"{burst.count} of {', '.join(burst.of)}"))
            total += burst.points
    told += _cut("total", limited(total, judge.model.limit) - total, judge.model.limit)
    return told


def _cut(name: str, points: int, limit: int | None) -> list[tuple[str, int, str]]:
    return [(f"limit {name}", points, f"at most {limit / MICRO:g}")] if points and limit is not None else []


def _note(times: int, decays: bool) -> str:
    counted = f"{times} times" if times != 1 else "once"
    return f"{counted}, decayed" if decays else counted


def breakdown(state: LeadState, judge: Judge, at_ms: int) -> list[Line]:
    """The lines as a card shows them, in points; lines of no worth are left out."""
    return [Line(rule=n, points=p / MICRO, note=note) for n, p, note in lines(state, judge, at_ms) if p]
