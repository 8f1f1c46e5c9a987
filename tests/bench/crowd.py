"""A score table full of leads with twenty touches each, put on its changelog without scoring them one by one."""

from collections.abc import Iterator
from itertools import cycle

import msgspec

from agents.delivery.producer import partition_for
from agents.settings import Settings
from schemas.units import DAY_MS
from streams.fold import fold
from streams.judge import Judge
from streams.lead_codec import moved
from streams.topology import LEAD_STATE
from tests.bench.load import GOLDEN, MASK, PARTITIONS, START_MS, STEP_MS, Load, Sent, bench_model
from tests.bench.place import write_log
from tests.pure.lives import Logged, Table

TOUCHES = 20
"""Of each lead."""
SPAN_MS = 9 * DAY_MS
"""In which they made them."""
PATTERNS = 1_000
"""Different states; the others are theirs under other names."""
BEFORE_THE_LOG = -1
"""Offset of what came before the log began: a worker folds it from its start."""


class Crowd(msgspec.Struct, frozen=True):
    """States to copy, and where whoever acts next goes on."""

    states: list[bytes]
    next_number: int
    next_ms: int

    @property
    def mean_bytes(self) -> float:
        """Of an encoded state."""
        return sum(map(len, self.states)) / len(self.states)

    def load(self, touches: int, leads: int, turn: int = 0) -> Load:
        """What these leads do next, at the pace they had; `turn`: how many such loads came before."""
        number, at_ms = self.next_number + turn * touches, self.next_ms + turn * touches * STEP_MS
        return Load(touches, leads, seed=2 + turn, first=number, start_ms=at_ms)


def crowd(touches: int = TOUCHES) -> Crowd:
    """Fold the lives of some, so many touches each."""
    life = Load(PATTERNS * touches, PATTERNS, step_ms=SPAN_MS // (PATTERNS * touches), in_turn=True)
    records = [Logged(at, sent.key, sent.value) for at, sent in enumerate(life)]
    states = fold(records, Table(), Judge.of(bench_model())).states.values()
    return Crowd([moved(state, BEFORE_THE_LOG) for state in states], len(records), START_MS + SPAN_MS)


async def gather(settings: Settings, people: Crowd, leads: int) -> int:
    """Put so many on the table's changelog; the bytes of their states."""
    return await write_log(settings, _states(people, leads), LEAD_STATE)


def _states(people: Crowd, leads: int) -> Iterator[Sent]:
    states = cycle(people.states)
    for n in range(1, leads + 1):
        key = b"L%016X" % (n * GOLDEN & MASK)
        yield Sent(partition_for(key, PARTITIONS), key, next(states))
