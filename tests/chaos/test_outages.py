"""Kafka or Redis is away: consumers end, workers stop when told, and what was begun is waited for however long."""

import asyncio
import inspect
import json
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.delivery.consumer_end import end_consumer
from agents.demo.crew import Worker
from deploy.local.stack import LocalStack
from streams.topology import IDENTIFY, LEAD_EVENTS, SCORE, TOUCHES_WEB
from tests.chaos.driver import Plan, Ran, Run
from tests.chaos.schedule import KAFKA, REDIS, Fault, Strike
from tests.chaos.test_short import PER_S, SEED, right
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touches import TOPICS, events, touch

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

BACK_WITHIN_S = 90.0
STOPS_WITHIN_S = 15.0
"""Five for a write that waits; the rest for a busy machine. An orchestrator's patience is 30."""
LONG_S = 34.0
"""Longer than any timeout of a client: a request's is 30 s."""


async def test_a_consumer_ends_while_its_fetch_pauses_before_the_next_try(kafka: Kafka, own_stack: LocalStack) -> None:
    await kafka.create({LEAD_EVENTS})
    consumers = [await reading(kafka) for _ in range(3)]
    own_stack.kafka.kill()
    try:
        for consumer in consumers:
            await asyncio.wait_for(pausing(consumer), 5)
            await end_consumer(consumer)
    finally:
        await asyncio.to_thread(own_stack.kafka.start, BACK_WITHIN_S)


async def test_workers_with_nothing_in_flight_stop_cleanly_while_kafka_is_away(
    kafka: Kafka, worker: StartWorker, own_stack: LocalStack
) -> None:
    await kafka.create()
    crew = [await worker(stage, wait=False) for stage in ("identify", "score", "route", "mirror")]
    await asyncio.gather(*(one.ready(60) for one in crew))
    await kafka.say(TOUCHES_WEB, [touch(n, {"user": "cyd"}) for n in range(9)])
    await events(kafka, 9, within_s=40)
    for stage in IDENTIFY, SCORE:
        for topic in stage.reads:
            await kafka.until_committed(f"touchline-{stage.name}", topic)
    own_stack.kafka.kill()
    try:
        ended = await asyncio.gather(*(one.terminate(STOPS_WITHIN_S) for one in crew))
    finally:
        await asyncio.to_thread(own_stack.kafka.start, BACK_WITHIN_S)

    assert [0, 0, 0, 0] == ended


async def test_a_worker_told_to_stop_does_not_wait_for_a_write_that_kafka_is_away_for(
    kafka: Kafka, worker: StartWorker, own_stack: LocalStack
) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify", member="identify-1")  # comes back as itself: no session has to run out first
    await a_write_waits(kafka, identify, own_stack)
    code = await identify.terminate(STOPS_WITHIN_S)
    await asyncio.to_thread(own_stack.kafka.start, BACK_WITHIN_S)
    await identify.ready(60)

    assert 1 == code
    assert "told to stop while a write waits for the broker" in identify.excerpt(200)
    assert {"t1", "t2"} == {event.id for _, event in await events(kafka, 2, within_s=40)}


async def test_outages_of_kafka_and_redis_are_waited_for_and_told(own_stack: LocalStack, tmp_path: Path) -> None:
    strikes = [
        Strike(at_s=1.5, fault=Fault.STOP, target=REDIS, lasts_s=4.0),
        Strike(at_s=8.0, fault=Fault.STOP, target=KAFKA, lasts_s=1.0),
    ]
    workers = ("identify-1", "score-1", "route-1", "mirror-1")
    plan = Plan(seed=SEED + 1, touches=4_000, per_s=PER_S, strikes=strikes, workers=workers, session_s=10.0)

    ran = await Run(plan, own_stack, tmp_path).to_the_end()

    assert "" == ran.unsettled
    assert ([], 0, 0, 0, 0) == right(ran.verdict)
    assert [] == ran.fleet.ended, "nobody gave up"
    asked = ran.fleet.asked
    assert all(len(told) > 10 for told in asked.values())
    assert [] == [name for name, told in asked.items() if not all(one.live for one in told)]
    assert all(told[-1].ready for told in asked.values()), "everybody works again"
    assert {"identify-1", "mirror-1"} <= unready(ran, REDIS)
    assert "score-1" not in unready(ran, REDIS), "scoring needs no Redis"
    assert set(workers) == unready(ran, KAFKA)


@pytest.mark.long
async def test_an_outage_of_kafka_longer_than_its_clients_timeouts_is_waited_for(
    kafka: Kafka, worker: StartWorker, own_stack: LocalStack
) -> None:
    await kafka.create()
    identify, score = await worker("identify"), await worker("score")
    pids = identify.pid, score.pid
    began_s = time.monotonic()
    await a_write_waits(kafka, identify, own_stack)

    async def long_enough() -> bool:
        assert [True, True] == [one.running for one in (identify, score)]
        assert [True, True] == [await asyncio.to_thread(live, one) for one in (identify, score)]
        return time.monotonic() - began_s > LONG_S

    await until(long_enough, "a long outage", 2 * LONG_S)
    await asyncio.to_thread(own_stack.kafka.start, BACK_WITHIN_S)
    await until(lambda: asyncio.to_thread(identify.answers), "identify to be ready again", 40)
    await until(lambda: asyncio.to_thread(score.answers), "score to be ready again", 40)
    await kafka.say(TOUCHES_WEB, touch(3, {"user": "cyd"}))

    assert ["t1", "t2", "t3"] == sorted(event.id for _, event in await events(kafka, 3, within_s=40))
    await kafka.until_committed("touchline-score", LEAD_EVENTS, 40)
    assert pids == (identify.pid, score.pid)


async def reading(kafka: Kafka) -> AIOKafkaConsumer:
    """A consumer that fetches a partition, whose first answer it has."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.settings.bootstrap, fetch_max_wait_ms=50)
    await consumer.start()
    place = TopicPartition(kafka.name(LEAD_EVENTS), 0)
    consumer.assign([place])
    await consumer.seek_to_beginning(place)
    await consumer.getmany(place, timeout_ms=200)
    return consumer


async def pausing(consumer: AIOKafkaConsumer) -> None:
    """Until a fetch has failed and waits to try again."""
    while not any(sleeps(task) for task in consumer._fetcher._pending_tasks):
        await asyncio.sleep(0)


def sleeps(task: "asyncio.Task[object]") -> bool:
    """The innermost of what it awaits is a sleep."""
    inner: Any = task.get_coro()
    while inspect.iscoroutine(inner.cr_await):
        inner = inner.cr_await
    return bool(inner.cr_code.co_name == "sleep")


async def a_write_waits(kafka: Kafka, identify: Worker, stack: LocalStack) -> None:
    """Bring about that identify holds a group which it cannot write, because Kafka is away."""
    await kafka.say(TOUCHES_WEB, touch(1, {"user": "cyd"}))
    await events(kafka, 1, within_s=40)
    stack.redis.send(signal.SIGSTOP)
    await kafka.say(TOUCHES_WEB, touch(2, {"user": "dan"}))
    await told(identify, "Redis")
    stack.kafka.kill()
    stack.redis.send(signal.SIGCONT)
    await told(identify, "a write waits for the broker")


async def told(one: Worker, words: str) -> None:
    """Until the worker gives this reason for not being ready."""

    async def says_so() -> bool:
        return any(words in reason for reason in await asyncio.to_thread(reasons, one))

    await until(says_so, f"{one.name} to say: {words}", 40)


def reasons(one: Worker) -> list[str]:
    """Why it is not ready; none: it is."""
    try:
        with urllib.request.urlopen(f"{one.url}/readyz", timeout=5):
            return []
    except urllib.error.HTTPError as refused:
        return list(json.loads(refused.read())["reasons"])


def live(one: Worker) -> bool:
    """/livez says 200."""
    with urllib.request.urlopen(f"{one.url}/livez", timeout=5) as reply:
        return bool(reply.status == 200)


def unready(ran: Ran, server: str) -> set[str]:
    """Workers that said during this server's outage that they were not ready."""
    (span,) = [(began_s, ended_s) for began_s, ended_s, strike in ran.struck if strike.target == server]
    return {
        name
        for name, told in ran.fleet.asked.items()
        for one in told
        if span[0] <= one.at_s <= span[1] and not one.ready
    }
