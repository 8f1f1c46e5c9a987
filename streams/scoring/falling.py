"""Engagement as time alone moves it: between two dates each part of plus points only falls, of minus points only rises.

A part is a rule that decays or closes, or a burst; what stands is summed once.
"""

from bisect import bisect_right
from collections.abc import Callable
from math import log2
from typing import Any

from schemas.lead_state import LeadState
from schemas.units import LATEST_MS
from streams.judge import Judge
from streams.scoring.counting import Counter
from streams.scoring.engagement import limited, shut
from streams.scoring.velocity import burst_counts

GONE_AFTER = 64
"""Half-lives after which points of any size are less than a micro-point."""


class Falling:
    """Of one lead from a moment on, as long as no gate opens or shuts."""

    def __init__(self, state: LeadState, judge: Judge, start_ms: int) -> None:
        self._start_ms = start_ms
        self._groups, self._limit = judge.groups, judge.model.limit
        self._standing, self._standing_of = 0, dict[str, int]()
        self._moving: list[tuple[Counter, Any, bool]] = []
        """With what each has counted, and whether its points are plus points."""
        self._bursts: list[tuple[int, int]] = []
        """(end, points) of those in force."""
        self._worth: list[int] = []
        """Of the moving ones at the start, their own limits applied."""
        for name, counted in state.rules.items():
            if judge.gated and shut(name, state, judge, start_ms):
                continue
            counter = judge.counters[name]
            worth = limited(counter.worth(counted, start_ms), counter.limit)
            if counter.rule.half_life_ms is not None or counter.rule.window_ms is not None:
                self._moving.append((counter, counted, counter.rule.points > 0))
                self._worth.append(worth)
            elif counter.group:
                self._standing_of[counter.group] = self._standing_of.get(counter.group, 0) + worth
            else:
                self._standing += worth
        for name, seen in state.bursts.items():
            if seen.fired and burst_counts(judge.bursts[name], seen, start_ms):
                self._bursts.append((seen.fired[-1] + judge.bursts[name].lasts_ms, judge.bursts[name].points))
        self._one_way = all(plus for _, _, plus in self._moving) and all(points > 0 for _, points in self._bursts)
        """It only falls."""
        self._known: dict[int, int] = {}
        """What was worked out already, by its moment."""

    @property
    def moves(self) -> bool:
        """Will it ever be otherwise than at its start?"""
        return bool(self._moving or self._bursts)

    def at(self, at_ms: int) -> int:
        """Micro-points at a moment: what `engagement` says."""
        known = self._known.get(at_ms)
        if known is None:
            known = self._known[at_ms] = self._sum(at_ms, at_ms)
        return known

    def between(self, first_ms: int, last_ms: int) -> tuple[int, int]:
        """The least and the most it can be from one moment to another, both included."""
        if self._one_way or first_ms == last_ms:
            return self.at(last_ms), self.at(first_ms)
        return self._sum(last_ms, first_ms), self._sum(first_ms, last_ms)

    def _sum(self, plus_ms: int, minus_ms: int) -> int:
        """Parts of plus points as of one moment, those of minus points as of another."""
        start_ms, total, groups = self._start_ms, self._standing, self._standing_of.copy()
        for (counter, counted, plus), now in zip(self._moving, self._worth, strict=True):
            at_ms = plus_ms if plus else minus_ms
            points = now if at_ms == start_ms else limited(counter.worth(counted, at_ms), counter.limit)
            if counter.group:
                groups[counter.group] = groups.get(counter.group, 0) + points
            else:
                total += points
        for group, points in groups.items():
            total += limited(points, self._groups.get(group))
        for end_ms, points in self._bursts:
            total += points if (plus_ms if points > 0 else minus_ms) < end_ms else 0
        return limited(total, self._limit)

    @property
    def end_ms(self) -> int:
        """From here on it is as it will be for ever."""
        ends = [self._start_ms, *(end_ms for end_ms, _ in self._bursts)]
        for counter, counted, _ in self._moving:
            window_ms, half_life_ms = counter.rule.window_ms, counter.rule.half_life_ms
            closed = max(counter.times(counted), default=self._start_ms) + window_ms if window_ms is not None else None
            gone = self._start_ms + GONE_AFTER * half_life_ms if half_life_ms is not None else None
            ends.append(min(end for end in (closed, gone) if end is not None))
        return min(max(ends), LATEST_MS)

    def stays(self, floor: int | None, ceiling: int | None) -> int:
        """A moment before which it is at least `floor` and under `ceiling` for sure, cheaply; 0: for ever.

        What decays loses at most `1 - 2^-(t / shortest half-life)` of what it is worth, and no limit makes a loss
        greater; what closes is whole until then. So each moment is early at worst.
        """
        now = self.at(self._start_ms)
        down = self._holds(now - floor, plus=True) if floor is not None else 0
        up = self._holds(ceiling - 1 - now, plus=False) if ceiling is not None else 0
        return min((moment for moment in (down, up) if moment), default=0)

    def _holds(self, gap: int, *, plus: bool) -> int:
        """When the parts of one sign may have lost more than the gap; 0: never."""
        decaying, closing, shortest_ms, next_ms = 0, 0, 0, 0
        for (counter, counted, is_plus), now in zip(self._moving, self._worth, strict=True):
            if is_plus is not plus:
                continue
            half_life_ms, window_ms, worth = counter.rule.half_life_ms, counter.rule.window_ms, abs(now)
            if half_life_ms is not None:
                decaying += worth
                shortest_ms = min(shortest_ms or half_life_ms, half_life_ms)
            else:
                closing += worth
            if window_ms is not None:
                times = counter.times(counted)
                place = bisect_right(times, self._start_ms - window_ms)
                if place < len(times):
                    next_ms = min(next_ms or LATEST_MS, times[place] + window_ms)
        for end_ms, points in self._bursts:
            if (points > 0) is plus:
                closing += abs(points)
                next_ms = min(next_ms or LATEST_MS, end_ms)
        # Each part is rounded when read: half a micro-point now, and half a one then.
        gap -= len(self._moving)
        if decaying + closing <= gap:
            return 0
        if decaying <= max(gap, 0):
            return next_ms
        left = 1 - gap / decaying
        met_ms = self._start_ms + (max(1, int(-log2(left) * shortest_ms)) if gap > 0 else 1)
        return min(met_ms, next_ms) if next_ms else met_ms


def first_in(
    falling: Falling, first_ms: int, last_ms: int, rank: Callable[[int], int], differs: Callable[[int], bool], most: int
) -> int:
    """The first moment of a stretch at which something differs; 0: none.

    `rank`: of an engagement, so that nothing differs between two of one rank. Where engagement rises and falls at once,
    halving may not end in time: after so many steps a moment before the first is given.
    """
    known, stretches = -1, [(first_ms, last_ms)]
    while stretches:
        first_ms, last_ms = stretches.pop()
        low, high = falling.between(first_ms, last_ms)
        place = rank(low)
        if place == rank(high):
            if place != known:
                if differs(first_ms):
                    return first_ms
                known = place
            continue
        most -= 1
        if most < 0:
            return first_ms
        middle_ms = (first_ms + last_ms) // 2
        stretches += [(middle_ms + 1, last_ms), (first_ms, middle_ms)]
    return 0
