"""How an engagement rule counts touches, and what its count is worth at a moment.

Decay is exact: a touch of age `a` is worth `2^-(a / half_life)`. Sums are kept in forward form,
`sum of 2^((t_i - landmark) / half_life)`, which is O(1), takes touches in any order and needs no clock
(forward decay: Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009). Worth is rounded to micro-points only when read.
"""

from bisect import bisect_right, insort
from collections.abc import Callable
from math import exp2, fsum

from schemas.lead_state import Counted, Daily, Decayed, Firsts, Tally, Windowed
from schemas.scoring_model import Rule

RENORMALISE_AFTER = 64.0
"""Half-lives between a touch and the landmark before the sum is restated: far from a double's 1,023."""


def empty(rule: Rule) -> Counted:
    """A rule that has counted nothing."""
    if rule.repeat.once or rule.repeat.per_prop:
        return Firsts({})
    if rule.repeat.per_day:
        return Daily({})
    if rule.window_ms is not None:
        return Windowed([])
    if rule.half_life_ms is not None:
        return Decayed(0, 0.0, 0)
    return Tally(0)


def count(
    rule: Rule, counted: Counted, at_ms: int, clock_ms: int, value_hash: int, day_of: Callable[[int], int]
) -> bool:
    """Count one touch at its own time; False: a repeat, or too late for the window.

    `clock_ms` is the lead's clock, never before `at_ms`; `value_hash` the hash of the property a rule counts once
    per; `day_of` gives the day number of a moment in the model's time zone.
    """
    match counted:
        case Tally():
            counted.n += 1
            return True
        case Decayed():
            _count_decayed(counted, at_ms, rule.half_life_ms or 1)
            return True
        case Windowed():
            closed = clock_ms - (rule.window_ms or 0)
            times = counted.times
            if at_ms > closed:
                insort(times, at_ms)
            if times and times[0] <= closed:
                del times[: bisect_right(times, closed)]
            return at_ms > closed
        case Firsts():
            first = counted.first_ms.get(value_hash)
            if first is None or at_ms < first:
                counted.first_ms[value_hash] = at_ms
            return first is None
        case Daily():
            times = counted.times.setdefault(day_of(at_ms), [])
            insort(times, at_ms)
            more = len(times) <= rule.repeat.per_day
            del times[rule.repeat.per_day :]
            return more


def _count_decayed(counted: Decayed, at_ms: int, half_life_ms: int) -> None:
    if counted.n == 0:
        counted.landmark_ms = at_ms
    ahead = (at_ms - counted.landmark_ms) / half_life_ms
    if ahead > RENORMALISE_AFTER:
        counted.sum *= exp2(-ahead)
        counted.landmark_ms = at_ms
        ahead = 0.0
    counted.sum += exp2(ahead) if ahead > -RENORMALISE_AFTER * 16 else 0.0
    counted.n += 1


def worth(rule: Rule, counted: Counted, at_ms: int) -> int:
    """Micro-points of the rule at a moment not before the lead's clock, before limits."""
    match counted:
        case Tally():
            return counted.n * rule.points
        case Decayed():
            return round(rule.points * counted.sum * exp2((counted.landmark_ms - at_ms) / (rule.half_life_ms or 1)))
        case Windowed():
            return _worth_of(rule, counted.times, at_ms)
        case Firsts():
            if rule.window_ms is None and rule.half_life_ms is None:
                return len(counted.first_ms) * rule.points
            return _worth_of(rule, sorted(counted.first_ms.values()), at_ms)
        case Daily():
            if rule.window_ms is None and rule.half_life_ms is None:
                return sum(map(len, counted.times.values())) * rule.points
            return _worth_of(rule, sorted(t for times in counted.times.values() for t in times), at_ms)


def _worth_of(rule: Rule, times: list[int], at_ms: int) -> int:
    """Of ascending times, those still in the window, each decayed by its own age."""
    start = 0 if rule.window_ms is None else bisect_right(times, at_ms - rule.window_ms)
    if rule.half_life_ms is None:
        return (len(times) - start) * rule.points
    half_life_ms = rule.half_life_ms
    return round(rule.points * fsum(exp2((t - at_ms) / half_life_ms) for t in times[start:]))


def times_counted(counted: Counted) -> int:
    """How many touches the count rests on, for the note on a breakdown line."""
    match counted:
        case Tally() | Decayed():
            return counted.n
        case Windowed():
            return len(counted.times)
        case Firsts():
            return len(counted.first_ms)
        case Daily():
            return sum(map(len, counted.times.values()))


def next_closings(rule: Rule, counted: Counted) -> list[int]:
    """Moments at which a window closes over a counted touch: where the worth jumps."""
    if rule.window_ms is None:
        return []
    match counted:
        case Windowed():
            times = counted.times
        case Firsts():
            times = list(counted.first_ms.values())
        case Daily():
            times = [t for day in counted.times.values() for t in day]
        case _:
            times = []
    return [t + rule.window_ms for t in times]
