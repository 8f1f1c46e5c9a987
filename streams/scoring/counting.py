"""How an engagement rule counts touches, and what its count is worth at a moment.

Decay is exact: a touch of age `a` is worth `2^-(a / half_life)`. Sums are kept in forward form,
`sum of 2^((t_i - landmark) / half_life)`, which is O(1), takes touches in any order and needs no clock
(forward decay: Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009). Worth is rounded to micro-points only when read.

A rule is compiled once to one of five counters, each with one kind of state in `schemas.lead_state`.
"""

from bisect import bisect_right, insort
from collections.abc import Callable
from math import exp2, fsum
from typing import Any, Protocol

from schemas.lead_state import Counted, Daily, Decayed, Firsts, Tally, Windowed
from schemas.scoring_model import Rule

RENORMALISE_AFTER = 64.0
"""Half-lives between a touch and the landmark before the sum is restated: far from a double's 1,023."""


class Counter(Protocol):
    """A rule made ready to count."""

    rule: Rule
    limit: int | None
    """Of the rule, micro-points."""
    group: str
    """Of the rule; empty: none."""

    def empty(self) -> Counted:
        """A state that has counted nothing."""
        ...

    def count(self, counted: Any, at_ms: int, clock_ms: int, value_hash: int) -> int | None:
        """Count one touch at its own time; None: a repeat, which gains nothing.

        Otherwise the time of a later touch whose place it takes, 0 if of none: where only the earliest count, points
        move to it. `clock_ms` is the lead's clock, never before `at_ms`; `value_hash` the hash of the property a rule
        counts once per. `counted` is what `empty` gave.
        """
        ...

    def worth(self, counted: Any, at_ms: int) -> int:
        """Micro-points at a moment not before the lead's clock, before limits."""
        ...

    def unrounded(self, counted: Any, at_ms: int) -> float:
        """The same in full precision, for what is worked out from it."""
        ...

    def times(self, counted: Any) -> list[int]:
        """The times the count rests on, ascending; empty where only a sum is kept."""
        ...

    def number(self, counted: Any) -> int:
        """How many touches the count rests on."""
        ...


def counter_of(rule: Rule, day_of: Callable[[int], int]) -> Counter:
    """The counter of a rule; `day_of` gives the day number of a moment in the model's time zone."""
    if rule.repeat.once or rule.repeat.per_prop:
        return FirstCounter(rule)
    if rule.repeat.per_day:
        return DailyCounter(rule, day_of)
    if rule.window_ms is not None:
        return WindowCounter(rule)
    if rule.half_life_ms is not None:
        return DecayCounter(rule, rule.half_life_ms)
    return TallyCounter(rule)


class TallyCounter:
    """Every touch, for ever."""

    def __init__(self, rule: Rule) -> None:
        self.rule, self.limit, self.group, self._points = rule, rule.limit, rule.group, rule.points

    def empty(self) -> Tally:
        return Tally(0)

    def count(self, counted: Tally, at_ms: int, clock_ms: int, value_hash: int) -> int | None:
        counted.n += 1
        return 0

    def worth(self, counted: Tally, at_ms: int) -> int:
        return counted.n * self._points

    def unrounded(self, counted: Tally, at_ms: int) -> float:
        return counted.n * self._points

    def times(self, counted: Tally) -> list[int]:
        return []

    def number(self, counted: Tally) -> int:
        return counted.n


class DecayCounter:
    """Every touch, each halved every half-life."""

    def __init__(self, rule: Rule, half_life_ms: int) -> None:
        self.rule, self.limit, self.group, self._points = rule, rule.limit, rule.group, rule.points
        self._half_life_ms = half_life_ms

    def empty(self) -> Decayed:
        return Decayed(0, 0.0, 0)

    def count(self, counted: Decayed, at_ms: int, clock_ms: int, value_hash: int) -> int | None:
        if counted.n == 0:
            counted.landmark_ms = at_ms
        ahead = (at_ms - counted.landmark_ms) / self._half_life_ms
        if ahead > RENORMALISE_AFTER:
            counted.sum *= exp2(-ahead)
            counted.landmark_ms = at_ms
            ahead = 0.0
        counted.sum += exp2(ahead)
        counted.n += 1
        return 0

    def worth(self, counted: Decayed, at_ms: int) -> int:
        return round(self._points * counted.sum * exp2((counted.landmark_ms - at_ms) / self._half_life_ms))

    def unrounded(self, counted: Decayed, at_ms: int) -> float:
        return self._points * counted.sum * exp2((counted.landmark_ms - at_ms) / self._half_life_ms)

    def times(self, counted: Decayed) -> list[int]:
        return []

    def number(self, counted: Decayed) -> int:
        return counted.n


class _TimedCounter:
    """What counters that keep times share: each time still in the window, decayed by its own age."""

    def __init__(self, rule: Rule) -> None:
        self.rule, self.limit, self.group, self._points = rule, rule.limit, rule.group, rule.points
        self._window_ms, self._half_life_ms = rule.window_ms, rule.half_life_ms
        self._stands = rule.window_ms is None and rule.half_life_ms is None

    def _points_of(self, times: list[int], at_ms: int) -> float:
        """Of times in any order: `fsum` gives the same for each."""
        if self._window_ms is not None:
            opens = at_ms - self._window_ms
            times = [t for t in times if t > opens]
        half_life_ms = self._half_life_ms
        if half_life_ms is None:
            return len(times) * self._points
        return self._points * fsum([exp2((t - at_ms) / half_life_ms) for t in times])


class WindowCounter(_TimedCounter):
    """Every touch in `(t - window, t]`."""

    def empty(self) -> Windowed:
        return Windowed([])

    def count(self, counted: Windowed, at_ms: int, clock_ms: int, value_hash: int) -> int | None:
        closed = clock_ms - (self._window_ms or 0)
        times = counted.times
        if times and times[0] <= closed:
            del times[: bisect_right(times, closed)]
        if at_ms > closed:
            insort(times, at_ms)
        # Of one too late for the window the points were gained all the same, and lost since.
        return 0

    def worth(self, counted: Windowed, at_ms: int) -> int:
        return round(self._points_of(counted.times, at_ms))

    def unrounded(self, counted: Windowed, at_ms: int) -> float:
        return self._points_of(counted.times, at_ms)

    def times(self, counted: Windowed) -> list[int]:
        return counted.times

    def number(self, counted: Windowed) -> int:
        return len(counted.times)


class FirstCounter(_TimedCounter):
    """The earliest touch of all, or of each distinct value."""

    def empty(self) -> Firsts:
        return Firsts({})

    def count(self, counted: Firsts, at_ms: int, clock_ms: int, value_hash: int) -> int | None:
        first = counted.first_ms.get(value_hash)
        if first is not None and at_ms >= first:
            return None
        counted.first_ms[value_hash] = at_ms
        return first or 0

    def worth(self, counted: Firsts, at_ms: int) -> int:
        if self._stands:
            return len(counted.first_ms) * self._points
        return round(self._points_of(list(counted.first_ms.values()), at_ms))

    def unrounded(self, counted: Firsts, at_ms: int) -> float:
        return self._points_of(list(counted.first_ms.values()), at_ms)

    def times(self, counted: Firsts) -> list[int]:
        return sorted(counted.first_ms.values())

    def number(self, counted: Firsts) -> int:
        return len(counted.first_ms)


class DailyCounter(_TimedCounter):
    """The earliest n touches of each day."""

    def __init__(self, rule: Rule, day_of: Callable[[int], int]) -> None:
        super().__init__(rule)
        self._day_of, self._most = day_of, rule.repeat.per_day

    def empty(self) -> Daily:
        return Daily({})

    def count(self, counted: Daily, at_ms: int, clock_ms: int, value_hash: int) -> int | None:
        times = counted.times.setdefault(self._day_of(at_ms), [])
        if len(times) < self._most:
            insort(times, at_ms)
            return 0
        if at_ms >= times[-1]:
            return None
        last = times.pop()
        insort(times, at_ms)
        return last

    def worth(self, counted: Daily, at_ms: int) -> int:
        if self._stands:
            return self.number(counted) * self._points
        half_life_ms = self._half_life_ms
        if half_life_ms is None or self._window_ms is not None:
            return round(self.unrounded(counted, at_ms))
        fading = [exp2((t - at_ms) / half_life_ms) for times in counted.times.values() for t in times]
        return round(self._points * fsum(fading))

    def unrounded(self, counted: Daily, at_ms: int) -> float:
        return self._points_of([t for times in counted.times.values() for t in times], at_ms)

    def times(self, counted: Daily) -> list[int]:
        return sorted(t for times in counted.times.values() for t in times)

    def number(self, counted: Daily) -> int:
        return sum(map(len, counted.times.values()))
