"""A model takes effect on a real log, and leads to which nothing happens come under it: paced, through a kill."""

from collections import Counter
from itertools import count
from pathlib import Path

import msgspec
import pytest

from agents.settings import StoreKind
from schemas.lead_state import Control
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.lead_codec import CONTROL_KEY, decode
from streams.model import read_model
from streams.switch import stands_under_another
from streams.topology import LEAD_EVENTS, LEAD_STAGES, LEAD_STATE
from tests.conftest import StartWorker
from tests.live.kafka import until
from tests.live.test_model_change import by_hand, kept, version
from tests.live.test_score import Log, log, touches
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

__all__ = ["log"]


async def behind(log: Log, key: str) -> set[bytes]:
    """Leads of the table that stand under another model and may not."""
    return {lead for lead, value in (await kept(log)).items() if stands_under_another(decode(value), key)}


async def under(log: Log) -> dict[int, str]:
    """By the latest control record of each partition: the model under which all its leads are known to stand."""
    latest: dict[int, str] = {}
    for record in await log.kafka.read_all(LEAD_STATE):
        if record.key == CONTROL_KEY:
            latest[record.partition] = msgspec.json.decode(record.value, type=Control).under
    return latest


@pytest.mark.parametrize("store", [StoreKind.MEMORY, pytest.param(StoreKind.ROCKSDB, marks=pytest.mark.long)])
@pytest.mark.long
async def test_idle_leads_come_under_a_model_that_took_effect_though_the_worker_is_killed_meanwhile(
    log: Log, worker: StartWorker, tmp_path: Path, store: StoreKind
) -> None:
    given = {"timer_hold_s": 0.2, "model_leads_per_s": 40, "store": store, "cards": False, "member": "score-1"}
    one = await worker("score", **given)
    await log.say(touches(400))
    await log.until_scored()
    path = version(2, tmp_path, ("hot: 40, warm: 15", "hot: 40, warm: 0.01"))
    model = read_model(path.read_text())
    assert not isinstance(model, list)
    key = Judge(model).key
    before = await behind(log, key)

    applied = await touchline(log.settings, "model", "apply", path, "--days", "0")
    assert 0 == applied.code, applied.err

    async def begun() -> bool:
        return await behind(log, key) != before

    await until(begun, "a lead under the new model")
    one.kill()
    at_the_kill = len(await behind(log, key))
    await worker("score", **given)

    async def ended() -> bool:
        return not await behind(log, key)

    await until(ended, "every lead to stand under the new model", within_s=30)
    more = count(400, 100)

    async def noted() -> bool:
        await log.say(touches(100, first=next(more)))  # control records are written with what comes
        return {key} == set((await under(log)).values())

    await until(noted, "the table to say so", within_s=60)
    await log.until_scored()
    stages = await log.kafka.values(LEAD_STAGES)
    by_model = Counter((word.lead_id, word.dimension) for word in stages if word.cause)
    records = await log.kafka.read_all(LEAD_EVENTS)
    asked = Counter(r.key for r in records if r.key != MODEL_KEY and b'"model":' in r.value)

    assert 0 < at_the_kill < len(before)
    assert before <= asked.keys()
    assert {1} == set(by_model.values())
    assert await by_hand(log) == await kept(log)
