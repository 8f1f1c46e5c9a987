"""Fifty ripe leads wait because everybody is full: the best leave first, and nobody is lost though route is killed."""

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from schemas.handoff import Ripe
from streams.topology import LEAD_EVENTS, RIPE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.test_queue import POLICY, TOPICS, assigned, closed, one, say
from tests.pure.ripes import ripe

pytestmark = pytest.mark.live

PLACES, WAITING, FREED = 6, 50, 3


@pytest.fixture
def routing(tmp_path: Path) -> Path:
    """Six places in all."""
    file = tmp_path / "routing.yaml"
    file.write_text(POLICY)
    return file


def waiting() -> list[Ripe]:
    """SQL or not, priorities from 1 to 50, in any order."""
    levels = [n % 10 == 0 for n in range(WAITING)]
    score = ripe().score
    found = [
        one(PLACES + n, level="SQL" if sql else "MQL", score=msgspec.structs.replace(score, priority=float(n + 1)))
        for n, sql in enumerate(levels)
    ]
    Random(37).shuffle(found)
    return found


@pytest.mark.long
async def test_s37_of_fifty_who_wait_the_first_by_level_and_priority_leave_and_a_killed_route_loses_nobody(
    kafka: Kafka, worker: StartWorker, routing: Path
) -> None:
    await kafka.create(TOPICS)
    route = await worker("route", routing=routing)
    await say(kafka, [one(n) for n in range(PLACES)])
    first = await assigned(kafka, PLACES)
    queue = waiting()
    await say(kafka, queue)
    await until(lambda: _says(route, f"touchline_ripe_leads_waiting {float(WAITING)}"), "fifty wait")
    await until(lambda: _oldest(route), "the oldest has an age")

    route.kill()
    route.launch()
    await route.ready()
    await until(lambda: _says(route, f"touchline_ripe_leads_waiting {float(WAITING)}"), "fifty wait still")
    for handoff in list(first)[:FREED]:
        await say(kafka, [closed(int(handoff[1:]), first[handoff].owner)])
    best = sorted(queue, key=lambda word: (word.level != "SQL", -word.score.priority))[:FREED]
    await until(lambda: _says(route, f"touchline_ripe_leads_waiting {float(WAITING - FREED)}"), "three leave")
    await kafka.until_committed("touchline-route", RIPE)
    after = await assigned(kafka, sum((await kafka.end_offsets(LEAD_EVENTS)).values()))  # what a kill repeats, too

    assert {word.handoff_id for word in best} == {h for h, said in after.items() if said.owner and h not in first}
    assert WAITING - FREED == sum(said.waiting for said in after.values())


async def _says(route: Any, line: str) -> bool:
    return line in await route.page("/metrics")


async def _oldest(route: Any) -> bool:
    name = "touchline_ripe_lead_oldest_seconds "
    lines = (await route.page("/metrics")).splitlines()
    return any(line.startswith(name) and float(line.split()[-1]) > 0 for line in lines)
