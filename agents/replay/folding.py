"""Folds partitions of the log with both models, in processes of their own, and sums what they found."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from multiprocessing.queues import Queue
from queue import Empty
from typing import Any

from agents.replay.kafka_log import read
from agents.replay.log_file import LogFile
from agents.replay.order import Order, Part
from streams.judge import Judge
from streams.replay.comparison import Comparison
from streams.replay.report import Report

AT_ONCE = 4_000
"""Records folded together: more would hold more memory, fewer would fold a lead's visit in pieces."""
LOOK_EVERY_S = 0.1

Progress = Callable[[int], None]
"""So many records more were read."""

_told: "Queue[int] | None" = None
"""Of this process: where it tells how far it is."""


class NotOnShelf(Exception):
    """The log names a model that `scoring.models` does not hold."""


def compare(order: Order, parts: Sequence[Part], progress: Progress, jobs: int = 0) -> Report:
    """Both models on all of it. `jobs`: processes; 0: as many as there are processors; 1: this one."""
    report = Report()
    jobs = min(jobs or os.cpu_count() or 1, len(parts))
    found = (part_of(order, part, progress) for part in parts) if jobs <= 1 else _spread(order, parts, progress, jobs)
    for one in found:
        report.add(one, order.terms.most)
    return report


def part_of(order: Order, part: Part, progress: Progress) -> Report:
    """One partition."""
    judges = [Judge.of(order.current), *(Judge(model, digest) for digest, model in order.shelf.items())]
    by_digest = {judge.digest: judge for judge in judges}
    comparison = Comparison(
        judges[0], Judge.of(order.candidate), order.terms,
        partial(_judge, by_digest) if order.follows else None, {judge.key: judge for judge in judges},
    )  # fmt: skip
    for records in _batches(order, part, progress, comparison.take):
        comparison.take(records)
    return comparison.finish()


def _judge(judges: dict[str, Judge], digest: str) -> Judge:
    judge = judges.get(digest)
    if judge is None:
        raise NotOnShelf(
            f"the log puts {digest} in force, and scoring.models does not hold it: name the model to compare with, "
            "`--current FILE`"
        )
    return judge


def _batches(order: Order, part: Part, progress: Progress, take: Callable[[list[Any]], None]) -> Iterator[list[Any]]:
    """From a file, batch by batch; from Kafka all is taken in by `take`, so that the next answer may come meanwhile."""
    if part.file is not None:
        for records in LogFile(part.file).read(part.number):
            yield records
            progress(len(records))
        return
    waiting: list[Any] = []

    def gather(_number: int, records: list[Any]) -> None:
        waiting.extend(records)
        if len(waiting) >= AT_ONCE:
            take(waiting)
            waiting.clear()
        progress(len(records))

    asyncio.run(read(order.settings, part.number, part.first, part.end, gather))
    yield waiting


def _spread(order: Order, parts: Sequence[Part], progress: Progress, jobs: int) -> Iterator[Report]:
    context = multiprocessing.get_context("spawn")
    told: Queue[int] = context.Queue()
    with ProcessPoolExecutor(jobs, context, _begin, (told,)) as pool:
        # The fullest first: the last one to end shall be a small one.
        ordered = sorted(parts, key=lambda part: -part.records)
        running: set[Future[Report]] = {pool.submit(_elsewhere, order, part) for part in ordered}
        try:
            while running:
                done, running = wait(running, LOOK_EVERY_S, FIRST_COMPLETED)
                _pass_on(told, progress)
                for one in done:
                    yield one.result()
        finally:
            for one in running:
                one.cancel()
    _pass_on(told, progress)


def _pass_on(told: "Queue[int]", progress: Progress) -> None:
    while True:
        try:
            progress(told.get_nowait())
        except Empty:
            return


def _begin(told: "Queue[int]") -> None:
    global _told  # noqa: PLW0603 - a process of a pool has no other place for what it was born with
    _told = told


def _elsewhere(order: Order, part: Part) -> Report:
    return part_of(order, part, _tell)


def _tell(records: int) -> None:
    if _told is not None:
        _told.put(records)
