"""How much memory does a lead take, and do ten million fit on one worker?

`python -m tests.bench.memory [--quick] [--again]`: a real score worker, after twenty touches of each lead.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agents.settings import Settings
from tests.bench.crowd import SPAN_MS, TOUCHES, crowd, gather
from tests.bench.load import MODEL, START_MS, Load
from tests.bench.measured import resident_mb
from tests.bench.parts import Part, Run, measured, parser
from tests.bench.place import Place, topics_of, write_log
from tests.bench.results import Row
from tests.bench.subjects import cpu_when_ready, scoring, touchline, when_processed

MIB = 1024 * 1024
GOAL_BYTES, GOAL_GIB, GOAL_LEADS = 600, 3.0, 10_000_000
OFF = {"cards": False, "ledger": False, "model": MODEL}
RESTORED_PER_S = 20_000
"""At least: the limit of a wait, no goal."""
ENCODED, HELD, MANY = (
    "a state at 20 touches, encoded",
    "a lead at 20 touches, in a worker",
    "leads on the rocksdb store",
)


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    before: int
    """Leads that fill what does not grow: decoded states, buffers, the program itself."""
    more: int
    """Leads after which memory is looked at again."""
    decoded: int
    """As many as the setting's default, in full."""
    many: int
    touches: int
    """Scored on the table of many."""


FULL = Size(before=120_000, more=300_000, decoded=Settings.model_fields["decoded_leads"].default, many=GOAL_LEADS,
            touches=500_000)  # fmt: skip
QUICK = Size(before=2_000, more=4_000, decoded=500, many=50_000, touches=10_000)


def parts(size: Size) -> list[Part]:
    """Encoded; held; many."""
    return [
        Part((ENCODED,), lambda where, folder: encoded()),
        Part((HELD,), lambda where, folder: held(where, folder, size)),
        Part((MANY,), lambda where, folder: many(where, folder, size)),
    ]


def encoded() -> Sequence[Row]:
    """What lies on the changelog, and in memory, for each lead."""
    people = crowd()
    return [Row(what=ENCODED, figure=people.mean_bytes, unit="bytes", note=f"mean of {len(people.states):,} lives")]


def held(where: Place, folder: Path, size: Size) -> Sequence[Row]:
    """What a worker grows by while leads come that it never saw: twenty touches each, all of them scored."""
    with (
        topics_of(where.settings, "held", decoded_leads=size.decoded, **OFF) as settings,
        scoring(settings, folder) as w,
    ):
        cpu_when_ready(w)
        asyncio.run(write_log(settings, _lives(size.before, 0)))
        when_processed(w, size.before * TOUCHES)
        before_mb = resident_mb(w.pid)
        asyncio.run(write_log(settings, _lives(size.more, size.before)))
        when_processed(w, (size.before + size.more) * TOUCHES)
        grown = (resident_mb(w.pid) - before_mb) * MIB / size.more
    met = grown <= GOAL_BYTES if size.more >= FULL.more else None
    note = f"{size.more:,} leads more on top of {size.before:,}, whose worker held {before_mb:,.0f} MB"
    return [Row(what=HELD, figure=grown, unit="bytes", goal=f"{GOAL_BYTES} bytes", met=met, note=note)]


def _lives(leads: int, skip: int) -> Load:
    touches = leads * TOUCHES
    step_ms = max(1, SPAN_MS // touches)
    return Load(touches, leads, in_turn=True, skip=skip, first=skip * TOUCHES, start_ms=START_MS, step_ms=step_ms)


def many(where: Place, folder: Path, size: Size) -> Sequence[Row]:
    """Restored onto disk, then scored on: the most memory it ever held."""
    people = crowd()
    with topics_of(where.settings, "many", store="rocksdb") as settings:
        asyncio.run(gather(settings, people, size.many))
        asyncio.run(write_log(settings, people.load(size.touches, size.many)))
        done = touchline(settings, size.touches, folder, ready_within_s=60 + size.many / RESTORED_PER_S)
    gib = done.peak_mb / 1024
    met = gib <= GOAL_GIB if size.many >= GOAL_LEADS else None
    note = f"{size.many:,} leads, then {size.touches:,} touches of them: {done.cpu_us:.1f} us each"
    return [Row(what=MANY, figure=gib, unit="GiB", goal=f"{GOAL_GIB:g} GiB with {GOAL_LEADS:,}", met=met, note=note)]


def work(run: Run) -> None:
    """What is missing."""
    run.do(parts(QUICK if run.quick else FULL))


if __name__ == "__main__":
    sys.exit(measured(parser("memory", __doc__).parse_args(), "memory", work))
