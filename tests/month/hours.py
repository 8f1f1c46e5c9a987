"""Working time, worked out once more: a list of stretches, by nothing of the product."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Stretch = tuple[int, int]
"""Begin and end, ms."""
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def local_ms(day: date, minute: int, zone: ZoneInfo) -> int:
    """The moment of a local minute; 1440 is the next midnight."""
    day, minute = day + timedelta(days=minute // 1440), minute % 1440
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return round(local.astimezone(UTC).timestamp() * 1000)


class WorkingTime:
    """Of somebody, over some months."""

    def __init__(self, stretches: Iterable[Stretch], away: Iterable[Stretch] = ()) -> None:
        joined: list[Stretch] = []
        for begin, end in sorted(stretches):
            if joined and begin <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], end)
            else:
                joined.append((begin, end))
        for gone, back in away:
            joined = [part for one in joined for part in _without(one, gone, back)]
        self.stretches = joined

    def open_at(self, at_ms: int) -> bool:
        """At work?"""
        place = bisect_right(self.stretches, (at_ms, 2**62)) - 1
        return place >= 0 and at_ms < self.stretches[place][1]

    def open_within(self, from_ms: int, to_ms: int) -> bool:
        """At work at some moment from one to another?"""
        return self.next_open(from_ms) <= to_ms

    def next_open(self, at_ms: int) -> int:
        """This moment, or the first after it."""
        place = max(0, bisect_right(self.stretches, (at_ms, 2**62)) - 1)
        return next(max(begin, at_ms) for begin, end in self.stretches[place:] if end > at_ms)

    def after(self, at_ms: int, length_ms: int) -> int:
        """When so much of it has passed."""
        place = max(0, bisect_right(self.stretches, (at_ms, 2**62)) - 1)
        for begin, end in self.stretches[place:]:
            left_ms = end - max(begin, at_ms)
            if left_ms > 0:
                if length_ms <= left_ms:
                    return max(begin, at_ms) + length_ms
                length_ms -= left_ms
        raise ValueError("the calendar ends")


def _without(one: Stretch, gone: int, back: int) -> list[Stretch]:
    return [(b, e) for b, e in ((one[0], min(one[1], gone)), (max(one[0], back), one[1])) if b < e]
