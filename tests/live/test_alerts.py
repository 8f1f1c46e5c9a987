"""What goes wrong is told by the right alert and no other, through a real Prometheus and Alertmanager; and it heals."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from agents.demo.crew import Worker
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis
from streams.topology import CRM_UPDATES, FACTS, HANDOFFS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.alerting import HURRY, NO_GREAT_HURRY, Alertmanager, Receiver, Watch, hurried
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

CREW = ("identify", "score", "route", "mirror", "canary")
POLICY = """routing: hurried
version: 1
hours: always
people: {ann: {role: sdr}, dina: {role: sales manager}}
rules:
  - {name: everyone, to: ann}
respond: {within: 1s, escalate: "dina, at 1s"}
"""
MODEL = Path(__file__).parents[1] / "models" / "m1_full.yaml"

Watching = Callable[..., Awaitable[Receiver]]


@pytest.fixture
async def watching(tmp_path: Path) -> AsyncIterator[Watching]:
    """Prometheus over these workers, Alertmanager behind it, and who is told."""
    receiver = await Receiver().open()
    servers: list[Watch | Alertmanager] = []

    async def watch(*workers: Worker, factor: int = HURRY) -> Receiver:
        alertmanager = Alertmanager(tmp_path / "alertmanager", receiver.address, factor)
        prometheus = Watch(tmp_path / "prometheus", workers, alertmanager, factor)
        servers.extend((alertmanager, prometheus))
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))

        async def seen() -> bool:
            return len(await prometheus.query("touchline_build_info")) == len(workers)

        await until(seen, "every worker to be scraped")
        return receiver

    yield watch
    for server in servers:
        server.kill()
    await receiver.close()


def test_a_hurry_changes_lengths_of_time_and_nothing_else() -> None:
    rule = {"alert": "A", "expr": "x[10m:1m] > 60 and y[1w:]", "for": "1m30s", "annotations": {"summary": "in 5m"}}
    shorter = rule | {"expr": "x[10000ms:1000ms] > 60 and y[10080000ms:]", "for": "1500ms"}

    said = hurried(json.dumps({"groups": [{"name": "g", "interval": "30s", "rules": [rule]}]}))

    assert {"groups": [{"name": "g", "interval": "500ms", "rules": [shorter]}]} == YAML(typ="safe").load(said)


@pytest.mark.long
async def test_a_stage_without_workers_pages_and_is_resolved_by_a_start(
    kafka: Kafka, worker: StartWorker, watching: Watching
) -> None:
    await kafka.create()
    score = await worker("score")
    told = await watching(score)
    score.kill()

    who, alert = await told.until("TouchlineStageDown", "firing", 30)

    assert ("pager", "score") == (who, alert["labels"]["stage"])
    assert "https://touchline.io/docs/runbook#touchlinestagedown" == alert["annotations"]["runbook_url"]
    await score.ready()
    await told.until("TouchlineStageDown", "resolved", 30)
    assert ["TouchlineStageDown"] == list(told.firing())


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_each_fault_is_told_by_its_alert_alone_and_heals(
    kafka: Kafka, worker: StartWorker, watching: Watching, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    redis = Redis(tmp_path / "redis", free_port())
    redis.start()
    try:
        await kafka.create()
        more = {"redis": redis.url, "model": MODEL, "routing": policy}
        crew = await asyncio.gather(*(worker(stage, **more) for stage in CREW))
        told = await watching(*crew, factor=NO_GREAT_HURRY)
        expected: set[str] = set()

        async def alone(name: str, heal: Callable[[], Awaitable[None]]) -> None:
            expected.add(name)
            await told.until(name, "firing", 60)
            await heal()
            await told.until(name, "resolved", 200)
            assert expected == set(told.firing()), told.firing()

        crew[1].kill()
        await alone("TouchlineStageDown", lambda: _started(crew[1]))

        redis.send(signal.SIGSTOP)
        await alone("TouchlineRedisUnavailable", lambda: _woken(redis))

        await kafka.say(TOUCHES_WEB, [b"poison"] * 30)
        await alone("TouchlineDeadLetters", _nothing)

        soon = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
        for number in range(6):
            about = {"who": {"crm:check": f"starved-{number}"}, "at": int(datetime.now(UTC).timestamp() * 1000)}
            facts = {"facts": {"purchase_by": soon, "headcount": 40}, "by": "sales"}
            await kafka.say(FACTS, {"fact_id": f"f{number}", **about, **facts})
        await alone("TouchlineHandoffsUnanswered", lambda: _answered(kafka))
        assert {"pager", "tickets"} == {who for who, _ in told.told}
    finally:
        redis.kill()


async def _started(worker: Worker) -> None:
    await worker.ready()


async def _woken(redis: Redis) -> None:
    redis.send(signal.SIGCONT)


async def _nothing() -> None:
    """It passes with the last of them."""


async def _answered(kafka: Kafka) -> None:
    """The CRM reads what waits, and takes it."""
    for event in await kafka.values(HANDOFFS):
        update = {
            "update_id": f"u-{event.id}",
            "at": event.time,
            "handoff_id": event.data.handoff_id,
            "kind": "accepted",
        }
        await kafka.say(CRM_UPDATES, update)
