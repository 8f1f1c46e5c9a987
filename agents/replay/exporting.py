"""Writes the log into a file, or each of its partitions into one of a folder."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct

from agents.replay.kafka_log import read, spans
from agents.replay.log_file import SUFFIX, LogHead, LogWriter
from agents.replay.shelf import models_of
from agents.settings import Settings
from agents.topics.reader import counted
from streams.generations.log_marks import CANARY_KEY
from streams.topology import LEAD_EVENTS, name_of


class Exported(Struct, kw_only=True):
    """What was written."""

    files: list[str]
    records: int = 0
    size: int = 0
    """Bytes."""
    first_ms: int = 0
    """When the first record was written; 0: there was none."""
    last_ms: int = 0


class Excerpt(Struct, frozen=True, kw_only=True):
    """Which part of the log is wanted."""

    since_ms: int
    until_ms: int
    """Records written before this."""


def is_folder(to: Path) -> bool:
    """A name without an ending, or a folder that is there."""
    return to.is_dir() or not to.suffix


async def export(settings: Settings, excerpt: Excerpt, to: Path, progress: Callable[[int], None]) -> Exported:
    """Write it. A file of a partition that cannot be written whole is not left behind."""
    count = (await counted(settings, {LEAD_EVENTS.name}))[LEAD_EVENTS.name]
    found = await spans(settings, count)
    complete = not excerpt.since_ms and all(first == 0 for first, _ in found.values())
    models = await models_of(settings, complete)
    log, done = name_of(LEAD_EVENTS, settings), Exported(files=[])
    folder = is_folder(to)
    (to if folder else to.parent).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:

        def opened(path: Path, partitions: list[int]) -> LogWriter:
            done.files.append(str(path))
            head = LogHead(
                log=log, partitions=partitions, taken_ms=excerpt.until_ms,
                models=models.texts, first=models.first, in_force=models.in_force,
            )  # fmt: skip
            return LogWriter(path, head)

        whole = None if folder else stack.enter_context(opened(to, sorted(found)))
        for number, (first, end) in sorted(found.items()):
            with ExitStack() as one:
                file = whole or one.enter_context(opened(to / f"{log}.{number:05d}{SUFFIX}", [number]))

                def take(partition: int, records: list[Any], file: LogWriter = file) -> None:
                    progress(len(records))
                    within = [r for r in records if excerpt.since_ms <= r.timestamp < excerpt.until_ms]
                    wanted = [r for r in within if r.key != CANARY_KEY]
                    if wanted:
                        file.write(partition, wanted)
                        done.records += len(wanted)
                        done.first_ms = min(done.first_ms or wanted[0].timestamp, wanted[0].timestamp)
                        done.last_ms = max(done.last_ms, wanted[-1].timestamp)

                await read(settings, number, first, end, take)
    sizes = await asyncio.to_thread(lambda: [Path(name).stat().st_size for name in done.files])
    done.size = sum(sizes)
    return done
