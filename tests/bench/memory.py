"""How much memory does a lead take, and do ten million fit on one worker?

`python -m tests.bench.memory [--quick] [--again]`: a real score worker, after twenty touches of each lead.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agents.settings import Settings
from tests.bench.crowd import Crowd, crowd, gather
from tests.bench.load import MODEL
from tests.bench.measured import cpu_s, peak_mb, resident_mb
from tests.bench.parts import Part, Run, measured, parser
from tests.bench.place import Place, topics_of, write_log
from tests.bench.results import Row
from tests.bench.subjects import cpu_when_ready, scoring, when_processed

MIB = 1024 * 1024
GOAL_BYTES, GOAL_GIB, GOAL_LEADS = 600, 3.0, 10_000_000
RESTORED_PER_S = 20_000
"""At least: the limit of a wait, no goal."""
HOLD_S = 86_400.0
"""No timer fires by the clock alone: that is measured by `bench-deadlines`."""
ENCODED, HELD, MANY, READY, AGAIN = (
    "a state at 20 touches, encoded",
    "a lead at 20 touches, in a worker",
    "leads on the rocksdb store",
    "leads on the rocksdb store: restored, and ready",
    "leads on the rocksdb store: started again, and ready",
)


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    few: int
    more: int
    """Leads of two tables: what one worker holds beyond the other, it holds for the leads between."""
    acts: int
    """Touches scored on either: what a flush needs, and never gives back, is not of the leads."""
    many: int
    touches: int
    """Scored on the table of many."""


FULL = Size(few=100_000, more=1_100_000, acts=200_000, many=GOAL_LEADS, touches=500_000)
QUICK = Size(few=10_000, more=60_000, acts=20_000, many=50_000, touches=10_000)


def parts(size: Size) -> list[Part]:
    """Encoded; held; many."""
    return [
        Part((ENCODED,), lambda where, folder: encoded()),
        Part((HELD,), lambda where, folder: held(where, folder, size)),
        Part((MANY, READY, AGAIN), lambda where, folder: many(where, folder, size)),
    ]


def encoded() -> Sequence[Row]:
    """What lies on the changelog, and in memory, for each lead."""
    people = crowd()
    return [Row(what=ENCODED, figure=people.mean_bytes, unit="bytes", note=f"mean of {len(people.states):,} lives")]


def held(where: Place, folder: Path, size: Size) -> Sequence[Row]:
    """What a worker holds more of, per lead: restored as at any start, then touched at random."""
    people = crowd()
    few_mb, more_mb = (_resident_mb(where, folder, people, leads, size.acts) for leads in (size.few, size.more))
    grown = (more_mb - few_mb) * MIB / (size.more - size.few)
    met = grown <= GOAL_BYTES if size.more >= FULL.more else None
    note = f"{few_mb:,.0f} MB with {size.few:,} leads, {more_mb:,.0f} MB with {size.more:,}; kept as their bytes"
    return [Row(what=HELD, figure=grown, unit="bytes", goal=f"{GOAL_BYTES} bytes", met=met, note=note)]


def _resident_mb(where: Place, folder: Path, people: Crowd, leads: int, acts: int) -> float:
    off = {"cards": False, "ledger": False, "model": MODEL}
    with topics_of(where.settings, f"held-{leads}", **off) as settings:
        asyncio.run(gather(settings, people, leads))
        asyncio.run(write_log(settings, people.load(acts, leads)))
        with scoring(settings, folder / f"{leads}") as worker:
            cpu_when_ready(worker, 60 + leads / RESTORED_PER_S)
            when_processed(worker, acts)
            return resident_mb(worker.pid)


class Start(msgspec.Struct, frozen=True):
    """One start of a worker, and what it scored then."""

    ready_s: float
    ready_cpu_s: float
    touch_us: float
    """CPU, each."""
    peak_mb: float


def many(where: Place, folder: Path, size: Size) -> Sequence[Row]:
    """Restored onto disk, scored on, started again, scored on: the most memory it ever held."""
    people = crowd()
    as_set = {"store": "rocksdb", "model": MODEL, "cards": False, "ledger": False, "timer_hold_s": HOLD_S}
    with topics_of(where.settings, "many", member="many", **as_set) as settings:
        asyncio.run(gather(settings, people, size.many))
        starts = []
        for turn in range(2):
            asyncio.run(write_log(settings, people.load(size.touches, size.many, turn)))
            starts.append(_start(settings, folder, size))
    gib, rates = max(one.peak_mb for one in starts) / 1024, [f"{one.touch_us:.0f} us each" for one in starts]
    met = gib <= GOAL_GIB if size.many >= GOAL_LEADS else None
    note = f"{size.many:,} leads, then twice {size.touches:,} touches of them: {', '.join(rates)}"
    first, again = starts
    read = f"{size.many / first.ready_s:,.0f} records/s, {first.ready_cpu_s / size.many * 1e6:.1f} us of CPU a record"
    return [
        Row(what=MANY, figure=gib, unit="GiB", goal=f"{GOAL_GIB:g} GiB with {GOAL_LEADS:,}", met=met, note=note),
        Row(what=READY, figure=first.ready_s, unit="s", note=read),
        Row(what=AGAIN, figure=again.ready_s, unit="s", note="on the same disk"),
    ]


def _start(settings: Settings, folder: Path, size: Size) -> Start:
    began_s = time.monotonic()
    with scoring(settings, folder) as worker:
        ready_cpu_s = cpu_when_ready(worker, 60 + size.many / RESTORED_PER_S)
        ready_s = time.monotonic() - began_s
        when_processed(worker, size.touches)
        touch_us = (cpu_s(worker.pid) - ready_cpu_s) / size.touches * 1e6
        return Start(ready_s, ready_cpu_s, touch_us, peak_mb(worker.pid))


def work(run: Run) -> None:
    """What is missing."""
    run.do(parts(QUICK if run.quick else FULL))


if __name__ == "__main__":
    sys.exit(measured(parser("memory", __doc__).parse_args(), "memory", work))
