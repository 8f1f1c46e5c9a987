"""Every panel of the dashboards, asked of a real Prometheus that scrapes real workers: none is without series."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import Struct

from agents.demo.crew import Worker
from agents.signals.table import everything
from deploy.local.ports import free_port
from streams.topology import CRM_UPDATES, FACTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.contract.test_grafana import BOARDS, panels
from tests.live.calls import KEY, TRACK, post
from tests.live.kafka import Kafka, until
from tests.live.prometheus import Prometheus

pytestmark = pytest.mark.live

STAGES = {"identify": (), "score": (), "route": (), "mirror": (), "intake": (), "canary": ("--every-s", "0.5")}
"""With what is said beside the settings."""
M1 = Path(__file__).parents[1] / "models" / "m1.yaml"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = ("traceparent", f"00-{TRACE_ID}-b7ad6b7169203331-01".encode())
RARE = {"Restore: time", "Score: timers"}
"""Nothing may have happened in the time asked for: a share or a quantile of nothing is no number."""

POLICY = """
routing: board
version: 1
hours: always
people: {ann: {capacity: 2}}
teams: {desk: {members: [ann]}}
rules: [{name: everyone, to: team desk}]
respond: {within: 30m}
follow up:
  touches: 2
  gaps: [1d]
  channels: [call, email]
"""


class Deployment(Struct):
    """All stages, and who watches them."""

    workers: Mapping[str, Worker]
    prometheus: Prometheus
    kafka: Kafka


@pytest.fixture
async def deployment(kafka: Kafka, worker: StartWorker, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Prometheus sees the workers start, so that what they count at first is seen to rise."""
    routing = tmp_path / "routing.yaml"
    routing.write_text(POLICY)
    await kafka.create()
    workers = {
        stage: await worker(stage, *said, wait=False, model=M1, routing=routing) for stage, said in STAGES.items()
    }
    prometheus = Prometheus(tmp_path / "prometheus", free_port(), workers.values())
    try:
        await asyncio.to_thread(prometheus.start)
        for one in workers.values():
            await until(_ready(one), f"{one.stage} to be ready", 60)
        yield Deployment(workers, prometheus, kafka)
    finally:
        prometheus.kill()


def _ready(one: Worker) -> Callable[[], Awaitable[bool]]:
    return lambda: asyncio.to_thread(one.answers)


def filled_in(query: str) -> str:
    for name, value in (("$__rate_interval", "10m"), ("$__range", "10m"), ("$instance", ".*"), ("$namespace", ".*")):
        query = query.replace(name, value)
    return query


def touch(lead: str, number: int, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"touch_id": f"{lead}-{number}", "kind": "demo_request", "at": at, "who": {"crm:check": lead}} | more


async def ripen(kafka: Kafka, lead: str) -> None:
    fact = {"fact_id": f"{lead}-f", "at": datetime.now(UTC).isoformat(), "who": {"crm:check": lead}, "by": "sales"}
    await kafka.say(FACTS, [fact | {"name": "headcount", "value": 40}], lead)
    await kafka.say(TOUCHES_WEB, [touch(lead, 1), touch(lead, 2)], lead, headers=[TRACEPARENT])


async def answer(kafka: Kafka, lead: str, kind: str, **more: Any) -> None:
    now = datetime.now(UTC)
    said = {"update_id": f"{lead}-{kind}", "at": now.isoformat(), "who": {"crm:check": lead}, "kind": kind, "by": "ann"}
    await kafka.say(CRM_UPDATES, [said | more], lead)


async def ask(url: str) -> None:
    """Calls of a website, of a stranger and of a telephone system."""
    async with aiohttp.ClientSession(headers=KEY) as http:
        assert (200, 401) == (
            (await post(http, f"{url}/v1/track", TRACK))[0],
            (await post(http, f"{url}/v1/track", TRACK, headers={"Authorization": aiohttp.encode_basic_auth("x", "")}))[
                0
            ],
        )
        assert 200 == (await post(http, f"{url}/v1/route/decide", {"phone": "+77010000001"}))[0]


async def live(where: Deployment) -> None:
    """What happens to a company in an hour: ripe leads, too few people, answers, bad input, callers."""
    kafka, url = where.kafka, where.workers["intake"].url
    for lead in ("a", "b", "c"):
        await ripen(kafka, lead)
    await kafka.say(TOUCHES_WEB, [b"not json", {"kind": "visit"}], "x")
    now = datetime.now(UTC)
    away = {"person": "eve", "from": now.isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    await answer(kafka, "nobody", "absent", **away)
    await ask(url)

    async def handed_off() -> bool:
        told = await where.prometheus.query("sum(touchline_handoffs_assigned_total)")
        return told[0][1] >= 2.0 if told else False

    await until(handed_off, "two leads to be given to ann", 30)
    for lead in ("a", "b", "c"):
        await answer(kafka, lead, "attempt", channel="call", answered=True)
    await answer(kafka, "a", "lost", cause="budget")
    await answer(kafka, "b", "lost", cause="budget")


async def test_no_panel_is_without_series_and_traces_are_its_examples(deployment: Deployment) -> None:
    await live(deployment)
    missing: list[str] = []
    number = 0

    async def all_answered() -> bool:
        nonlocal number
        number += 1
        await deployment.kafka.say(TOUCHES_WEB, [touch(f"more{number}", 0)], f"more{number}")
        # What happened before a worker was first scraped is no rise: let it happen again.
        await ripen(deployment.kafka, f"again{number}")
        await ask(deployment.workers["intake"].url)
        missing[:] = await _without_series(deployment.prometheus)
        return not missing

    try:
        await until(all_answered, "every panel to show something", 25)
    except AssertionError:
        pytest.fail("no series for\n" + "\n".join(missing))

    now_s = time.time()
    found = await deployment.prometheus.ask(
        "query_exemplars", query="touchline_handoff_latency_seconds_bucket", start=str(now_s - 300), end=str(now_s + 1)
    )
    assert {TRACE_ID} == {one["labels"]["trace_id"] for series in found for one in series["exemplars"]}
    await _labels_are_known(deployment)


async def _without_series(prometheus: Prometheus) -> list[str]:
    missing = []
    for board in BOARDS:
        for panel in panels(board):
            for target in panel["targets"]:
                told = await prometheus.query(filled_in(target["expr"]))
                if not told or (panel["title"] not in RARE and all(math.isnan(value) for _, value in told)):
                    missing.append(f"{panel['title']}: {filled_in(target['expr'])}{' (no number)' if told else ''}")
    return missing


async def _labels_are_known(deployment: Deployment) -> None:
    """Of everything that the workers have shown, after all that happened."""
    families = {name: family for family in everything() for name in family.names}
    stages = {one.address: stage for stage, one in deployment.workers.items()}
    strangers = set()
    for labels in await deployment.prometheus.ask("series", **{"match[]": '{__name__=~"touchline_.*"}'}):
        family, stage = families[labels["__name__"]], stages[labels["instance"]]
        for label in labels.keys() - {"__name__", "instance", "job", "le"}:
            known = family.values(label, stage)
            if known is not None and labels[label] not in known:
                strangers.add((family.name, label, labels[label]))
    assert set() == strangers
