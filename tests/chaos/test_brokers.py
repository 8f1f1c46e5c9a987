"""Three brokers, two of which must have a record: the leaders are killed one after another, under load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.topics.admin import connected, look
from deploy.local.stack import LocalStack, opened
from tests.chaos.driver import Plan, Run
from tests.chaos.schedule import Fault, Strike
from tests.chaos.test_short import right

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

PER_S = 1_000.0
EVERY_S = 4.5
"""A broker that was killed is in sync again before the next one goes."""
STATE = ("lead.state/0",)


@pytest.fixture(scope="module")
def three_brokers() -> Iterator[LocalStack]:
    with opened(brokers=3, persistent_redis=True) as stack:
        yield stack


@pytest.mark.parametrize(
    "places",
    [
        pytest.param(STATE, id="one"),
        pytest.param((*STATE, "lead.events/1", "touches.web/2"), id="each-in-turn", marks=pytest.mark.long),
    ],
)
async def test_leaders_killed_under_load_lose_no_touch_and_count_none_twice(
    three_brokers: LocalStack, tmp_path: Path, places: tuple[str, ...]
) -> None:
    strikes = [
        Strike(at_s=1.0 + EVERY_S * number, fault=Fault.LEAD, target=place, lasts_s=1.0)
        for number, place in enumerate(places)
    ]
    touches = 5_000 * len(places)
    workers = ("identify-1", "score-1", "score-2", "route-1")
    plan = Plan(seed=7, touches=touches, per_s=PER_S, strikes=strikes, workers=workers, session_s=10.0)
    run = Run(plan, three_brokers, tmp_path)

    ran = await run.to_the_end()

    async with connected(run.settings) as client:
        name = run.kafka.name("lead.state")
        assert "2" == (await look(client, {name}))[name].own["min.insync.replicas"]
    assert "" == ran.unsettled
    assert ([], 0, 0, 0, 0) == right(ran.verdict)
    assert touches == ran.verdict.touches == ran.verdict.counted
    assert len(places) == len(ran.struck)
    assert [] == ran.fleet.ended, "nobody gave up"
