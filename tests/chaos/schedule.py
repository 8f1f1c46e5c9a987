"""Faults as data: what breaks, when, and for how long. Drawn from a seed, so that a bad run can be run again."""

import random
from collections.abc import Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")

KAFKA, REDIS = "kafka", "redis"
"""Targets that are no workers."""


class Fault(StrEnum):
    """What can be done to a running system."""

    KILL = "kill"
    """SIGKILL; an orchestrator starts it again."""
    TERM = "term"
    """SIGTERM, as in a rolling restart."""
    SLEEP = "sleep"
    """SIGSTOP for longer than the session, then SIGCONT: others own its partitions by then."""
    JOIN = "join"
    """One more worker of a stage, which leaves again."""
    STOP = "stop"
    """Kafka or Redis ends in order, and comes back."""
    CRASH = "crash"
    """Kafka is killed, and comes back."""


class Strike(Struct, frozen=True, kw_only=True):
    """One fault."""

    at_s: float
    """Since the load began."""
    fault: Fault
    target: str
    """A worker's name (`score-2`), a stage for `join`, `kafka` or `redis`."""
    lasts_s: float = 0.0
    """Until it wakes, leaves, or is started again."""


def draw(
    seed: int,
    workers: Sequence[str],
    *,
    count: int,
    first_s: float,
    last_s: float,
    session_s: float,
    faults: Sequence[Fault] = tuple(Fault),
) -> list[Strike]:
    """So many strikes between two moments, each kind about equally often, at every target of its kind by turns."""
    dice = random.Random(seed)
    kinds, targets = _Deck(dice, faults), {fault: _Deck(dice, _targets(fault, workers)) for fault in faults}
    step_s = (last_s - first_s) / max(1, count)
    strikes = []
    for number in range(count):
        fault = kinds.next()
        strike = Strike(
            at_s=round(first_s + step_s * (number + dice.random() * 0.8), 2),
            fault=fault,
            target=targets[fault].next(),
            lasts_s=round(_lasts_s(fault, dice, session_s), 2),
        )
        strikes.append(strike)
    return strikes


def _targets(fault: Fault, workers: Sequence[str]) -> list[str]:
    match fault:
        case Fault.STOP:
            return [KAFKA, REDIS]
        case Fault.CRASH:
            return [KAFKA]
        case Fault.JOIN:
            return sorted({name.partition("-")[0] for name in workers})
    return list(workers)


def _lasts_s(fault: Fault, dice: random.Random, session_s: float) -> float:
    match fault:
        case Fault.SLEEP:
            return session_s * dice.uniform(1.3, 2.0)
        case Fault.JOIN:
            return dice.uniform(4.0, 8.0)
        case Fault.STOP | Fault.CRASH:
            return dice.uniform(1.0, 4.0)
    return 0.0


class _Deck(Generic[T]):
    """Deals every card once before any comes again."""

    def __init__(self, dice: random.Random, cards: Sequence[T]) -> None:
        self._dice, self._cards = dice, list(cards)
        self._left: list[T] = []

    def next(self) -> T:
        """The card on top."""
        if not self._left:
            self._left = self._dice.sample(self._cards, len(self._cards))
        return self._left.pop()
