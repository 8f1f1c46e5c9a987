"""The scoring by its definitions: slow, plain, from the whole history each time; written apart from the fold.

Nothing is counted ahead. Every number is worked out anew from all touches and facts, decay with fifty digits.
"""

from datetime import datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from schemas import condition as c
from schemas.lead_event import FactLearned, LeadEvent, TouchSeen
from schemas.scoring_model import Burst, Criterion, Rule, ScoringModel, Surge
from tests.pure.naive_values import as_number, as_text, as_yes_no, like_any, tested

FIFTY = Context(prec=50)
DAYS_1970 = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 (a number of a day, in no zone)
PACE_HALF_LIFE_MS = 3 * 24 * 3_600_000


@lru_cache(maxsize=100_000)
def faded(age_ms: int, half_life_ms: int) -> Decimal:
    return FIFTY.power(Decimal(2), FIFTY.divide(Decimal(-age_ms), Decimal(half_life_ms)))


class Naive:
    """One lead under one model: what happened to it so far, and questions about a moment."""

    def __init__(self, model: ScoringModel, events: list[LeadEvent], at_ms: int) -> None:
        self.model, self.at_ms, self.zone = model, at_ms, ZoneInfo(model.time_zone)
        first: dict[tuple[type, str], LeadEvent] = {}
        for event in events:
            first.setdefault((type(event), event.id), event)
        self.touches = sorted(
            (e for e in first.values() if isinstance(e, TouchSeen) and e.direction == "in"), key=lambda e: e.at_ms
        )
        self.facts = [e for e in first.values() if isinstance(e, FactLearned)]

    # What they do.

    def lines(self) -> list[tuple[Rule, str]]:
        """Each rule as everybody has it, and as each campaign has it."""
        names = ["", *(campaign.name for campaign in self.model.campaigns)]
        return [(rule, name) for rule in self.model.rules for name in names if not name or rule.name in self._of(name)]

    def _of(self, campaign: str) -> dict[str, int]:
        return next(one.points for one in self.model.campaigns if one.name == campaign)

    def points(self, rule: Rule, campaign: str) -> int:
        return self._of(campaign)[rule.name] if campaign else rule.points

    def counted(self, rule: Rule, campaign: str) -> list[int]:
        """Times of the touches that a line rests on, windows aside."""
        matching = [t for t in self.touches if self._counts(rule, t) and self._campaign(rule, t) == campaign]
        repeat, kept, taken = rule.repeat, [], dict[Any, int]()
        for touch in matching:
            if repeat.once:
                key, most = "ever", 1
            elif repeat.per_prop:
                key, most = str(touch.props.get(repeat.per_prop, "")), 1
            elif repeat.per_day:
                key, most = str(self._day(touch.at_ms)), repeat.per_day
            else:
                key, most = "all", 10**9
            taken[key] = taken.get(key, 0) + 1
            if taken[key] <= most:
                kept.append(touch.at_ms)
        return kept

    def _counts(self, rule: Rule, touch: TouchSeen) -> bool:
        fields = (
            (rule.page, touch.page), (rule.channel, touch.channel),
            (rule.source, touch.source), (rule.campaign, touch.campaign),
        )  # fmt: skip
        return (
            touch.kind in rule.when
            and all(not wanted or like_any(wanted, said) for wanted, said in fields)
            and (rule.where is None or self._fits(rule.where, touch))
        )

    def _campaign(self, rule: Rule, touch: TouchSeen) -> str:
        for one in self.model.campaigns:
            lasts = one.until_ms is None or touch.at_ms < one.until_ms
            if one.name.lower() == touch.campaign.lower() and lasts and rule.name in one.points:
                return one.name
        return ""

    def _day(self, at_ms: int) -> int:
        utc = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(milliseconds=at_ms)
        return utc.astimezone(self.zone).date().toordinal() - DAYS_1970

    def worth(self, rule: Rule, campaign: str) -> Decimal:
        """Micro-points of a line before limits, not rounded."""
        if rule.gate is not None and self.holds(rule.gate) is not True:
            return Decimal(0)
        total = Decimal(0)
        for at_ms in self.counted(rule, campaign):
            if rule.window_ms is None or self.at_ms - rule.window_ms < at_ms <= self.at_ms:
                whole = Decimal(self.points(rule, campaign))
                age = self.at_ms - at_ms
                total += whole if rule.half_life_ms is None else FIFTY.multiply(whole, faded(age, rule.half_life_ms))
        return total

    def engagement(self) -> Decimal:
        sums: dict[str, Decimal] = {}
        for rule, campaign in self.lines():
            bounded = within(self.worth(rule, campaign), rule.limit)
            sums[rule.group] = sums.get(rule.group, Decimal(0)) + bounded
        total = sum(
            (within(s, self.model.groups.get(group) if group else None) for group, s in sums.items()), Decimal()
        )
        total += sum(burst.points for burst in self.model.bursts if self.bursting(burst))
        return within(total, self.model.limit)

    def bursting(self, burst: Burst) -> bool:
        times = [t.at_ms for t in self.touches if t.kind in burst.of]
        over = None
        for i, at_ms in enumerate(times):
            enough = sum(1 for t in times[: i + 1] if t > at_ms - burst.within_ms) >= burst.count
            if enough and (over is None or at_ms >= over):
                over = at_ms + burst.lasts_ms
        return over is not None and self.at_ms < over

    def gains(self) -> list[tuple[int, int]]:
        """Gross points by the time they were gained."""
        return [
            (at_ms, self.points(rule, campaign))
            for rule, campaign in self.lines()
            if self.points(rule, campaign) > 0
            for at_ms in self.counted(rule, campaign)
        ]

    def surging(self, surge: Surge) -> bool:
        return sum(p for t, p in self.gains() if t > self.at_ms - surge.within_ms) >= surge.gain

    def pace(self) -> Decimal:
        return sum((Decimal(p) * faded(self.at_ms - t, PACE_HALF_LIFE_MS) for t, p in self.gains()), Decimal(0))

    def campaign(self) -> str:
        """Of the latest touch that carries one."""
        return max(((t.at_ms, t.campaign) for t in self.touches if t.campaign), default=(0, ""))[1]

    # Who they are.

    def fact(self, name: str) -> Any:
        """What the most trusted source said last."""
        said = sorted((e.at_ms, e.id, e.by, e.facts[name]) for e in self.facts if name in e.facts)
        last = {by: (at_ms, id_, value) for at_ms, id_, by, value in said}
        for by in self.model.trust:
            if by in last:
                return self._typed(name, last[by][2])
        return self._typed(name, max(last.values())[2]) if last else None

    def _typed(self, name: str, value: Any) -> Any:
        kind = next((f.type for f in self.model.facts if f.name == name), "text")
        return {"number": as_number, "yes-no": as_yes_no, "date": self._date, "text": as_text, "scale": as_text}[kind](
            value
        )

    def _date(self, value: Any) -> int | None:
        if not isinstance(value, str):
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        try:
            return int(datetime.fromisoformat(value).replace(tzinfo=self.zone).timestamp()) * 1000
        except ValueError:
            return None

    def fit(self) -> int:
        return sum(self._earned(one) for one in (*self.model.primary, *self.model.secondary))

    def _earned(self, one: Criterion) -> int:
        if one.by_value:
            return one.by_value.get(self.fact(one.fact), 0)
        return one.points if self._met(one) is True else 0

    def _met(self, one: Criterion) -> bool | None:
        if one.where is not None:
            return self.holds(one.where)
        assert one.test is not None
        return self.holds(c.FactIs(one.fact, one.test))

    def failed(self) -> list[str]:
        return [one.name for one in self.model.primary if not one.by_value and self._met(one) is False]

    def completeness(self) -> int:
        return sum(weight for name, weight in self.model.completeness.items() if self.fact(name) is not None)

    # Conditions.

    def holds(self, asked: c.Condition) -> bool | None:
        """Kleene: 1 true, 0 false, 1/2 not known; all is the least of them, any the greatest."""
        grade = self._grade(asked)
        return None if grade == 1 else grade == 2

    def _grade(self, asked: c.Condition) -> int:
        if isinstance(asked, c.AllOf):
            return min(map(self._grade, asked.of), default=2)
        if isinstance(asked, c.AnyOf):
            return max(map(self._grade, asked.of), default=0)
        if isinstance(asked, c.NotOf):
            return 2 - self._grade(asked.of)
        if isinstance(asked, c.Did):
            opens = -1 if asked.within_ms is None else self.at_ms - asked.within_ms
            return 2 if any(t.kind in asked.kinds and t.at_ms > opens for t in self.touches) else 0
        assert isinstance(asked, c.FactIs)
        value = self.fact(asked.fact)
        return 1 if value is None else 2 * tested(asked.test, value, self.at_ms)

    def _fits(self, asked: c.Condition, touch: TouchSeen) -> bool:
        if isinstance(asked, c.AllOf | c.AnyOf):
            answers = [self._fits(one, touch) for one in asked.of]
            return all(answers) if isinstance(asked, c.AllOf) else any(answers)
        if isinstance(asked, c.NotOf):
            return not self._fits(asked.of, touch)
        if isinstance(asked, c.TouchIs):
            return like_any(asked.globs, getattr(touch, asked.field))
        assert isinstance(asked, c.PropIs)
        said, test = touch.props.get(asked.prop), asked.test
        if isinstance(test, c.OneOf):
            value: Any = {True: "yes", False: "no"}[said] if isinstance(said, bool) else as_text(said)
        elif isinstance(test, c.Aged | c.Soon):
            value = self._date(said)
        else:
            value = as_yes_no(said) if isinstance(test, c.Is) and isinstance(test.value, bool) else as_number(said)
        return value is not None and bool(tested(test, value, touch.at_ms))


def within(points: Decimal, limit: int | None) -> Decimal:
    return points if limit is None else max(Decimal(-limit), min(Decimal(limit), points))
