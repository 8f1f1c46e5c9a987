"""What a model asks, as people say it."""

from schemas.condition import FactIs
from schemas.scoring_model import Criterion
from schemas.units import MICRO
from streams.conditions import phrase


def asks(criterion: Criterion) -> str:
    """`headcount 20 or more`."""
    if criterion.where is not None:
        return phrase(criterion.where)
    if criterion.test is not None:
        return phrase(FactIs(criterion.fact, criterion.test))
    return f"{criterion.fact}: {', '.join(f'{v} {p / MICRO:+g}' for v, p in criterion.by_value.items())}"
