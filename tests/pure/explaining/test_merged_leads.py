"""The explanation of a lead that others were merged into: their touches stand behind its lines."""

import pytest

from schemas.lead_event import LeadEvent
from schemas.units import MICRO
from streams.explaining.explain import explain
from streams.explaining.trace import merged_in, trace
from tests.pure.kin.people import People, merged_into
from tests.pure.lives import Logged, T, fit20, judge, touched, video, view

M1 = judge(without="surge:")


def people() -> People:
    """L3 into L2, L2 into L1, and a late touch of L3."""
    told = People(M1)
    own: dict[str, list[LeadEvent]] = {
        "L1": [fit20(), touched("demo_request", T, id="a"), video("x", T + 2)],
        "L2": [touched("demo_request", T, id="b"), video("x", T + 1), merged_into("L1", "L2")],
        "L3": [view("/pricing", T), merged_into("L2", "L3")],
    }
    for lead in ("L3", "L2", "L1"):
        told.say(lead, *own[lead])
    told.settle()
    told.say("L3", touched("demo_request", T + 5, id="late"))
    told.settle()
    return told


def log_of(told: People, lead: str) -> list[Logged]:
    return [record for record in told.log if record.key == lead.encode()]


def test_every_touch_of_the_merged_leads_stands_behind_its_line() -> None:
    told = people()
    logs = {lead: log_of(told, lead) for lead in ("L1", "L2", "L3")}
    traced = trace(logs["L1"], M1, logs=logs)
    found = explain("L1", traced)
    rules = {rule.rule: rule for rule in found.rules}

    assert told.state("L1").engagement / MICRO == found.card.engagement
    assert ({"a", "b", "late"}, 0) == ({t.touch_id for t in rules["asked-demo"].touches}, rules["asked-demo"].unknown)
    assert [1, 1, 1] == [rules["saw-prices"].times, len(rules["saw-prices"].touches), rules["watched-video"].times]
    lines = [*(rule.left for rule in found.rules), *(limit.cut for limit in found.limits)]
    assert found.card.engagement == pytest.approx(sum(lines), abs=1e-9)
    assert 6 == len(traced.touches)
    assert {"L2"} <= merged_in(logs["L1"]) <= {"L2", "L3"}


def test_without_the_logs_of_the_merged_leads_their_touches_are_counted_as_unknown() -> None:
    told = people()
    rules = {rule.rule: rule for rule in explain("L1", trace(log_of(told, "L1"), M1)).rules}

    assert (3, 1) == (rules["asked-demo"].times, rules["asked-demo"].unknown)


def test_a_moment_before_the_other_lead_s_clock_knows_nothing_of_the_merge() -> None:
    told = people()
    logs = {lead: log_of(told, lead) for lead in ("L1", "L2", "L3")}
    traced = trace(logs["L1"], M1, until_ms=T, logs=logs)

    assert (1, 30.0) == (traced.state.touches, traced.state.engagement / MICRO)
