"""Another model takes effect on a running log: at the marked offsets, with workers killed, and back again."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from agents.clock import wall_ms
from agents.model_file import PRESET
from agents.table.model_shelf import ModelShelf
from schemas.lead_state import Control
from schemas.log_mark import ModelActivated
from schemas.scoring_model import ModelDocument
from streams.activation import activation_bytes
from streams.batch import fold_batch
from streams.generations.log_marks import MODEL_KEY
from streams.lead_codec import CONTROL_KEY, applied_of
from streams.topology import DEAD_LETTERS, LEAD_EVENTS, LEAD_STATE, SCORING_MODELS
from tests.conftest import StartWorker
from tests.live.kafka import until
from tests.live.test_score import Log, log, touches
from tests.live.touchline import touchline
from tests.pure.lives import Table

pytestmark = pytest.mark.live

__all__ = ["log"]


def version(number: int, folder: Path, *changes: tuple[str, str]) -> Path:
    """The preset as another version, with these changes."""
    text = PRESET.read_text().replace("version: 1", f"version: {number}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"v{number}.yaml"
    path.write_text(text)
    return path


async def in_force(log: Log) -> list[str]:
    """By the latest control record of each partition."""
    latest: dict[int, Control] = {}
    for record in await log.kafka.read_all(LEAD_STATE):
        if record.key == CONTROL_KEY:
            latest[record.partition] = msgspec.json.decode(record.value, type=Control)
    return [control.models[0].split()[0] for _, control in sorted(latest.items())]


async def by_hand(log: Log) -> dict[bytes, bytes]:
    """The states that the log and the shelf alone give."""
    shelf = ModelShelf(log.settings)
    shelf.take(await log.kafka.read_all(SCORING_MODELS))
    judge, states = shelf.first, dict[bytes, bytes]()
    assert judge is not None
    records = await log.kafka.read_all(LEAD_EVENTS)
    for number in {record.partition for record in records}:
        table = Table()
        table.keep(fold_batch(
            [r for r in records if r.partition == number], table, judge, shelf.judge_of, shelf, ledger=False
        )[0])  # fmt: skip
        states |= table.kept
    return states


async def kept(log: Log) -> dict[bytes, bytes]:
    """The states on the table."""
    states: dict[bytes, bytes] = {}
    for record in await log.kafka.read_all(LEAD_STATE):
        if record.key != CONTROL_KEY and applied_of(record.value) >= applied_of(states.get(record.key, record.value)):
            states[record.key] = record.value
    return states


@pytest.mark.long
async def test_a_new_version_takes_effect_at_its_mark_with_workers_killed_and_rolls_back(
    log: Log, worker: StartWorker, tmp_path: Path
) -> None:
    one, _ = await asyncio.gather(worker("score", member="score-1"), worker("score", member="score-2"))
    saying = asyncio.create_task(log.say(touches(4_000), at_once=100, pause_s=0.1))
    second = version(2, tmp_path, ("version: 2", "version: 2  # more for a page"))
    text = second.read_text()
    rule = next(line for line in text.splitlines() if "when: page_view" in line and "points: " in line)
    second.write_text(text.replace(rule, rule.replace("points: ", "points: 1")))

    applied = await touchline(log.settings, "model", "apply", second, "--json", "--days", "0", "--by", "Olga")
    assert 0 == applied.code, applied.err
    assert log.settings.partitions == len(applied.json()["marks"])
    one.kill()
    await worker("score", member="score-1")
    await saying
    await log.until_scored()

    assert ["b2b-services@2"] * log.settings.partitions == await in_force(log)
    assert log.said == await log.counted()
    assert await by_hand(log) == await kept(log)

    refused = await touchline(log.settings, "model", "apply", PRESET)
    back = await touchline(log.settings, "model", "apply", PRESET, "--rollback", "--days", "0")
    await log.say(touches(300, first=4_000))
    await log.until_scored()

    assert (2, 0) == (refused.code, back.code)
    assert "--rollback" in refused.err
    assert ["b2b-services@1"] * log.settings.partitions == await in_force(log)
    assert await by_hand(log) == await kept(log)


@pytest.mark.long
async def test_a_broken_or_older_document_or_activation_changes_nothing_and_is_seen(
    log: Log, worker: StartWorker
) -> None:
    one = await worker("score")
    await log.say(touches(10))
    await log.until_scored()
    broken = ModelDocument(model="b2b-services", version=9, digest="sha256:" + "0" * 64, text="model: b2b\nversion: x")
    await log.kafka.say(SCORING_MODELS, broken, key=f"b2b-services@{broken.digest}")
    mark = ModelActivated(model="b2b-services", version=9, digest=broken.digest, at_ms=wall_ms())
    for number in range(log.settings.partitions):
        await log.out.write(LEAD_EVENTS, [(number, MODEL_KEY, activation_bytes(mark), [])])
    await log.say(touches(10, first=10))
    await log.until_scored()

    async def seen() -> bool:
        page = await one.page("/metrics")
        return 'models_refused_total{what="document"} 1.0' in page and 'what="activation"} 4.0' in page

    await until(seen, "the refusals in the metrics")
    assert ["b2b-services@1"] * log.settings.partitions == await in_force(log)
    assert log.said == await log.counted()
    letters = await log.kafka.read_all(DEAD_LETTERS)
    reasons = [dict(letter.headers)["__touchline.errors.topic"].decode() for letter in letters]
    assert ["lead.events"] * 4 + ["scoring.models"] == sorted(reasons)
    listed = (await touchline(log.settings, "model", "list", "--json")).json()
    assert ["b2b-services@" + broken.digest] == [refused["key"] for refused in listed["refused"]]
