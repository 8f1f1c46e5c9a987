"""Lengths of time as people write them: `30d`, `12h`, `1.5h`. A unit is always said."""

import re
from decimal import Decimal

from msgspec import Struct

from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs

UNITS = {"w": 7 * DAY_MS, "d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "s": SECOND_MS}
"""Milliseconds of each unit, longest first."""

YEAR_MS = 365 * DAY_MS + 6 * HOUR_MS
"""365.25 days; only how long ago a date is may be said in years."""

LONGEST_MS = 100 * YEAR_MS

_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?) ?([^\W\d_]+)")
_MEANT = {
    "day": "d",
    "hour": "h",
    "hr": "h",
    "minute": "m",
    "min": "m",
    "second": "s",
    "sec": "s",
    "week": "w",
    "yr": "y",
}


class NotADuration(Struct, frozen=True):
    """Why a text is no duration."""

    no_unit: bool
    why: str
    remedy: str


def parse_duration(said: str, *, years: bool = False) -> DurationMs | NotADuration:
    """Milliseconds, above 0; `years` allows the unit y."""
    if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", said):
        units = ("y (years)", "w (weeks)", "d (days)") if years else ("d (days)", "h (hours)", "m (minutes)")
        first, second, third = (said + unit for unit in units)
        return NotADuration(True, f"{said} what?", f"Write {first}, {second} or {third}.")
    match = _DURATION.fullmatch(said)
    if match is None:
        return NotADuration(
            False, f"'{_short(said)}' is not a length of time.", "Write a number and a unit: 30d, 12h, 90m."
        )
    number, unit = match.groups()
    size_ms = YEAR_MS if unit == "y" and years else UNITS.get(unit)
    if size_ms is None:
        return _unknown_unit(number, unit, years)
    length_ms = Decimal(number) * size_ms
    if length_ms != int(length_ms):
        return NotADuration(False, f"{said} is not a whole number of milliseconds.", "Round it.")
    if not 0 < length_ms <= LONGEST_MS:
        return NotADuration(
            False,
            f"{said} is {'nothing' if not length_ms else 'more than 100 years'}.",
            "Write a length above 0, such as 30d.",
        )
    return int(length_ms)


def _unknown_unit(number: str, unit: str, years: bool) -> NotADuration:
    if unit == "ms":
        return NotADuration(False, "ms is finer than touches are timed.", "The finest unit here is the second: 1s.")
    if unit in ("y", "year", "years") and not years:
        days = f"{Decimal(number) * 365:f}d" if len(number) <= 4 else "365d"
        return NotADuration(
            False, "years say only how long ago a date is (`2y ago or earlier`).", f"Write days: {days}."
        )
    meant = _MEANT.get(unit.casefold().rstrip("s"), unit.casefold()[:1])
    known = meant in UNITS or (years and meant == "y")
    return NotADuration(
        False,
        f"'{_short(unit)}' is not a unit.",
        f"Write {number}{meant}." if known else f"Units are s, m, h, d, w{', y' if years else ''}: {number}d is days.",
    )


def write_duration(length_ms: DurationMs) -> str:
    """The shortest way to say it: 1209600000 is `2w`; parts of a second as a decimal."""
    for unit, size_ms in UNITS.items():
        if length_ms % size_ms == 0:
            return f"{length_ms // size_ms}{unit}"
    return f"{Decimal(length_ms) / SECOND_MS:f}s"


def _short(said: str) -> str:
    return said if len(said) <= 40 else said[:37] + "..."
