"""When a score will fall under a line if nothing more happens."""

from collections.abc import Callable
from math import exp2, log

from schemas.handoff import Forecast
from schemas.lead_state import LeadState
from schemas.units import DAY_MS
from streams.conditions import next_change
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import limited, shut
from streams.scoring.velocity import burst_counts

HORIZON_MS = 366 * DAY_MS
"""Further ahead nobody plans."""

NEAR_MS = 0.25
"""An instant is told to the millisecond."""

MOST_TANGENTS = 32
"""Three to seven are usual."""
WHOLE = 1e-3
"""Micro-points by which two sums of the same may differ."""
LN2 = log(2)


def falls_to(state: LeadState, judge: Judge, line: int) -> int | None:
    """The millisecond after the lead's clock at which engagement meets `line` on its way down; None: not in a year.

    Between two closings the score only decays (rules of minus points that decay apart), so within each stretch the
    instant is found by tangents or by false position; at a closing it jumps. Points are not rounded here: a slow decay
    stands at a whole micro-point for a while, and the exact instant lies within that while.
    """
    start = state.as_of_ms
    end = start + HORIZON_MS
    for jump in (*_closings(state, judge, start, end), end):
        stretch = Stretch(state, judge, start)
        if stretch.score(start) <= line:
            return start
        if stretch.score(jump) <= line:
            met_ms = stretch.tangent_to(line) if line > 0 and stretch.free else None
            return round(_meets(stretch.score, line, start, jump) if met_ms is None else met_ms)
        start = jump
    return None


def _closings(state: LeadState, judge: Judge, start: int, end: int) -> list[int]:
    """Moments at which a window or a burst closes, or a date opens or shuts a gate."""
    closings = {t + judge.bursts[name].lasts_ms for name, seen in state.bursts.items() for t in seen.fired}
    for name, counted in state.rules.items():
        window_ms = judge.rules[name].window_ms
        if window_ms is not None:
            closings.update(t + window_ms for t in judge.counters[name].times(counted))
        gate = judge.gated.get(name)
        turn = next_change(gate, state, judge, start) if gate is not None else 0
        while gate is not None and 0 < turn < end:
            closings.add(turn)
            turn = next_change(gate, state, judge, turn)
    return sorted(t for t in closings if start < t < end)


class Stretch:
    """Engagement in unrounded micro-points while nothing closes: what stands is summed once."""

    def __init__(self, state: LeadState, judge: Judge, start: int) -> None:
        self._start, self._judge = start, judge
        self._standing = 0.0
        self._moving: list[tuple[float, int, int | None, str]] = []
        """Micro-points at the start, half-life in ms, limit, group."""
        self._groups: dict[str, float] = {}
        for name, counted in state.rules.items():
            if judge.gated and shut(name, state, judge, start):
                continue
            counter = judge.counters[name]
            half_life_ms, group = counter.rule.half_life_ms, counter.group
            if half_life_ms is not None:
                self._moving.append((counter.unrounded(counted, start), half_life_ms, counter.limit, group))
            elif group:
                self._groups[group] = self._groups.get(group, 0) + limited(counter.worth(counted, start), counter.limit)
            else:
                self._standing += limited(counter.worth(counted, start), counter.limit)
        for name, seen in state.bursts.items():
            if seen.fired and burst_counts(judge.bursts[name], seen, start):
                self._standing += judge.bursts[name].points

    def score(self, at_ms: float) -> float:
        """At a moment of the stretch."""
        total, sums = self._standing, dict(self._groups)
        for points, half_life_ms, limit, group in self._moving:
            left = limited(points * exp2((self._start - at_ms) / half_life_ms), limit)
            if group:
                sums[group] = sums.get(group, 0) + left
            else:
                total += left
        return limited(
            total + sum([limited(s, self._judge.groups.get(g)) for g, s in sums.items()]), self._judge.model.limit
        )

    @property
    def free(self) -> bool:
        """Is it a sum of decays and of what stands, none of them minus, and cut by no limit from the start on?"""
        parts = [points for points, _, _, _ in self._moving]
        whole = self._standing + sum(self._groups.values()) + sum(parts)
        plus = self._standing + sum(self._groups.values()) >= 0 and all(points >= 0 for points in parts)
        return plus and abs(whole - self.score(self._start)) <= WHOLE

    def tangent_to(self, line: int) -> float | None:
        """Where it meets a line that it is over at the start and under in the end, by Newton's method from the start.

        The logarithm of a sum of decays is convex, so no tangent overshoots; one decay alone is a straight line there.
        None: a line so near to what stands that this takes too long.
        """
        standing, passed_ms = self._standing + sum(self._groups.values()), 0.0
        for _ in range(MOST_TANGENTS):
            left, slope = standing, 0.0
            for points, half_life_ms, _, _ in self._moving:
                worth = points * exp2(-passed_ms / half_life_ms)
                left += worth
                slope += worth / half_life_ms
            step_ms = left * log(left / line) / (LN2 * slope)
            passed_ms += step_ms
            if step_ms < NEAR_MS / 2:
                return self._start + passed_ms
        return None


def _meets(score: Callable[[float], float], line: int, low: float, high: float) -> float:
    """Where a falling score meets the line, by false position on its logarithm: one decay alone is a straight line.

    The Illinois rule halves the weight of an end that stays; where that is slow, the middle is taken instead.
    """

    def over(at_ms: float) -> float:
        points = score(at_ms)
        return log(points / line) if points > 0 < line else points - line

    above, below = over(low), over(high)
    turn = stayed = 0
    while high - low > NEAR_MS:
        turn += 1
        even = turn % 4 == 0 or above <= below
        at_ms = (low + high) / 2 if even else low + (high - low) * above / (above - below)
        at_ms = min(max(at_ms, low + NEAR_MS / 2), high - NEAR_MS / 2)
        found = over(at_ms)
        if found > 0:
            low, above = at_ms, found
            below, stayed = (below / 2 if stayed > 0 else below), 1
        else:
            high, below = at_ms, found
            above, stayed = (above / 2 if stayed < 0 else above), -1
    return (low + high) / 2


def forecast(state: LeadState, judge: Judge) -> Forecast:
    """For the handoff line of the model and its re-arm line."""
    line = judge.model.handoff
    if line is None:
        return Forecast(under_line_at=None, rearmed_at=None)
    under, rearmed = falls_to(state, judge, line.engagement), falls_to(state, judge, line.rearm_under)
    return Forecast(
        under_line_at=None if under is None else rfc3339(under),
        rearmed_at=None if rearmed is None else rfc3339(rearmed),
    )
