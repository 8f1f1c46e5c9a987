"""Finds the log, the models and the names of a replay, and has it compared."""

from pathlib import Path

from msgspec import Struct

from agents.replay.kafka_log import spans
from agents.replay.log_file import BadLog, log_files
from agents.replay.order import Part
from agents.replay.shelf import models_of, read_shelf
from agents.settings import Settings
from agents.topics.reader import counted
from schemas.scoring_model import ScoringModel
from streams.topology import LEAD_EVENTS


class Found(Struct, kw_only=True):
    """A log to replay."""

    parts: list[Part]
    end_ms: int
    shelf: dict[str, ScoringModel] = {}
    """By digest: the models that the log may put in force."""
    first: str = ""
    """Digest of the model that judged the first record; empty: not known, so it is the one of the settings."""
    in_force: str = ""
    """And of the one that judges now."""


def from_files(path: Path) -> Found:
    """An export; BadLog says what is wrong with it."""
    files = log_files(path)
    parts = [
        Part(number=number, records=records, file=file.path)
        for file in files
        for number, records in sorted(file.counts().items())
    ]
    doubled = {part.number for part in parts if sum(part.number == other.number for other in parts) > 1}
    if doubled:
        raise BadLog(f"{path}: partition {min(doubled)} is in more than one file: keep one export in a folder")
    head = max((file.head for file in files), key=lambda one: one.taken_ms)
    shelf = read_shelf(head.models)
    return Found(parts=parts, end_ms=head.taken_ms, shelf=shelf, first=head.first, in_force=head.in_force)


async def from_kafka(settings: Settings, now_ms: int) -> Found:
    """The log as it is now, and the models it may name."""
    count = (await counted(settings, {LEAD_EVENTS.name}))[LEAD_EVENTS.name]
    parts = [
        Part(number=number, records=end - first, first=first, end=end)
        for number, (first, end) in sorted((await spans(settings, count)).items())
    ]
    models = await models_of(settings, whole=all(part.first == 0 for part in parts))
    shelf = read_shelf(models.texts)
    return Found(parts=parts, end_ms=now_ms, shelf=shelf, first=models.first, in_force=models.in_force)
