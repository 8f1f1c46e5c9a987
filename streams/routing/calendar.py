"""Working time: when somebody is at work, and when so much of it has passed.

A day's working minutes are the policy's local ones, so a day on which clocks change has an hour more or less.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.routing_policy import Hours, Span
from schemas.units import DurationMs, Millis
from streams.moments import EPOCH, to_ms

LONGEST_DAYS = 400
"""A year and some: who is not at work within it never is."""


def midnight(ordinal: int) -> datetime:
    """A day's beginning, UTC."""
    return datetime.fromordinal(ordinal).replace(tzinfo=UTC)


class NeverOpen(ValueError):
    """No working time within a year: the hours are empty, or holidays and absence cover all."""


class Calendar:
    """The working time of one person or of the policy."""

    def __init__(
        self, hours: Hours, time_zone: str, holidays: tuple[int, ...] = (), absent: tuple[Span, ...] = ()
    ) -> None:
        self._hours, self.zone = hours, ZoneInfo(time_zone)
        self._holidays = frozenset(holidays)
        self._absent = tuple(sorted(absent, key=lambda span: span.begins_ms))
        self._spans_of = lru_cache(maxsize=1_024)(self._day)

    def is_open(self, at_ms: Millis) -> bool:
        """At work at this moment?"""
        if self._away(at_ms) is not None:
            return False
        if self._hours.always:
            return True
        day = self._local_day(at_ms)
        # A shift of yesterday may end today.
        return any(b <= at_ms < e for d in (day - 1, day) for b, e in self._spans_of(d))

    def next_open(self, at_ms: Millis) -> Millis:
        """This moment if at work, else the first after it. Raises NeverOpen."""
        for begins_ms, _ in self._stretches(at_ms):
            return begins_ms
        raise NeverOpen

    def after(self, start_ms: Millis, length_ms: DurationMs) -> Millis:
        """The moment at which so much working time has passed since `start_ms`. Raises NeverOpen."""
        left_ms, last_ms = length_ms, start_ms
        for begins_ms, ends_ms in self._stretches(start_ms):
            if left_ms <= ends_ms - begins_ms:
                return begins_ms + left_ms
            left_ms -= ends_ms - begins_ms
            last_ms = ends_ms
        raise NeverOpen(f"{left_ms} ms of working time are left at {last_ms}")

    def _stretches(self, at_ms: Millis) -> Iterator[tuple[Millis, Millis]]:
        """Working stretches from this moment on, the first cut at it, absence taken out; for a year."""
        if self._hours.always:
            limit_ms = at_ms + LONGEST_DAYS * 86_400_000
            yield from self._present(at_ms, limit_ms)
            return
        day = self._local_day(at_ms)
        done_ms = at_ms
        for ordinal in range(day - 1, day + LONGEST_DAYS):
            for begins_ms, ends_ms in self._spans_of(ordinal):
                if ends_ms > done_ms:
                    yield from self._present(max(begins_ms, done_ms), ends_ms)
                    done_ms = ends_ms

    def _present(self, begins_ms: Millis, ends_ms: Millis) -> Iterator[tuple[Millis, Millis]]:
        for span in self._absent:
            if span.ends_ms <= begins_ms or span.begins_ms >= ends_ms:
                continue
            if span.begins_ms > begins_ms:
                yield begins_ms, span.begins_ms
            begins_ms = span.ends_ms
            if begins_ms >= ends_ms:
                return
        yield begins_ms, ends_ms

    def _away(self, at_ms: Millis) -> Span | None:
        place = bisect_right(self._absent, at_ms, key=lambda span: span.begins_ms)
        return next((span for span in self._absent[:place] if at_ms < span.ends_ms), None)

    def _local_day(self, at_ms: Millis) -> int:
        return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(self.zone).toordinal()

    def _day(self, ordinal: int) -> tuple[tuple[Millis, Millis], ...]:
        """The working stretches that begin on a day, in order, those that touch joined."""
        day = date.fromordinal(ordinal)
        if ordinal in self._holidays:
            return ()
        found: list[tuple[Millis, Millis]] = []
        for shift in self._hours.shifts:
            if day.weekday() in shift.days:
                closes = shift.closes if shift.closes > shift.opens else shift.closes + 24 * 60
                found.append((self._moment(day, shift.opens), self._moment(day, closes)))
        joined: list[tuple[Millis, Millis]] = []
        for begins_ms, ends_ms in sorted(found):
            if joined and begins_ms <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], ends_ms)
            elif ends_ms > begins_ms:
                joined.append((begins_ms, ends_ms))
        return tuple(joined)

    def _moment(self, day: date, minute: int) -> Millis:
        """Of a local minute; one that the clock leaves out in spring is the moment of the change and after."""
        days, minute = divmod(minute, 24 * 60)
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        return to_ms((local + timedelta(days=days)).astimezone(UTC))

    def sure(self, start_ms: Millis, length_ms: DurationMs) -> Millis:
        """As `after`; around the clock where no working time is in sight: a lead is never left without a moment."""
        try:
            return self.after(start_ms, length_ms)
        except NeverOpen:
            return start_ms + length_ms

    def sure_open(self, at_ms: Millis) -> Millis:
        """As `next_open`; where no working time is in sight, the moment itself."""
        try:
            return self.next_open(at_ms)
        except NeverOpen:
            return at_ms

    def local(self, at_ms: Millis) -> datetime:
        """The moment on the policy's clock."""
        return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(self.zone)
