"""A short form of the long run: kills under load; afterwards somebody else recounts."""

import random
from pathlib import Path

import pytest

from deploy.local.stack import LocalStack
from tests.chaos.driver import Plan, Run
from tests.chaos.schedule import REDIS, Fault, Strike
from tests.chaos.verdict import Verdict

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SEED = 20_261_122
PER_S = 400.0
STEPS = (
    (2.4, "identify-1 after resolve"), (4.0, "score-1 after ripe"), (5.6, "identify-1 after lead.events"),
    (7.2, "score-2 before lead.state"), (8.8, "identify-1 before announced"), (10.4, "score-1 after lead.events"),
)  # fmt: skip


def right(verdict: Verdict) -> tuple[list[str], int, int, int, int]:
    return verdict.wrong, verdict.lost, verdict.twice, verdict.handoffs_missing, verdict.handoff_repeats


async def test_killed_workers_lose_no_touch_count_none_twice_and_hand_off_once_while_leads_merge(
    own_stack: LocalStack, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    order = ["score-1", "identify-1", "route-1", "score-2"]
    strikes = [
        Strike(at_s=1.0 + 3.2 * number + dice.random(), fault=Fault.KILL, target=name)
        for number, name in enumerate(order)
    ]
    strikes += [Strike(at_s=at_s, fault=Fault.STEP, target=step) for at_s, step in STEPS]
    # Killed while it waits for Redis: it holds what it has read and not written.
    strikes.append(Strike(at_s=12.0, fault=Fault.STOP, target=REDIS, lasts_s=3.0))
    strikes.append(Strike(at_s=14.0, fault=Fault.KILL, target="identify-1"))
    strikes.append(Strike(at_s=16.5, fault=Fault.FORGET, target=REDIS))
    workers = ("identify-1", "score-1", "score-2", "route-1")
    plan = Plan(seed=SEED, touches=7_200, per_s=PER_S, strikes=strikes, workers=workers)

    ran = await Run(plan, own_stack, tmp_path).to_the_end()

    verdict = ran.verdict
    assert "" == ran.unsettled
    assert ([], 0, 0, 0, 0) == right(verdict)
    assert verdict.counted == verdict.touches == 7_200
    assert (0, 0) == (verdict.welded, verdict.apart)
    assert 0 < verdict.handoffs < verdict.people
    assert verdict.merges > plan.people
    assert verdict.withdrawn > 0, "somebody was handed off twice before it was seen that they are one"
    assert len(order) + 2 < ran.fleet.restarts, "a wish is forgotten when another fault comes first"
