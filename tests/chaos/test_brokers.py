"""Three brokers, two of which must have a record: the leaders are killed one after another, under load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.topics.admin import connected, look
from deploy.local.stack import LocalStack, opened
from tests.chaos.driver import Plan, Run
from tests.chaos.schedule import Fault, Strike
from tests.chaos.test_short import right

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

TOUCHES = 15_000
PER_S = 1_000.0


@pytest.fixture(scope="module")
def three_brokers() -> Iterator[LocalStack]:
    with opened(brokers=3, persistent_redis=True) as stack:
        yield stack


async def test_leaders_killed_under_load_lose_no_touch_and_count_none_twice(
    three_brokers: LocalStack, tmp_path: Path
) -> None:
    places = ("lead.state/0", "lead.events/1", "touches.web/2")
    strikes = [
        Strike(at_s=1.0 + 4.5 * number, fault=Fault.LEAD, target=place, lasts_s=1.0)
        for number, place in enumerate(places)
    ]
    workers = ("identify-1", "score-1", "score-2", "route-1")
    plan = Plan(seed=7, touches=TOUCHES, per_s=PER_S, strikes=strikes, workers=workers, session_s=10.0)
    run = Run(plan, three_brokers, tmp_path)

    ran = await run.to_the_end()

    async with connected(run.settings) as client:
        name = run.kafka.name("lead.state")
        assert "2" == (await look(client, {name}))[name].own["min.insync.replicas"]
    assert "" == ran.unsettled
    assert ([], 0, 0, 0, 0) == right(ran.verdict)
    assert TOUCHES == ran.verdict.touches == ran.verdict.counted
    assert len(places) == len(ran.struck)
    assert [] == ran.fleet.ended, "nobody gave up"
