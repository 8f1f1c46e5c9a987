"""Faults as data: what breaks, when, and for how long. Drawn from a seed, so that a bad run can be run again."""

import random
from collections.abc import Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

from tests.chaos.mortal import STEPS

T = TypeVar("T")

KAFKA, REDIS, SNAPSHOTS = "kafka", "redis", "snapshots"
"""Targets that are no workers; with several brokers each is `kafka-N`."""
LONG_OUTAGE_S = 34.0
"""Longer than any timeout of a client."""


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
    OUTAGE = "outage"
    """Kafka is killed, and is away for longer than its clients' timeouts."""
    LEAD = "lead"
    """The broker that leads a partition is killed, and comes back."""
    SLOW = "slow"
    """A consumer stands still for several sessions."""
    FULL = "full"
    """The folder of snapshots takes no file."""
    STEP = "step"
    """A worker is killed between two given steps of a flush."""
    FORGET = "forget"
    """Redis loses all it had, and is back at once."""


ONE_BROKER = tuple(fault for fault in Fault if fault not in (Fault.LEAD, Fault.OUTAGE))
SEVERAL_BROKERS = (*(fault for fault in Fault if fault not in (Fault.CRASH, Fault.OUTAGE)), Fault.LEAD)


class Strike(Struct, frozen=True, kw_only=True):
    """One fault."""

    at_s: float
    """Since the load began."""
    fault: Fault
    target: str
    """A worker's name (`score-2`), a stage for `join`, a server, for `lead` the partition: `lead.state/2`, for `step`
    the worker and where it dies: `score-1 after ripe`."""
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
    faults: Sequence[Fault] = ONE_BROKER,
    brokers: int = 1,
) -> list[Strike]:
    """So many strikes between two moments, each kind about equally often, at every target of its kind by turns."""
    dice = random.Random(seed)
    kinds, targets = _Deck(dice, faults), {fault: _Deck(dice, _targets(fault, workers, brokers)) for fault in faults}
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


def _targets(fault: Fault, workers: Sequence[str], brokers: int) -> list[str]:
    match fault:
        case Fault.STEP:
            return [f"{name} {step}" for name in workers for step in STEPS.get(name.partition("-")[0], ())]
        case Fault.FORGET:
            return [REDIS]
        case Fault.STOP:
            return [*([KAFKA] if brokers == 1 else [f"{KAFKA}-{n + 1}" for n in range(brokers)]), REDIS]
        case Fault.CRASH | Fault.OUTAGE:
            return [KAFKA]
        case Fault.LEAD:
            return [f"{topic}/{n}" for topic in ("lead.events", "lead.state", "ripe") for n in range(3)]
        case Fault.SLOW:
            return [name for name in workers if name.startswith("mirror")]
        case Fault.FULL:
            return [SNAPSHOTS]
        case Fault.JOIN:
            return sorted({name.partition("-")[0] for name in workers})
    return list(workers)


def _lasts_s(fault: Fault, dice: random.Random, session_s: float) -> float:
    match fault:
        case Fault.SLEEP:
            return session_s * dice.uniform(1.3, 2.0)
        case Fault.JOIN:
            return dice.uniform(8.0, 14.0)
        case Fault.STOP | Fault.CRASH | Fault.LEAD:
            return dice.uniform(1.0, 4.0)
        case Fault.OUTAGE:
            return LONG_OUTAGE_S
        case Fault.SLOW:
            return session_s * dice.uniform(4.0, 6.0)
        case Fault.FULL:
            return dice.uniform(4.0, 8.0)
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
