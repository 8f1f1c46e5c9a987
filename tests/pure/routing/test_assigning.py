"""What the lead's log hears of an assignment: the promise and the plan, as moments."""

from typing import Any

import msgspec

from schemas.routing_policy import Span
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.routing.assigning import Given, assignment, kind_of
from streams.routing.choosing import Chooser
from tests.pure.ripes import ripe
from tests.pure.routing.policies import POLICY, almaty

CHOOSER = Chooser(POLICY)
TOUCH = almaty("2026-12-01 12:00")
RIPE = ripe(touch_at_ms=TOUCH, received_ms=TOUCH + 15, at_ms=TOUCH)


def given(**said: Any) -> Given:
    """To the desk, just now."""
    usual: dict[str, Any] = {"rule": "everyone else", "kind": "team", "target": "sdr-desk", "at_ms": TOUCH + 1}
    return Given(**(usual | said))


def test_an_owner_has_the_promise_and_the_plan_in_working_time() -> None:
    said = assignment(RIPE, given(owner="ann"), CHOOSER)

    assert ("ann", "", "everyone else", "b2b-sales@3") == (said.owner, said.queue, said.rule, said.policy)
    assert [TOUCH + minutes * MINUTE_MS for minutes in (20, 30, 30, 45)] == [
        said.remind_ms, said.respond_by_ms, said.escalate_ms, said.reassign_ms,
    ]  # fmt: skip
    assert "dina" == said.escalate_to
    assert ["call", "messenger", "email", "call", "messenger"] == [channel for _, channel in said.plan]
    first = TOUCH + 1
    assert [first, first + DAY_MS, almaty("2026-12-07 09:00")] == [due for due, _ in said.plan[:3]]


def test_a_lead_that_waits_has_the_promise_and_no_plan() -> None:
    said = assignment(RIPE, given(waiting=True), CHOOSER)

    assert ("", "sdr-desk", True, []) == (said.owner, said.queue, said.waiting, said.plan)
    assert TOUCH + 30 * MINUTE_MS == said.respond_by_ms
    assert said.reassign_ms is None


def test_given_to_somebody_else_the_promise_counts_anew_and_the_plan_stands() -> None:
    later = TOUCH + 50 * MINUTE_MS
    said = assignment(RIPE, given(owner="bob", at_ms=later, anew=1), CHOOSER)

    assert later + 30 * MINUTE_MS == said.respond_by_ms
    assert later + 45 * MINUTE_MS == said.reassign_ms
    assert [] == said.plan


def test_the_last_of_them_keeps_it() -> None:
    assert None is assignment(RIPE, given(owner="eve", anew=2), CHOOSER).reassign_ms


def test_history_promises_nothing_and_plans_nothing() -> None:
    said = assignment(ripe(history=True), given(owner="ann"), CHOOSER)

    assert (None, None, []) == (said.respond_by_ms, said.remind_ms, said.plan)


def test_a_call_at_night_is_called_back_at_opening() -> None:
    night = almaty("2026-12-01 23:00")
    voicemail = given(rule="call at night", kind="queue", target="voicemail", at_ms=night)
    said = assignment(ripe(touch_at_ms=night, received_ms=night), voicemail, CHOOSER)

    assert (almaty("2026-12-02 09:00"), "call back at opening") == said.call_back


def test_who_gets_a_lead_that_waited_long_has_the_whole_time_to_answer_it() -> None:
    later = TOUCH + 120 * MINUTE_MS
    said = assignment(RIPE, given(owner="ann", at_ms=later), CHOOSER)

    assert TOUCH + 30 * MINUTE_MS == said.respond_by_ms
    assert [later + minutes * MINUTE_MS for minutes in (20, 30, 45)] == [
        said.remind_ms, said.escalate_ms, said.reassign_ms,
    ]  # fmt: skip


def test_the_plan_of_an_owner_who_leaves_for_years_keeps_the_policys_hours() -> None:
    ann = msgspec.structs.replace(POLICY.people["ann"], absent=(Span(TOUCH + HOUR_MS, TOUCH + 900 * DAY_MS),))
    policy = msgspec.structs.replace(POLICY, people=POLICY.people | {"ann": ann})

    said = assignment(RIPE, given(owner="ann"), Chooser(policy))

    assert assignment(RIPE, given(owner="eve"), CHOOSER).plan[1:] == said.plan[1:]


def test_whom_a_lead_waits_for_is_known_by_the_name_alone() -> None:
    names = ("sdr-desk", "voicemail", "unrouted", "ann", "sdr", "gone since")

    assert ["team", "queue", "queue", "person", "role", "queue"] == [kind_of(POLICY, name) for name in names]
