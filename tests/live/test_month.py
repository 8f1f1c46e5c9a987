"""Three days of a sales team by a hurried clock, a worker killed meanwhile; each rule then notices its fault."""

import asyncio
import copy

import pytest

from deploy.local.stack import Addresses
from tests.month.planted import FAULTS
from tests.month.play import FEW_WORKERS, Kill, Month, Played
from tests.month.run import Run
from tests.month.team import SHORT
from tests.month.verdict import judge
from tests.month.world import read

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(200)]

SEED, LEADS = 3, 120


@pytest.fixture(scope="module")
def played(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What is left of it."""
    kill = Kill(SHORT.begins_ms + (SHORT.ends_ms - SHORT.begins_ms) // 3, "score-1")
    month = Month(seed=SEED, leads=LEADS, plan=SHORT, seconds=9.0, workers=FEW_WORKERS, kills=[kill])
    run = Run(month, stack, tmp_path_factory.mktemp("month"), print)
    return asyncio.run(run.to_the_end())


def test_what_a_sales_team_is_promised_holds_through_days_of_leads_and_a_killed_worker(played: Played) -> None:
    verdict = judge(played)

    assert [] == verdict.wrong
    assert (LEADS, 1) == (verdict.leads, verdict.restarts)
    assert min(verdict.handoffs, verdict.assigned, verdict.waited, verdict.escalated, verdict.cadence["ended"]) > 5


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_what_was_said_is_noticed(played: Played, name: str) -> None:
    fault, world, reports = FAULTS[name], read(played), copy.deepcopy(played.reports)
    fault.change(world, reports)

    wrong = judge(_with(played, reports), world).wrong

    assert any(line.startswith(fault.complaint) for line in wrong), wrong


def _with(played: Played, reports: dict[str, object]) -> Played:
    return Played(
        month=played.month, pace=played.pace, over_ms=played.over_ms, sent=played.sent, restarts=played.restarts,
        ended=played.ended, records=played.records, reports=reports,
    )  # fmt: skip
