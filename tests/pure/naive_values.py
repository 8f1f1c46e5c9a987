"""Values as the naive interpreter reads and tests them: written apart from what the fold uses."""

from typing import Any

from schemas import condition as c


def like(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return like(pattern[1:], text) or (bool(text) and like(pattern, text[1:]))
    return bool(text) and pattern[0].lower() == text[0].lower() and like(pattern[1:], text[1:])


def like_any(patterns: tuple[str, ...], text: str) -> bool:
    return any(like(p, text) for p in patterns)


def tested(test: c.Test, value: Any, at_ms: int) -> bool:
    match test:
        case c.AtLeast(bound):
            return isinstance(value, float) and value >= bound
        case c.Under(bound):
            return isinstance(value, float) and value < bound
        case c.Between(low, high):
            return isinstance(value, float) and low <= value <= high
        case c.OneOf(globs):
            return isinstance(value, str) and like_any(globs, value)
        case c.Is(wanted):
            return type(wanted) is type(value) and wanted == value
        case c.Aged(ago_ms, earlier):
            return isinstance(value, int) and (at_ms - value >= ago_ms if earlier else at_ms - value < ago_ms)
        case c.Soon(ahead_ms):
            return isinstance(value, int) and 0 <= value - at_ms <= ahead_ms


def as_number(said: Any) -> float | None:
    if isinstance(said, str):
        return float(said) if said.lstrip("-").replace(".", "", 1).isdigit() else None
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


def as_yes_no(said: Any) -> bool | None:
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(str(said).lower())


def as_text(said: Any) -> str | None:
    if isinstance(said, bool):
        return "1" if said else "0"
    return said or None if isinstance(said, str) else None if said is None else f"{said:g}"
