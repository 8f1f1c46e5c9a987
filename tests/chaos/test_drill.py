"""The drill in short: a stage is gone, is told, looked up, mended; then restarts and a rollback; nothing is lost."""

from pathlib import Path

import pytest

from deploy.local.stack import LocalStack
from tests.drill.faults import WORKER
from tests.drill.play import CREW, Drill, Drilled
from tests.drill.told import QUIET, ROLLBACK, ROLLING
from tests.live.alerting import NO_GREAT_HURRY

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(600)]


async def test_a_stranger_is_told_finds_the_remedy_and_nothing_is_lost_then_or_in_restarts_and_a_rollback(
    own_stack: LocalStack, tmp_path: Path
) -> None:
    drilled = Drilled(seed=20_261_122, per_s=300.0, most_touches=120_000, factor=NO_GREAT_HURRY, faults=[WORKER])

    report = await Drill(drilled, own_stack, tmp_path).drilled()

    (struck,) = report.faults
    assert [] == report.wrong
    assert ("TouchlineStageDown", "pager", "touchline doctor") == (struck.alert, struck.told, struck.command)
    assert "nobody runs score" in struck.answer
    assert [QUIET, ROLLING, ROLLBACK] == [window.name for window in report.windows]
    assert [*CREW, *CREW] == report.restarted
    assert report.messages > report.verdict.touches == report.verdict.counted > 0
    assert (0, 0, 0) == (report.verdict.lost, report.verdict.twice, report.verdict.handoff_repeats)
