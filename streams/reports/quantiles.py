"""Percentiles of waits, by the nearest rank: each is a wait that somebody really had."""

from collections.abc import Iterable
from math import ceil

from msgspec import Struct


class Waits(Struct, frozen=True, kw_only=True):
    """Seconds; None: nobody waited."""

    count: int
    p50_s: float | None = None
    p90_s: float | None = None
    p99_s: float | None = None


def waits(seconds: Iterable[float]) -> Waits:
    """Of so many waits; negative ones, where clocks differ, are none at all."""
    ordered = sorted(max(0.0, one) for one in seconds)
    if not ordered:
        return Waits(count=0)
    p50, p90, p99 = (ordered[max(0, ceil(share * len(ordered)) - 1)] for share in (0.5, 0.9, 0.99))
    return Waits(count=len(ordered), p50_s=p50, p90_s=p90, p99_s=p99)
