"""Many promises at once, over a real worker: a day overdue in order and nothing stale; a kill -9 that loses none."""

import pytest

from deploy.local.stack import Addresses
from tests.bench.deadlines import QUICK, run

pytestmark = [pytest.mark.live, pytest.mark.long]


def test_a_day_overdue_fires_in_order_and_a_kill_loses_no_deadline(
    stack: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_BOOTSTRAP", stack.bootstrap)
    monkeypatch.setenv("TOUCHLINE_REDIS", stack.redis)
    fired = run(QUICK)
    late = sorted(fired.late_ms)

    assert QUICK.overdue + QUICK.per_s * QUICK.for_s == len(fired.seen), "each fired, before the kill or after"
    assert (0, 0) == (fired.out_of_order, fired.stale)
    assert late[len(late) // 2] < 1_000
