"""Working time that never comes: refused where a policy is read, and no end of a worker that meets it all the same."""

from datetime import date, timedelta

import msgspec
import pytest

from schemas.lead_event import Assigned
from schemas.routing_policy import CallBack, Hours, RoutingPolicy, RoutingRule, Shift, Target
from schemas.units import MINUTE_MS
from streams.model.findings.rendering import render_findings
from streams.routing.assigning import Given, assignment
from streams.routing.calendar import Calendar, NeverOpen
from streams.routing.choosing import Chooser, situation_of
from streams.routing.decided import decided
from streams.routing.document.document import review_policy
from tests.pure.ripes import ripe
from tests.pure.routing.policies import POLICY, almaty

TOUCH = almaty("2026-12-01 12:00")
RIPE = ripe(touch_at_ms=TOUCH, received_ms=TOUCH + 15, at_ms=TOUCH)
HEAD = "routing: r\nversion: 1\nrules: [{name: all, to: queue sales}]\n"


def days(first: str, count: int, every: int = 1) -> str:
    begins = date.fromisoformat(first)
    return ", ".join((begins + timedelta(days=n * every)).isoformat() for n in range(count))


def findings_of(text: str) -> list[str]:
    reading = review_policy(text)
    assert (reading.policy is None) == any(one.severity == "error" for one in reading.findings)
    return [f"{one.path}: {one.problem}" for one in reading.findings if one.severity == "error"]


def test_holidays_on_every_working_day_for_more_than_a_year_are_refused() -> None:
    mondays = f"hours: {{mon: 09:00-18:00}}\nholidays: [{days('2026-11-30', 60, every=7)}]\n{HEAD}"

    assert ["holidays: nobody ever at work"] == findings_of(mondays)
    said = render_findings("r.yaml", mondays, review_policy(mondays).findings)
    assert "there is no working time for 400 days" in said
    assert "r.yaml:2" in said


def test_a_year_of_holidays_with_a_day_between_may_be_used() -> None:
    enough = f"hours: {{mon: 09:00-18:00}}\nholidays: [{days('2026-11-30', 55, every=7)}]\n{HEAD}"

    assert [] == findings_of(enough)


def test_a_promise_longer_than_the_hours_of_a_year_is_refused() -> None:
    promise = 'respond: {within: "900h, in business hours"}\n'

    assert ["respond.within: a promise that cannot be kept"] == findings_of(
        f"hours: {{mon: 09:00-18:00}}\n{promise}{HEAD}"
    )
    assert [] == findings_of(f"hours: {{mon-fri: 09:00-18:00}}\n{promise}{HEAD}")
    assert [] == findings_of("hours: {mon: 09:00-18:00}\nrespond: {within: 900h}\n" + HEAD)


@pytest.mark.parametrize("hours", [Hours(), Hours(shifts=(Shift((0,), 540, 1080),))])
def test_a_router_whose_policy_never_opens_still_names_every_moment(hours: Hours) -> None:
    holidays = tuple(date(2026, 11, 1).toordinal() + n for n in range(900))
    night = RoutingRule(name="night", to=Target(kind="queue", name="voicemail"), call_back=CallBack(note="call back"))
    policy = msgspec.structs.replace(POLICY, hours=hours, holidays=holidays, rules=(night, *POLICY.rules))
    with pytest.raises(NeverOpen):
        Calendar(hours, policy.time_zone, holidays).next_open(TOUCH)

    said = [_assigned(policy, rule, owner) for rule, owner in (("everyone else", "ann"), ("night", ""))]

    assert [TOUCH + minutes * MINUTE_MS for minutes in (20, 30, 30, 45)] == [
        said[0].remind_ms, said[0].respond_by_ms, said[0].escalate_ms, said[0].reassign_ms,
    ]  # fmt: skip
    assert 5 == len(said[0].plan)
    assert (TOUCH, "call back") == said[1].call_back
    assert "respond by" in decided(policy, situation_of(RIPE), TOUCH).moments


def _assigned(policy: RoutingPolicy, rule: str, owner: str) -> Assigned:
    given = Given(rule=rule, kind="team" if owner else "queue", target="sdr-desk", owner=owner, at_ms=TOUCH + 1)
    return assignment(RIPE, given, Chooser(policy))
