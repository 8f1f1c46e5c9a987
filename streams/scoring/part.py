"""A part of an engagement that time alone moves: what one rule has counted, seen from a moment on."""

from bisect import bisect_right
from math import exp2
from typing import Any

from schemas.units import LATEST_MS
from streams.scoring.counting import Counter
from streams.scoring.engagement import limited

GONE_AFTER = 64
"""Half-lives after which points of any size are less than a micro-point."""

FOR_EVER = 1 << 62


class Part:
    """What decays is worth `whole * 2^-(t / half-life)` until something leaves its window: one power for all of it.

    That sum differs from the rule's own by far less than a micro-point; where it might round otherwise, the rule is
    asked. So both say the same always.
    """

    def __init__(self, counter: Counter, counted: Any, start_ms: int) -> None:
        rule = counter.rule
        self.plus, self.group = rule.points > 0, counter.group
        self.half_life_ms, self.window_ms = rule.half_life_ms, rule.window_ms
        self._counter, self._counted, self._start_ms, self._limit = counter, counted, start_ms, counter.limit
        self._whole = counter.unrounded(counted, start_ms)
        self.worth = limited(round(self._whole), counter.limit)
        """Micro-points at the start, its limit applied."""
        self.closes_ms = FOR_EVER
        """When the first of what it counts leaves its window."""
        if self.window_ms is not None:
            times = counter.times(counted)
            place = bisect_right(times, start_ms - self.window_ms)
            self.closes_ms = times[place] + self.window_ms if place < len(times) else FOR_EVER

    def at(self, at_ms: int) -> int:
        """Micro-points at a moment from the start on, its limit applied."""
        if at_ms < self.closes_ms:
            if self.half_life_ms is None:
                return self.worth
            points = self._whole * exp2((self._start_ms - at_ms) / self.half_life_ms)
            rounded, limit = round(points), self._limit
            if abs(abs(points - rounded) - 0.5) > 1e-6 + abs(points) * 1e-12:
                return rounded if limit is None or -limit <= rounded <= limit else limited(rounded, limit)
        return limited(self._counter.worth(self._counted, at_ms), self._limit)

    @property
    def end_ms(self) -> int:
        """From here on it is worth what it will be for ever."""
        ends = []
        if self.window_ms is not None:
            ends.append(max(self._counter.times(self._counted), default=self._start_ms) + self.window_ms)
        if self.half_life_ms is not None:
            ends.append(self._start_ms + GONE_AFTER * self.half_life_ms)
        return min(ends, default=LATEST_MS)
