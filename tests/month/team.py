"""The twenty who sell, the promise they gave, and the policy that says so."""

from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from tests.month.hours import DAY_MS, HOUR_MS, Stretch, WorkingTime, local_ms

ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2026, 3, 16)
"""A Monday; clocks change on the 29th, and Easter is on the 5th of April."""
HOLIDAYS = (date(2026, 4, 3), date(2026, 4, 6))
CALENDAR_DAYS = 150
WITHIN_MS, REMIND_MS, ESCALATE_MS, REASSIGN_MS, MOST_ANEW = 4 * HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 6 * HOUR_MS, 2
TELL_MS = 8 * HOUR_MS
CHANNELS = ("call", "messenger", "email", "call", "messenger")
MANAGER, PARTNER, QUEUE = "dina", "incubator", "voicemail"
EUROPE, WEST, EAST, LARGE, SHARED = "europe", "west", "east", "large", "hotline"
"""Teams; the shares of the last are weighed: always at work, and as many leads as come."""
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Shift(Struct, frozen=True):
    """Of a zone, by the policy's clock; one that ends before it begins spans midnight."""

    days: str
    opens: int
    closes: int

    @property
    def text(self) -> str:
        """As the policy writes it."""
        return f"{{{self.days}: {_clock(self.opens)}-{_clock(self.closes)}}}" if self.days else "always"

    def stretches(self) -> list[Stretch]:
        """All of it, holidays left out."""
        days = [FIRST_DAY + timedelta(days=number) for number in range(-10, CALENDAR_DAYS)]
        if not self.days:
            return [(local_ms(days[0], 0, ZONE), local_ms(days[-1], 0, ZONE))]
        first, _, last = self.days.partition("-")
        start, count = WEEK.index(first), (WEEK.index(last) - WEEK.index(first)) % 7 + 1
        closes = self.closes + (1440 if self.closes <= self.opens else 0)
        return [
            (local_ms(day, self.opens, ZONE), local_ms(day, closes, ZONE))
            for day in days
            if (day.weekday() - start) % 7 < count and day not in HOLIDAYS
        ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


BERLIN = Shift("mon-fri", 9 * 60, 18 * 60)
LISBON = Shift("mon-fri", 10 * 60, 19 * 60)
ALMATY = Shift("mon-fri", 5 * 60, 14 * 60)
TORONTO = Shift("mon-fri", 15 * 60, 24 * 60)
NIGHT = Shift("sun-thu", 22 * 60, 6 * 60)
WEEKEND = Shift("sat-sun", 8 * 60, 20 * 60)
ALWAYS = Shift("", 0, 0)


class Seller(Struct, frozen=True, kw_only=True):
    """Somebody who gets leads. Days count from the first of the month, the last is one of them."""

    name: str
    team: str
    shift: Shift
    weight: int = 1
    capacity: int | None = 20
    absent: tuple[int, int] | None = None
    """By the policy."""
    sick: tuple[int, int] | None = None
    """Reported when it begins."""
    skills: tuple[str, ...] = ()

    @property
    def by_policy(self) -> WorkingTime:
        """Hours, holidays, absences of the policy."""
        return _working(self.shift, (self.absent,))

    @property
    def really(self) -> WorkingTime:
        """And what was reported."""
        return _working(self.shift, (self.absent, self.sick))

    @property
    def line(self) -> str:
        """Of the policy."""
        parts = [f"role: {self.team}", f"weight: {self.weight}", f"hours: {self.shift.text}"]
        parts += [f"capacity: {self.capacity}"] if self.capacity is not None else []
        if self.absent:
            first, last = (FIRST_DAY + timedelta(days=day) for day in self.absent)
            parts.append(f"absent: [{first} to {last}]")
        parts += [f"skills: [{', '.join(self.skills)}]"] if self.skills else []
        return f"  {self.name}: {{{', '.join(parts)}}}"


@cache
def _working(shift: Shift, away: tuple[tuple[int, int] | None, ...]) -> WorkingTime:
    return WorkingTime(shift.stretches(), [_days(*span) for span in away if span])


def _days(first: int, last: int) -> Stretch:
    return day_ms(first), day_ms(last + 1)


def day_ms(day: float) -> int:
    """The local midnight of a day of the month, and the part of it that has passed."""
    return local_ms(FIRST_DAY + timedelta(days=int(day)), 0, ZONE) + round(day % 1 * DAY_MS)


SELLERS = {
    seller.name: seller
    for seller in (
        Seller(name="ann", team=EUROPE, shift=BERLIN, weight=2, capacity=34, skills=("english",)),
        Seller(name="bob", team=EUROPE, shift=BERLIN, sick=(8, 10)),
        Seller(name="cleo", team=EUROPE, shift=LISBON, skills=("english",)),
        Seller(name="dirk", team=EUROPE, shift=LISBON, weight=2, capacity=30, absent=(14, 20)),
        Seller(name="eve", team=EUROPE, shift=BERLIN, capacity=10),
        Seller(name="finn", team=EUROPE, shift=WEEKEND, capacity=15, skills=("english",)),
        Seller(name="gwen", team=WEST, shift=TORONTO, weight=2, capacity=34),
        Seller(name="hugo", team=WEST, shift=TORONTO, sick=(1, 2)),
        Seller(name="ines", team=WEST, shift=TORONTO, capacity=14, absent=(21, 22)),
        Seller(name="jack", team=WEST, shift=NIGHT, capacity=26),
        Seller(name="kira", team=EAST, shift=ALMATY, weight=2, capacity=34),
        Seller(name="lena", team=EAST, shift=ALMATY, absent=(4, 9)),
        Seller(name="marat", team=EAST, shift=ALMATY),
        Seller(name="nura", team=EAST, shift=NIGHT, capacity=26, sick=(16, 18)),
        Seller(name="omar", team=SHARED, shift=ALWAYS, weight=3, capacity=None),
        Seller(name="pia", team=SHARED, shift=ALWAYS, weight=2, capacity=None),
        Seller(name="quinn", team=SHARED, shift=ALWAYS, weight=1, capacity=None),
        Seller(name="rosa", team=LARGE, shift=BERLIN, capacity=26),
        Seller(name="sven", team=LARGE, shift=LISBON, capacity=26, sick=(11, 12)),
        Seller(name=MANAGER, team="managers", shift=BERLIN, capacity=30),
    )
}
OFFICE = WorkingTime(BERLIN.stretches())
"""The policy's own working time: the promise counts in it."""


class Plan(Struct, frozen=True):
    """How long the month is, and what of the policy follows from it."""

    days: float
    gaps_h: tuple[int, ...]
    again_h: int

    @property
    def offsets_ms(self) -> list[int]:
        """Of each planned attempt from the assignment."""
        return [sum(self.gaps_h[:number]) * HOUR_MS for number in range(len(CHANNELS))]

    @property
    def begins_ms(self) -> int:
        """Monday at eight: nobody begins on a Sunday night."""
        return day_ms(8 / 24)

    @property
    def ends_ms(self) -> int:
        """Nothing happens later."""
        return self.begins_ms + round(self.days * DAY_MS)

    @property
    def policy(self) -> str:
        """The document."""
        people = "\n".join(seller.line for seller in SELLERS.values())
        teams = "\n".join(
            f"  {team}: {{members: [{', '.join(s.name for s in SELLERS.values() if s.team == team)}], "
            f"share: {'fewest open' if team == LARGE else 'by weight'}, lead: {MANAGER}}}"
            for team in (EUROPE, WEST, EAST, LARGE, SHARED)
        )
        return f"""routing: month
version: 1
time_zone: {ZONE.key}
hours: {BERLIN.text}
holidays: [{", ".join(map(str, HOLIDAYS))}]
people:
{people}
teams:
{teams}
partners: {{{PARTNER}: {{gets: [contacts, need]}}}}
rules:
  - {{name: too small, if: {{headcount: 20 to 30}}, to: partner {PARTNER}}}
  - {{name: called the hotline, if: {{city: Hotline}}, to: team {SHARED}}}
  - {{name: call at night, if: {{channel: call, time: 21:00-06:00}}, to: queue {QUEUE}, task: call back at opening}}
  - {{name: large, if: {{headcount: 500 or more}}, to: team {LARGE}, priority: +10}}
  - {{name: west, if: {{city: Toronto}}, to: team {WEST}}}
  - {{name: east, if: {{city: Almaty}}, to: team {EAST}}}
  - {{name: english, if: {{city: London}}, to: team {EUROPE}, needs: [english]}}
  - {{name: everyone, to: team {EUROPE}}}
when nobody is free:
  hold: until someone is
  order: [SQL first, priority, time left]
  tell: {MANAGER}, when oldest waits over {TELL_MS // HOUR_MS}h
respond:
  within: {WITHIN_MS // HOUR_MS}h, in business hours
  remind: owner, at {REMIND_MS // HOUR_MS}h
  escalate: lead, at {ESCALATE_MS // HOUR_MS}h
  reassign: {EUROPE}, at {REASSIGN_MS // HOUR_MS}h, at most {MOST_ANEW} times
follow up:
  touches: {len(CHANNELS)}
  gaps: [{", ".join(f"{gap}h" for gap in self.gaps_h)}]
  channels: [{", ".join(CHANNELS)}]
  stop on: [reply, meeting, refusal, unsubscribe]
  then: {{stage: inactive, task: nurture, try again in: {self.again_h}h}}
"""


WHOLE = Plan(days=30, gaps_h=(24, 72, 120, 168), again_h=240)
SHORT = Plan(days=3, gaps_h=(3, 6, 9, 12), again_h=12)
