"""A million promises that run: what they weigh, how late they fire, after a kill, and after a day of downtime.

`python -m tests.bench.deadlines`: a real score worker takes a table over whose leads all wait for a reminder. A part is
overdue, by up to a day: it fires first, in order, paced. Then so many a second come due; the worker is killed
meanwhile.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.clock import wall_ms
from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import ServerFailed
from schemas.lead_event import TimerFired
from schemas.units import DAY_MS, MINUTE_MS, SECOND_MS
from streams.topology import LEAD_EVENTS, LEAD_TASKS, Topic, name_of
from tests.bench import results
from tests.bench.full_table import fill
from tests.bench.measured import peak_mb
from tests.bench.place import create_topics, machine, place
from tests.bench.pledged import ESCALATE_AFTER_MS, JUDGE, MODEL, Pledged

GOAL_LATE_S = 1.0
QUIET_S = 90.0
"""Nothing new for so long: what is missing then does not come."""


class Size(msgspec.Struct, frozen=True):
    """How much."""

    pending: int
    overdue: int
    per_s: int
    """That come due."""
    for_s: int
    kill_after_s: int
    fill_s: int
    """So long from the start of filling until the first comes due."""


FULL = Size(pending=1_000_000, overdue=100_000, per_s=1_000, for_s=60, kill_after_s=40, fill_s=180)
QUICK = Size(pending=20_000, overdue=5_000, per_s=200, for_s=12, kill_after_s=7, fill_s=35)


class Fired(msgspec.Struct):
    """What was seen of timers on the log, and of tasks."""

    late_ms: list[int] = []
    """Of those due before the kill."""
    after_kill_ms: list[int] = []
    seen: Counter[str] = msgspec.field(default_factory=Counter)
    out_of_order: int = 0
    overdue_s: float = 0.0
    """From the first of the overdue to the last."""
    tasks: Counter[str] = msgspec.field(default_factory=Counter)
    """Distinct ones by kind."""
    worker_mb: float = 0.0
    stale: int = 0
    """Reminders of the past that the escalation had overtaken, said all the same."""


def run(size: Size) -> Fired:
    """All of it."""
    with place() as where, tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        asyncio.run(create_topics(where.settings))
        settings = where.settings.model_copy(
            update={"model": MODEL, "member": "deadlines", "timer_hold_s": 0.0, "prefix": where.settings.prefix}
        )
        return asyncio.run(_measured(settings, size, Path(folder)))


async def _measured(settings: Settings, size: Size, folder: Path) -> Fired:
    now_ms = wall_ms()
    first_ms = now_ms + size.fill_s * SECOND_MS
    pledged, coming = Pledged(now_ms - 2 * DAY_MS), size.per_s * size.for_s

    def state_of(number: int) -> bytes:
        if number < size.overdue:
            behind_ms = (number * 9_973 % size.overdue) * DAY_MS // size.overdue
            return pledged.due((now_ms - behind_ms) // SECOND_MS * SECOND_MS)
        if number < size.overdue + coming:
            return pledged.due(first_ms + (number - size.overdue) * SECOND_MS // size.per_s // 5 * 5)
        return pledged.due(first_ms + 30 * DAY_MS)

    filled = await fill(settings, size.pending, 0, JUDGE, state_of)
    took_s = (wall_ms() - now_ms) / 1000
    say(f"{filled.leads:,} leads wait, states of {filled.value_bytes:.0f} bytes, after {took_s:.0f} s")
    if wall_ms() > first_ms - 5 * SECOND_MS:
        raise ServerFailed(f"filling took longer than {size.fill_s} s: the first came due before the worker started")
    began = await _ends(settings, LEAD_EVENTS)
    worker = Worker("score", settings, folder, free_port())
    worker.launch()
    fired, killer = Fired(), asyncio.create_task(_kill(worker, first_ms + size.kill_after_s * SECOND_MS))
    try:
        await _listen(settings, began, fired, size, first_ms)
        await killer
        fired.worker_mb = peak_mb(worker.pid)
        await _tasks(settings, fired, now_ms)
    finally:
        killer.cancel()
        worker.kill()
    return fired


async def _kill(worker: Worker, at_ms: int) -> None:
    while wall_ms() < at_ms:
        await asyncio.sleep(0.02)
    worker.kill()
    worker.launch()


async def _listen(
    settings: Settings, began: dict[TopicPartition, int], fired: Fired, size: Size, first_ms: int
) -> None:
    """Until each that is due was seen, or nothing more comes."""
    expected, kill_ms = size.overdue + size.per_s * size.for_s, first_ms + size.kill_after_s * SECOND_MS
    last: dict[int, int] = {}
    overdue: list[int] = []
    firsts: dict[bytes, int] = {}
    decode = msgspec.json.Decoder(TimerFired).decode
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
        consumer.assign(list(began))
        for partition, offset in began.items():
            consumer.seek(partition, offset)
        quiet_s = time.monotonic()
        while len(fired.seen) < expected and time.monotonic() - quiet_s < QUIET_S + size.fill_s:
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    if b'"type":"timer"' not in record.value:
                        continue
                    quiet_s = time.monotonic()
                    event = decode(record.value)
                    if firsts.setdefault(record.key, event.at_ms) != event.at_ms:
                        continue  # what follows the reminder: its escalation
                    if (again := fired.seen[event.id]) == 0:
                        fired.out_of_order += event.at_ms < last.get(partition.partition, 0)
                        last[partition.partition] = event.at_ms
                    fired.seen[event.id] = again + 1
                    late_ms = record.timestamp - event.at_ms
                    if event.at_ms < first_ms - size.fill_s * SECOND_MS:
                        overdue.append(record.timestamp)
                    elif again == 0:
                        (fired.late_ms if event.at_ms < kill_ms - SECOND_MS else fired.after_kill_ms).append(late_ms)
    if overdue:
        fired.overdue_s = (max(overdue) - min(overdue)) / 1000


async def _ends(settings: Settings, topic: Topic) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
        places = [TopicPartition(name_of(topic, settings), number) for number in range(settings.partitions)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends


async def _tasks(settings: Settings, fired: Fired, began_ms: int) -> None:
    """All that lie on the topic once nothing comes any more."""
    await asyncio.sleep(5)
    ends, ids = await _ends(settings, LEAD_TASKS), set()
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
        consumer.assign(list(ends))
        await consumer.seek_to_beginning(*ends)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    task = msgspec.json.decode(record.value)
                    if task["task_id"] in ids:
                        continue
                    ids.add(task["task_id"])
                    fired.tasks[task["kind"]] += 1
                    due_ms = int(task["task_id"].split("/")[-2])
                    fired.stale += task["kind"] == "remind" and due_ms + ESCALATE_AFTER_MS < began_ms - MINUTE_MS


def rows(size: Size, fired: Fired) -> list[results.Row]:
    """As they are kept."""
    late = sorted(fired.late_ms) or [-1]
    p99_s = late[int(len(late) * 0.99)] / 1000
    expected, note = (
        size.overdue + size.per_s * size.for_s,
        f"{size.pending:,} pending, {size.per_s:,} come due a second",
    )
    again = sum(fired.seen.values()) - len(fired.seen)
    pace = size.overdue / fired.overdue_s if fired.overdue_s else 0.0
    exact = len(fired.seen) == expected and fired.out_of_order == 0 and fired.stale == 0
    after = max(fired.after_kill_ms, default=0) / 1000
    return [
        results.Row(
            what="a deadline fires late by, 99 %", figure=p99_s, unit="s", goal=f"{GOAL_LATE_S:g} s or less",
            met=p99_s < GOAL_LATE_S, note=f"{note}; half within {late[len(late) // 2] / 1000:.3f} s",
        ),
        results.Row(
            what="deadlines lost, out of order, or stale after a kill -9 and a day of downtime",
            figure=expected - len(fired.seen) + fired.out_of_order + fired.stale, unit="", goal="0", met=exact,
            note=f"{again} fired twice around the kill, the latest {after:.1f} s late; tasks {dict(fired.tasks)}",
        ),
        results.Row(
            what="overdue deadlines fired", figure=pace, unit="deadlines/s",
            note=f"{size.overdue:,} leads at the start, each with a reminder and an escalation",
        ),
        results.Row(what="memory of the worker", figure=fired.worker_mb, unit="MB", note=note),
    ]  # fmt: skip


def say(line: str) -> None:
    """At once."""
    print(line, flush=True)


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.deadlines", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fiftieth of it: shows that it works")
    said = parser.parse_args()
    logging.disable(logging.ERROR)
    say(machine())
    size = QUICK if said.quick else FULL
    try:
        fired = run(size)
    except KeyboardInterrupt:
        say("stopped; nothing of it runs any more")
        return 130
    except ServerFailed as failed:
        say(str(failed))
        return 1
    found = rows(size, fired)
    results.keep("deadlines", found, said.quick)
    say(results.table(said.quick))
    return 0 if all(row.met is not False for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
