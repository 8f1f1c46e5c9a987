"""Working time as people write it: `{mon-fri: 09:00-18:00}`, `always`, holidays, `2026-12-03 14:00 to 16:00`."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.routing_policy import Hours, Shift, Span
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.yaml.section import inside, named_entries, nearest, shape
from streams.model.yaml.tree import Leaf, Node, each
from streams.moments import to_ms

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "always"

_TIME = r"([01]?[0-9]|2[0-4]):([0-5][0-9])"
_TIMES = re.compile(rf"{_TIME} ?- ?{_TIME}")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPAN = re.compile(rf"({_DATE})(?: {_TIME})?(?: to (?:({_DATE})(?: {_TIME})?|{_TIME}))?")


def read_hours(findings: Findings, node: Node | None, path: str) -> Hours | None:
    """Working hours of a policy or a person; None: not said, or told."""
    if node is None:
        return None
    if isinstance(node, Leaf) and node.said == ALWAYS:
        return Hours(always=True)
    if isinstance(node, Leaf):
        _tell(findings, node, path, f"this is {shape(node)}.", "Write `always`, or {mon-fri: 09:00-18:00}.")
        return None
    shifts: list[Shift] = []
    for said, key, value in named_entries(findings, node, path, "{mon-fri: 09:00-18:00}"):
        days = _days(findings, key, inside(path, said))
        parts = each(value)
        for part in parts:
            times = read_times(findings, part, inside(path, said))
            if days and times:
                shifts.append(Shift(days, *times))
    if not shifts and not findings.refused:
        _tell(findings, node, path, "nobody would ever be at work.", "Write `always`, or {mon-fri: 09:00-18:00}.")
    return Hours(shifts=tuple(sorted(shifts, key=lambda shift: (shift.days, shift.opens))))


def read_times(findings: Findings, node: Node, path: str) -> tuple[int, int] | None:
    """`09:00-18:00` as minutes of a day; one that ends before it begins spans midnight."""
    found = _TIMES.fullmatch(node.said) if isinstance(node, Leaf) else None
    if found:
        first, second, third, fourth = map(int, found.groups())
        opens, closes = first * 60 + second, third * 60 + fourth
        if opens < 24 * 60 and closes <= 24 * 60 and opens != closes:
            return opens, closes
    _tell(findings, node, path, f"this is {shape(node)}.", "Write two times of a day: 09:00-18:00, or 22:00-06:00.")
    return None


def _days(findings: Findings, key: Leaf, path: str) -> tuple[int, ...]:
    first, dash, last = key.said.partition("-")
    names = (first, last) if dash else (first,)
    unknown = [name for name in names if name not in DAYS]
    for name in unknown:
        near = nearest(name[:3].lower(), DAYS)
        remedy = f"Did you mean {near}?" if near else "Write mon, sat-sun or mon-fri."
        _tell(findings, key, path, f"`{name}` is not a day.", remedy)
    if unknown:
        return ()
    start, end = DAYS.index(first), DAYS.index(names[-1])
    return tuple((start + i) % 7 for i in range((end - start) % 7 + 1))


def read_holidays(findings: Findings, node: Node | None, path: str) -> tuple[int, ...]:
    """Days on which nobody works, as ordinals."""
    items = each(node)
    found = []
    for item in items:
        day = _date(item.said) if isinstance(item, Leaf) else None
        if day is None:
            findings.error(
                Code.DATE, item, path, problem="not a date", why=f"this is {shape(item)}.",
                remedy="Write days as 2026-12-16.",
            )  # fmt: skip
        else:
            found.append(day.toordinal())
    return tuple(sorted(set(found)))


def read_absences(findings: Findings, node: Node | None, path: str, zone: str) -> tuple[Span, ...]:
    """`2026-12-03 14:00 to 16:00`, `2026-12-24 to 2027-01-04` (the last day is one of them), `2026-12-24`; local."""
    items = each(node)
    spans = []
    for item in items:
        span = _span(item.said, zone) if isinstance(item, Leaf) else None
        if span is None:
            findings.error(
                Code.DATE, item, path, problem="not a time away", why=f"this is {shape(item)}.",
                remedy="Write 2026-12-03 14:00 to 16:00, 2026-12-24 to 2027-01-04, or a day alone.",
            )  # fmt: skip
        else:
            spans.append(span)
    return tuple(sorted(spans, key=lambda span: span.begins_ms))


def _span(said: str, zone: str) -> Span | None:
    found = _SPAN.fullmatch(said)
    if found is None:
        return None
    day, hour, minute, last, last_hour, last_minute, end_hour, end_minute = found.groups()
    first_day, last_day = _date(day), _date(last or day)
    if first_day is None or last_day is None:
        return None
    begins = _moment(first_day, hour, minute, zone)
    end_hour, end_minute = end_hour or last_hour, end_minute or last_minute
    ends = _moment(last_day, end_hour, end_minute, zone) if end_hour else _moment(last_day, "24", "00", zone)
    return Span(begins, ends) if begins < ends else None


def _moment(day: date, hour: str | None, minute: str | None, zone: str) -> int:
    since = timedelta(hours=int(hour or 0), minutes=int(minute or 0))
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + since)


def _date(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _tell(findings: Findings, where: Node, path: str, why: str, remedy: str) -> None:
    findings.error(Code.HOURS, where, path, problem="not working hours", why=why, remedy=remedy)
