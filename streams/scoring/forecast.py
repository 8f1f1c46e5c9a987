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


def falls_to(state: LeadState, judge: Judge, line: int) -> int | None:
    """The millisecond after the lead's clock at which engagement meets `line` on its way down; None: not in a year.

    Between two closings the score only decays (rules of minus points that decay apart), so within each stretch the
    instant is found by false position; at a closing it jumps. Points are not rounded here: a slow decay stands at a
    whole micro-point for a while, and the exact instant lies within that while.
    """
    start = state.as_of_ms
    end = start + HORIZON_MS
    for jump in (*_closings(state, judge, start, end), end):
        score = _falling(state, judge, start)
        if score(start) <= line:
            return start
        if score(jump) <= line:
            return round(_meets(score, line, start, jump))
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


def _falling(state: LeadState, judge: Judge, start: int) -> Callable[[float], float]:
    """Engagement in unrounded micro-points over a stretch in which nothing closes: what stands is summed once."""
    standing, moving = 0.0, []
    groups: dict[str, float] = {}
    for name, counted in state.rules.items():
        if shut(name, state, judge, start):
            continue
        counter = judge.counters[name]
        half_life_ms = counter.rule.half_life_ms
        if half_life_ms is not None:
            moving.append((counter.unrounded(counted, start), half_life_ms, counter.limit, counter.group))
        elif counter.group:
            groups[counter.group] = groups.get(counter.group, 0) + limited(counter.worth(counted, start), counter.limit)
        else:
            standing += limited(counter.worth(counted, start), counter.limit)
    standing += sum(judge.bursts[n].points for n, s in state.bursts.items() if burst_counts(judge.bursts[n], s, start))

    def score(at_ms: float) -> float:
        total, sums = standing, dict(groups)
        for points, half_life_ms, limit, group in moving:
            left = limited(points * exp2((start - at_ms) / half_life_ms), limit)
            if group:
                sums[group] = sums.get(group, 0) + left
            else:
                total += left
        return limited(total + sum(limited(s, judge.groups.get(g)) for g, s in sums.items()), judge.model.limit)

    return score


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
