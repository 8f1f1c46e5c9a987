"""What Prometheus scrapes and orchestrators ask: of every stage, as it really runs."""

import asyncio
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser

from agents.demo.crew import Worker
from deploy.local.ports import free_port
from streams.topology import TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

read_openmetrics: Callable[[str], Iterable[Metric]] = parser.text_string_to_metric_families
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
EDGES = {"0.1", "0.25", "1.0", "5.0"}


def scraped(url: str, accept: str = "text/plain") -> tuple[str, str]:
    request = urllib.request.Request(f"{url}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as reply:
        return reply.headers["Content-Type"], reply.read().decode()


Told = list[tuple[str, dict[str, str], float]]
WITH_PARTITIONS = {"touchline_partition_lag", "touchline_partition_lag_seconds"}


def families(one: Worker) -> Told:
    """All of a worker's samples of ours."""
    _, text = scraped(one.url, OPENMETRICS)
    told = [sample for family in read_openmetrics(text) for sample in family.samples]
    return [(s.name, s.labels, s.value) for s in told if s.name.startswith("touchline_")]


def value_of(told: Told, name: str) -> float:
    return sum(value for said, _, value in told if said == name)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def samples(text: str, name: str) -> list[tuple[dict[str, str], float]]:
    families: list[Metric] = list(read_openmetrics(text))
    return [(s.labels, s.value) for family in families for s in family.samples if s.name == name]


async def test_metrics_of_every_stage_follow_the_rules_and_say_what_happened(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create()
    stages = ("identify", "score", "route", "mirror", "intake")
    crew = dict(zip(stages, await asyncio.gather(*(worker(stage) for stage in stages)), strict=True))
    touches: list[dict[str, Any] | bytes] = [
        {"touch_id": f"t{i}", "kind": kind, "at": 1_790_000_000_000 + i, "who": {"crm:check": "m"}}
        for i, kind in enumerate(("demo_request", "teleport", "demo_request"))
    ]
    await kafka.say(TOUCHES_WEB, [*touches, b"not json"])

    expected = {("web", "scored"): 2.0, ("web", "unmatched"): 1.0}

    async def counted() -> bool:
        _, text = await asyncio.to_thread(scraped, crew["score"].url, OPENMETRICS)
        found = samples(text, "touchline_touches_processed_total")
        return expected == {(labels["channel"], labels["outcome"]): value for labels, value in found if value}

    await until(counted, f"touches counted as {expected}")

    for stage, one in crew.items():
        kind, text = await asyncio.to_thread(scraped, one.url)
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert ("", 0) == (checked.stdout + checked.stderr, checked.returncode), stage
        assert kind.startswith("text/plain")
        kind, text = await asyncio.to_thread(scraped, one.url, OPENMETRICS)
        assert kind.startswith("application/openmetrics-text")
        assert samples(text, "touchline_build_info"), stage
    _, text = scraped(crew["identify"].url, OPENMETRICS)
    letters = samples(text, "touchline_dead_letters_total")
    assert [({"topic": "touches.web", "reason": "not_json"}, 1.0)] == [told for told in letters if told[1]]
    _, text = scraped(crew["route"].url, OPENMETRICS)
    assert {labels["le"] for labels, _ in samples(text, "touchline_handoff_latency_seconds_bucket")} >= EDGES


async def test_lag_is_of_the_assignment_now_and_leaves_no_ghosts(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create()
    first = await worker("score")

    def partitions(one: Worker) -> set[str]:
        _, text = scraped(one.url, OPENMETRICS)
        return {labels["partition"] for labels, _ in samples(text, "touchline_partition_lag")}

    async def alone() -> bool:
        return {"0", "1", "2", "3"} == partitions(first)

    await until(alone, "one worker to show all four partitions")
    second = await worker("score")

    async def shared() -> bool:
        return len(partitions(first)) == len(partitions(second)) == 2

    await until(shared, "two workers to share four partitions", 30)

    one, other = (families(worker) for worker in (first, second))
    assert WITH_PARTITIONS == {name for name, labels, _ in (*one, *other) if "partition" in labels}
    for name in WITH_PARTITIONS:
        held = [[labels["partition"] for told, labels, _ in each if told == name] for each in (one, other)]
        assert ["0", "1", "2", "3"] == sorted(held[0] + held[1]), name
    for name, expected in (
        ("touchline_assigned_partitions", [2.0, 2.0]),
        ("touchline_last_processed_timestamp_seconds", [0.0, 0.0]),
        ("touchline_table_keys", [0.0, 0.0]),
    ):
        assert expected == [value for each in (one, other) for told, _, value in each if told == name], name
    assert (
        1.0 <= value_of(one, "touchline_rebalance_duration_seconds_count") < value_of(one, "touchline_rebalances_total")
    )

    assert 0 == await second.terminate()
    await until(alone, "the worker that stays to show all four partitions", 30)


async def test_liveness_does_not_ask_kafka_and_readiness_does(worker: StartWorker) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    lost = await worker("score", wait=False, bootstrap=nowhere)

    async def alive() -> bool:
        try:
            return status(f"{lost.url}/livez") == 200
        except OSError:
            return False

    await until(alive, "liveness without a broker")

    assert 503 == status(f"{lost.url}/readyz")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{lost.url}/readyz?verbose", timeout=5)
    assert json.loads(refused.value.read())["ready"] is False
