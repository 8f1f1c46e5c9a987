"""A short form of the long run: kills under load, and outages of Kafka and Redis; afterwards somebody else recounts."""

import random
from pathlib import Path

import pytest

from deploy.local.stack import LocalStack
from tests.chaos.driver import Plan, Ran, Run
from tests.chaos.schedule import KAFKA, REDIS, Fault, Strike
from tests.chaos.verdict import Verdict

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SEED = 20_261_122
PER_S = 400.0


def right(verdict: Verdict) -> tuple[list[str], int, int, int, int]:
    return verdict.wrong, verdict.lost, verdict.twice, verdict.handoffs_missing, verdict.handoff_repeats


async def test_killed_workers_lose_no_touch_count_none_twice_and_hand_off_once(
    own_stack: LocalStack, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    order = ["score-1", "identify-1", "route-1", "score-2", "score-1"]
    strikes = [
        Strike(at_s=1.0 + 1.6 * number + dice.random(), fault=Fault.KILL, target=name)
        for number, name in enumerate(order)
    ]
    # Killed while it waits for Redis: it holds what it has read and not written.
    strikes.append(Strike(at_s=9.5, fault=Fault.STOP, target=REDIS, lasts_s=3.0))
    strikes.append(Strike(at_s=11.5, fault=Fault.KILL, target="identify-1"))
    workers = ("identify-1", "score-1", "score-2", "route-1")
    plan = Plan(seed=SEED, touches=5_600, per_s=PER_S, strikes=strikes, workers=workers)

    ran = await Run(plan, own_stack, tmp_path).to_the_end()

    assert "" == ran.unsettled
    assert ([], 0, 0, 0, 0) == right(ran.verdict)
    assert ran.verdict.counted == ran.verdict.touches == 5_600
    assert 0 < ran.verdict.handoffs < plan.people
    assert len(order) + 1 == ran.fleet.restarts


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


def unready(ran: Ran, server: str) -> set[str]:
    """Workers that said during this server's outage that they were not ready."""
    (span,) = [(began_s, ended_s) for began_s, ended_s, strike in ran.struck if strike.target == server]
    return {
        name
        for name, told in ran.fleet.asked.items()
        for one in told
        if span[0] <= one.at_s <= span[1] and not one.ready
    }
