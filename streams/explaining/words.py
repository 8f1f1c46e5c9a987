"""Tests of facts and moments as people say them."""

from schemas.condition import Aged, AtLeast, Between, Is, OneOf, Soon, Test, Under
from schemas.scoring_model import Criterion
from schemas.units import MICRO
from streams.handoff.ripeness import span


def asks(criterion: Criterion) -> str:
    """`headcount 20 or more`."""
    if criterion.test is not None:
        return f"{criterion.fact} {asked(criterion.test)}"
    values = ", ".join(f"{value} {points / MICRO:+g}" for value, points in criterion.by_value.items())
    return f"{criterion.fact}: {values}"


def asked(test: Test) -> str:
    """What a fact must be."""
    match test:
        case AtLeast(value):
            return f"{value:g} or more"
        case Under(value):
            return f"under {value:g}"
        case Between(low, high):
            return f"{low:g} to {high:g}"
        case OneOf(globs):
            return f"is {' or '.join(globs)}"
        case Is(bool(value)):
            return "is yes" if value else "is no"
        case Is(value):
            return f"is {value:g}"
        case Aged(ago_ms, or_earlier):
            return f"{span(ago_ms)} ago or {'earlier' if or_earlier else 'later'}"
        case Soon(within_ms):
            return f"within {span(within_ms)}"
