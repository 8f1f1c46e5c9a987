"""Engagement as time alone moves it: between two dates each part of plus points only falls, of minus points only rises.

A part is a rule that decays or closes, or a burst; what stands is summed once.
"""

from bisect import bisect_right
from collections.abc import Callable
from math import exp2, log

from schemas.lead_state import LeadState
from schemas.units import LATEST_MS
from streams.judge import Judge
from streams.scoring.engagement import limited, shut
from streams.scoring.part import FOR_EVER, Part
from streams.scoring.velocity import burst_counts

LN2 = log(2)
TANGENTS, NEAR = 6, 0.99
"""At most so many, and until so much of the gap is lost: what is left of it is a timer that comes a little early."""


class Falling:
    """Of one lead from a moment on, as long as no gate opens or shuts."""

    def __init__(self, state: LeadState, judge: Judge, start_ms: int) -> None:
        self._start_ms = start_ms
        self._groups, self._limit = judge.groups, judge.model.limit
        self._standing, self._standing_of = 0, dict[str, int]()
        self._parts: list[Part] = []
        self._bursts: list[tuple[int, int]] = []
        """(end, points) of those in force."""
        for name, counted in state.rules.items():
            if judge.gated and shut(name, state, judge, start_ms):
                continue
            counter = judge.counters[name]
            if counter.rule.half_life_ms is not None or counter.rule.window_ms is not None:
                self._parts.append(Part(counter, counted, start_ms))
            elif counter.group:
                stands = limited(counter.worth(counted, start_ms), counter.limit)
                self._standing_of[counter.group] = self._standing_of.get(counter.group, 0) + stands
            else:
                self._standing += limited(counter.worth(counted, start_ms), counter.limit)
        for name, seen in state.bursts.items():
            if seen.fired and burst_counts(judge.bursts[name], seen, start_ms):
                self._bursts.append((seen.fired[-1] + judge.bursts[name].lasts_ms, judge.bursts[name].points))

    @property
    def moves(self) -> bool:
        """Will it ever be otherwise than at its start?"""
        return bool(self._parts or self._bursts)

    @property
    def only_falls(self) -> bool:
        """Are all points that time takes plus points?"""
        return all(part.plus for part in self._parts) and all(points > 0 for _, points in self._bursts)

    def at(self, at_ms: int) -> int:
        """Micro-points at a moment: what `engagement` says."""
        return self._sum(at_ms, at_ms)

    def between(self, first_ms: int, last_ms: int) -> tuple[int, int]:
        """The least and the most it can be from one moment to another, both included."""
        low = self._sum(last_ms, first_ms)
        return low, low if first_ms == last_ms else self._sum(first_ms, last_ms)

    def _sum(self, plus_ms: int, minus_ms: int) -> int:
        """Parts of plus points as of one moment, those of minus points as of another."""
        total, groups = self._standing, self._standing_of.copy()
        for part in self._parts:
            points, group = part.at(plus_ms if part.plus else minus_ms), part.group
            if group:
                groups[group] = groups.get(group, 0) + points
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
        ends = [self._start_ms, *(end_ms for end_ms, _ in self._bursts), *(part.end_ms for part in self._parts)]
        return min(max(ends), LATEST_MS)

    def first_under(self, line: int, high_ms: int, low_ms: int) -> int:
        """Of what only falls, the first moment under a line: it is not yet at `high_ms`, and is at `low_ms`.

        By false position on logarithms, for one decay alone is a straight line there; where that is slow, by halves.
        """

        def over(at_ms: int) -> float:
            points = self.at(at_ms)
            return log((points + 0.5) / line) if points > 0 < line else points + 0.5 - line

        above, below, turn, stayed = over(high_ms), over(low_ms), 0, 0
        while low_ms - high_ms > 1:
            turn += 1
            share = 0.5 if turn % 4 == 0 else above / (above - below)
            at_ms = min(max(high_ms + int((low_ms - high_ms) * share), high_ms + 1), low_ms - 1)
            found = over(at_ms)
            if found > 0:
                high_ms, above = at_ms, found
                below, stayed = (below / 2 if stayed > 0 else below), 1
            else:
                low_ms, below = at_ms, found
                above, stayed = (above / 2 if stayed < 0 else above), -1
        return low_ms

    def stays(self, floor: int | None, ceiling: int | None) -> int:
        """A moment before which it is at least `floor` and under `ceiling` for sure, cheaply; 0: for ever.

        What decays loses ever more slowly, so a tangent to the loss meets the gap too early, and each next tangent less
        so; no limit makes a loss greater; what closes is whole until then. So each moment is early at worst.
        """
        now = self.at(self._start_ms)
        down = self._holds(now - floor, plus=True) if floor is not None else 0
        up = self._holds(ceiling - 1 - now, plus=False) if ceiling is not None else 0
        return min((moment for moment in (down, up) if moment), default=0)

    def _holds(self, gap: int, *, plus: bool) -> int:
        """When the parts of one sign may have lost more than the gap; 0: never."""
        decaying, closing, next_ms = list[tuple[int, int]](), 0, 0
        for part in self._parts:
            if part.plus is not plus:
                continue
            worth = abs(part.worth)
            if part.half_life_ms is not None:
                decaying.append((worth, part.half_life_ms))
            else:
                closing += worth
            if part.closes_ms != FOR_EVER:
                next_ms = min(next_ms or LATEST_MS, part.closes_ms)
        for end_ms, points in self._bursts:
            if (points > 0) is plus:
                closing += abs(points)
                next_ms = min(next_ms or LATEST_MS, end_ms)
        # Each part is rounded when read: half a micro-point now, and half a one then.
        gap -= len(self._parts)
        most = sum([worth for worth, _ in decaying])
        if most + closing <= gap:
            return 0
        if most <= max(gap, 0):
            return next_ms
        met_ms = self._start_ms + (max(1, int(_lost(decaying, most, gap))) if gap > 0 else 1)
        return min(met_ms, next_ms) if next_ms else met_ms


def _lost(decaying: list[tuple[int, int]], most: int, gap: int) -> float:
    """Milliseconds in which parts of so much worth and such half-lives have lost the gap, or a little less."""
    passed_ms, left = 0.0, float(most)
    for _ in range(TANGENTS):
        slope = LN2 * sum([worth * exp2(-passed_ms / half_life_ms) / half_life_ms for worth, half_life_ms in decaying])
        passed_ms += (gap - most + left) / slope
        left = sum([worth * exp2(-passed_ms / half_life_ms) for worth, half_life_ms in decaying])
        if most - left > gap * NEAR:
            break
    return passed_ms


def first_fall(falling: Falling, first_ms: int, last_ms: int, lines: list[int], differs: Callable[[int], bool]) -> int:
    """The first moment of a stretch at which something differs, where engagement only falls; 0: none.

    `lines`: ascending; nothing differs between two moments with no line between them.
    """
    lowest = falling.at(last_ms)
    while not differs(first_ms):
        place = bisect_right(lines, falling.at(first_ms))
        if not place or lines[place - 1] <= lowest:
            return 0
        first_ms = falling.first_under(lines[place - 1], first_ms, last_ms)
    return first_ms


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
