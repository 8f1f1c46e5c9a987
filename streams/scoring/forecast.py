"""When a score will fall under a line if nothing more happens."""

from collections.abc import Callable

from schemas.handoff import Forecast
from schemas.lead_state import LeadState
from schemas.units import DAY_MS
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import engagement

HORIZON_MS = 366 * DAY_MS
"""Further ahead nobody plans."""


def falls_to(state: LeadState, judge: Judge, line: int) -> int | None:
    """The millisecond after the lead's clock at which engagement meets `line` on its way down; None: not in a year.

    Between two closings the score only decays (rules of minus points that decay apart), so each stretch is searched
    by halving; at a closing it jumps. Scores are read in whole micro-points, so a slow decay stands at the line for a
    while: the exact instant is the middle of that while.
    """
    now = state.as_of_ms
    jumps = {
        t + window_ms
        for name, counted in state.rules.items()
        if (window_ms := judge.rules[name].window_ms) is not None
        for t in judge.counters[name].times(counted)
    }
    jumps |= {t + judge.bursts[name].lasts_ms for name, seen in state.bursts.items() for t in seen.fired}
    end = now + HORIZON_MS
    start = now
    for jump in (*sorted(t for t in jumps if now < t < end), end):
        if engagement(state, judge, jump - 1) <= line:
            meets = _first(lambda at_ms: engagement(state, judge, at_ms) <= line, start, jump - 1)
            if meets in (now, start) or engagement(state, judge, jump - 1) == line:
                return meets
            return (meets + _first(lambda at_ms: engagement(state, judge, at_ms) < line, meets, jump - 1)) // 2
        if engagement(state, judge, jump) <= line:
            return jump
        start = jump
    return None


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest moment in [low, high] at which it holds; it holds at `high`, and on once it does."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


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
