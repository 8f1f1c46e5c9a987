"""How fast does a score worker take over a full table, and how soon is it ready?

`python -m tests.bench.restore`: a real worker restores a table as a busy hour leaves it, its tail not compacted.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import ServerFailed
from tests.bench import results
from tests.bench.full_table import Filled, fill
from tests.bench.load import MODEL
from tests.bench.measured import cpu_s, peak_mb
from tests.bench.place import Place, create_topics, machine, place
from tests.bench.subjects import pause

GOAL_PER_S = 500_000
GOAL_READY_S = 5.0
GOAL_LEADS = 1_000_000
"""The goals are about a table of this size; a smaller one cannot tell."""
READY_WITHIN_S = 120.0
RUNS = 3
"""Of the worker, on the same table; the middle one counts."""


class Size(msgspec.Struct, frozen=True):
    """How much is restored."""

    leads: int
    tail: int
    """Later records of a part of them."""


FULL = Size(leads=GOAL_LEADS, tail=1_000_000)
QUICK = Size(leads=100_000, tail=100_000)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """One start of a worker."""

    read_s: float
    """From the assignment to the last record of the table, as the worker itself counts."""
    ready_s: float
    """From the start of its process to the first 200 of /readyz."""
    cpu_s: float
    """Of its process until then."""
    peak_mb: float
    broker_cpu_s: float


def arguments() -> tuple[argparse.Namespace, Size]:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.restore", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of it: shows that it works, not how fast it is")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--leads", type=int, help=f"in the table (default: {FULL.leads:,})")
    parser.add_argument("--tail", type=int, help=f"later records of a part of them (default: {FULL.tail:,})")
    said = parser.parse_args()
    size = QUICK if said.quick else FULL
    changed = {name: getattr(said, name) for name in Size.__struct_fields__ if getattr(said, name) is not None}
    return said, msgspec.structs.replace(size, **changed)


def start(where: Place, settings: Settings, filled: Filled, folder: Path) -> Restored:
    """A worker from nothing to ready."""
    worker = Worker("score", settings, folder, free_port())
    broker_before_s, began_s = cpu_s(where.broker_pid), time.monotonic()
    worker.launch()
    try:
        while not worker.answers():
            if not worker.running or time.monotonic() - began_s > READY_WITHIN_S:
                raise ServerFailed(f"the score worker did not get ready. {worker.excerpt()}")
            pause(0.02)
        ready_s = time.monotonic() - began_s
        page = {
            sample.name: sample.value
            for family in text_string_to_metric_families(worker._page("/metrics"))
            for sample in family.samples
        }
        leads = page["touchline_table_keys"]
        if leads != filled.leads:
            raise ServerFailed(f"{leads:,.0f} of {filled.leads:,} leads were restored. {worker.excerpt()}")
        return Restored(
            read_s=page["touchline_table_restore_duration_seconds_sum"], ready_s=ready_s, cpu_s=cpu_s(worker.pid),
            peak_mb=peak_mb(worker.pid), broker_cpu_s=cpu_s(where.broker_pid) - broker_before_s,
        )  # fmt: skip
    finally:
        worker.kill()


def run(size: Size) -> tuple[Filled, list[Restored]]:
    """Fill the table once, restore it some times."""
    with place() as where, tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        began_s = time.monotonic()
        asyncio.run(create_topics(where.settings))
        filled = asyncio.run(fill(where.settings, size.leads, size.tail))
        say(
            f"{filled.leads:,} leads, {filled.records:,} records, states of {filled.value_bytes:.0f} bytes, on "
            f"{where.settings.partitions} partitions in {time.monotonic() - began_s:.0f} s"
        )
        restored = []
        # One static member, killed and started again: no session of a predecessor has to end first.
        settings = where.settings.model_copy(update={"model": MODEL, "member": "restore"})
        for number in range(RUNS):
            one = start(where, settings, filled, Path(folder) / str(number))
            say(
                f"restored in {one.read_s:.2f} s ({filled.records / one.read_s:,.0f} records/s), ready after "
                f"{one.ready_s:.2f} s; {one.cpu_s / filled.records * 1e6:.2f} us of CPU a record, start included, "
                f"{one.peak_mb:,.0f} MB"
            )
            restored.append(one)
        return filled, restored


def rows(size: Size, filled: Filled, restored: list[Restored]) -> list[results.Row]:
    """The middle one of the runs, by each figure."""

    def middle(figure: str) -> float:
        return sorted(float(getattr(one, figure)) for one in restored)[len(restored) // 2]

    full = size.leads >= GOAL_LEADS
    per_s, ready_s = filled.records / middle("read_s"), middle("ready_s")
    what = f"{filled.leads:,} leads, {filled.records:,} records of {filled.value_bytes:.0f} bytes"
    return [
        results.Row(
            what="restore of the score table", figure=per_s, unit="records/s", goal=f"{GOAL_PER_S:,} or more",
            met=per_s >= GOAL_PER_S if full else None, note=what,
        ),
        results.Row(
            what="from process start to ready", figure=ready_s, unit="s",
            goal=f"{GOAL_READY_S:g} s or less with {GOAL_LEADS:,} leads",
            met=ready_s <= GOAL_READY_S if full else None, note=what,
        ),
        results.Row(
            what="CPU of the worker until ready", figure=middle("cpu_s") / filled.records * 1e6, unit="us/record",
            note=f"start included; the broker used {middle('broker_cpu_s') / filled.records * 1e6:.2f}",
        ),
        results.Row(what="memory of the restored worker", figure=middle("peak_mb"), unit="MB", note=what),
    ]  # fmt: skip


def say(line: str) -> None:
    """At once."""
    print(line, flush=True)


def main() -> int:
    """Measure, keep, print."""
    said, size = arguments()
    logging.disable(logging.ERROR)
    say(machine())
    try:
        filled, restored = run(size)
    except KeyboardInterrupt:
        say("stopped; nothing of it runs any more")
        return 130
    except ServerFailed as failed:
        say(str(failed))
        return 1
    found = rows(size, filled, restored)
    results.keep("restore", found, said.quick)
    say("")
    say(results.table(said.quick))
    if said.json:
        say(msgspec.json.encode({"rows": found}).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
