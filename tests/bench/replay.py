"""How many touches a second does a replay fold with two models, and are states and ids those of one fold?

`python -m tests.bench.replay [--touches 2000000] [--leads 200000] [--jobs 2]`: no broker; the log is an export.
"""

import argparse
import resource
import tempfile
import time
from hashlib import sha256
from itertools import islice
from pathlib import Path

from agents.replay.folding import compare
from agents.replay.log_file import LogFile, LogHead, LogWriter
from agents.replay.order import Order, Part
from agents.settings import Settings
from streams.fold import fold
from streams.judge import Judge
from streams.replay.comparison import Terms
from streams.replay.moved_line import with_line
from streams.replay.record import LogRecord
from streams.replay.refolding import refold
from tests.bench.load import PARTITIONS, START_MS, Load, bench_model

FLUSHES = (997, 4_000)
"""Records per batch: of the fold that stands for the live one, and of the replay's."""
GOAL = 100_000
"""Touches a second and core, both models."""
Table = dict[bytes, bytes]


def export(path: Path, load: Load) -> None:
    """The load as `touchline log export` writes a log."""
    offsets = dict.fromkeys(range(PARTITIONS), 0)
    sent = iter(load)
    at_ms = START_MS
    with LogWriter(path, LogHead(log="lead.events", partitions=list(offsets), taken_ms=load.end_ms)) as file:
        while some := list(islice(sent, 40_000)):
            records: dict[int, list[LogRecord]] = {p: [] for p in offsets}
            for one in some:
                records[one.partition].append(LogRecord(offsets[one.partition], at_ms, one.key, one.value))
                offsets[one.partition] += 1
                at_ms += 400
            for partition, those in records.items():
                file.write(partition, those)


def lived(file: LogFile, partition: int, judge: Judge) -> tuple[Table, list[str]]:
    """The table and the handoff ids as flushes of another size leave them."""
    table: Table = {}
    ids: list[str] = []
    waiting: list[LogRecord] = []

    def flush(size: int) -> None:
        while len(waiting) >= size:
            folded = fold(waiting[:size], table, judge)
            table.update(folded.states)
            ids.extend(f"{one.handoff_id}/{one.revision}" for one in folded.ripe)
            del waiting[:size]

    for records in file.read(partition):
        waiting.extend(records)
        flush(FLUSHES[0])
    flush(len(waiting) or 1)
    return table, ids


def again(file: LogFile, partition: int, judge: Judge) -> tuple[Table, list[str]]:
    """The same by replay."""
    table: Table = {}
    ids = [
        f"{one.handoff_id}/{one.revision}"
        for folded in refold(file.read(partition), table, judge)
        for one in folded.ripe
    ]
    return table, ids


def digest_of(found: tuple[Table, list[str]]) -> str:
    """Of all bytes, in an order that flushes do not change."""
    table, ids = found
    whole = sha256()
    for key in sorted(table):
        whole.update(key + table[key])
    whole.update("\n".join(sorted(ids)).encode())
    return whole.hexdigest()


def same(path: Path) -> bool:
    """Byte for byte, partition by partition."""
    file, judge = LogFile(path), Judge.of(bench_model())
    return all(
        digest_of(lived(file, partition, judge)) == digest_of(again(file, partition, judge))
        for partition in file.head.partitions
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.replay", description=__doc__)
    parser.add_argument("--touches", type=int, default=2_000_000)
    parser.add_argument("--leads", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--line", type=float, default=30)
    parser.add_argument("--speed-only", action="store_true", help="leave the comparison of bytes out")
    said = parser.parse_args()
    load = Load(said.touches, said.leads)
    with tempfile.TemporaryDirectory(prefix="touchline-replay-") as folder:
        path = Path(folder) / "load.touchlog"
        export(path, load)
        print(f"{said.touches:,} touches of {said.leads:,} leads: an export of {path.stat().st_size / 2**20:,.0f} MB")
        model = bench_model()
        parts = [Part(number=p, records=n, file=path) for p, n in LogFile(path).counts().items()]
        order = Order(
            settings=Settings(), current=model, candidate=with_line(model, said.line), shelf={},
            terms=Terms(end_ms=load.end_ms),
        )  # fmt: skip
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        report = compare(order, parts, lambda _records: None, said.jobs)
        took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
        used_s = cpu_s if said.jobs == 1 else _children_s()
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"both models: {said.touches / took_s:,.0f} touches/s with {said.jobs} process(es), "
            f"{said.touches / used_s:,.0f} per core (goal {GOAL:,}), {used_s / said.touches * 1e6:.1f} us CPU each, "
            f"most memory {peak_mb:,.0f} MB"
        )
        print(f"handoffs: {report.current.handoffs:,} by the model, {report.candidate.handoffs:,} by the candidate")
        if not said.speed_only:
            print(f"states and ids folded again, byte for byte the same: {same(path)}")


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
