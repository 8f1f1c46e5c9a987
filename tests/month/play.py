"""What is played: how many leads, how fast, who is killed when; and what is left of it."""

import random
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRecord
from msgspec import Struct

from tests.chaos.fleet import Ended
from tests.month.pace import Pace
from tests.month.team import Plan

ALL_WORKERS = ("identify-1", "score-1", "score-2", "route-1", "route-2", "mirror-1")
FEW_WORKERS = ("identify-1", "score-1", "route-1")
REDIS = "redis"


class Kill(Struct, frozen=True):
    """Of a worker; or Redis loses all it holds."""

    at_ms: int
    """Of the month."""
    target: str


class Month(Struct, frozen=True, kw_only=True):
    """The play."""

    seed: int
    leads: int
    plan: Plan
    seconds: float
    """In which it passes."""
    workers: Sequence[str] = ALL_WORKERS
    kills: Sequence[Kill] = ()

    @property
    def speed(self) -> float:
        """Of its clock."""
        return (self.plan.ends_ms - self.plan.begins_ms) / 1000 / self.seconds


class Played(Struct, frozen=True, kw_only=True):
    """All that the checker knows."""

    month: Month
    pace: Pace
    """While it ran: what the broker stamped is read by it."""
    over_ms: int
    """Moment of the month at which the workers were ended."""
    sent: int
    restarts: int
    ended: list[Ended]
    """Workers that ended and nobody had killed."""
    records: dict[str, list[ConsumerRecord]]
    """By topic, each partition in its order."""
    reports: dict[str, Any]
    """What the product says of it."""


def drawn_kills(seed: int, plan: Plan, targets: Sequence[str], count: int, *, forget: bool = False) -> list[Kill]:
    """At random moments, every target about equally often; Redis forgets once, in the second half."""
    dice, span_ms = random.Random(f"{seed}/kills"), plan.ends_ms - plan.begins_ms
    names = [targets[number % len(targets)] for number in range(count)]
    dice.shuffle(names)
    found = [
        Kill(plan.begins_ms + round(span_ms * (number + 0.2 + 0.7 * dice.random()) / count), name)
        for number, name in enumerate(names)
    ]
    if forget:
        found.append(Kill(plan.begins_ms + round(span_ms * 0.61), REDIS))
    return sorted(found, key=lambda kill: kill.at_ms)
