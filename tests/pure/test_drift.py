"""Drift: the share of leads that a model hands off, and what sales make of them; when it is an alarm, and whose."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.card import Line
from schemas.handoff import HandoffType, Trigger, TriggerKind
from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from streams.drift import Finding, History, Share, finding_of, tally, verdicts, z_of
from streams.fold import fold
from tests.pure.lives import Logged, T, Table, judge, learned, touched
from tests.pure.ripes import ripe

DAY = T - T % DAY_MS


def days(
    history: History, model: str, first: int, news: int, passed: int, *, returned: int = 0, begin: int = 0
) -> None:
    """On one day: so many leads, of whom some are handed off and all of those answered."""
    at_ms = DAY + first * DAY_MS + begin
    for _ in range(news):
        history.lead(model, at_ms)
    for number in range(passed):
        history.word(model, at_ms + HOUR_MS, HandoffType.REQUESTED, ["asked-demo"], first=True)
        answer = HandoffType.RETURNED if number < returned else HandoffType.ACCEPTED
        history.word(model, at_ms + 2 * HOUR_MS, answer, ["asked-demo"], first=True)


def alarms(history: History, now_ms: int) -> list[tuple[str, str, str, str]]:
    return [(v.what, v.finding, v.model, v.before) for v in verdicts(history, now_ms) if v.alarm]


def test_four_percent_after_twenty_alarm_and_name_the_version() -> None:
    history = History()
    days(history, "b2b@3", 0, 500, 100)
    days(history, "b2b@4", 1, 500, 20)

    assert [("pass rate", "fell", "b2b@4", "b2b@3")] == alarms(history, DAY + 2 * DAY_MS)


def test_nineteen_percent_after_twenty_are_no_alarm() -> None:
    history = History()
    days(history, "b2b@3", 0, 500, 100)
    days(history, "b2b@4", 1, 500, 95)

    assert [] == alarms(history, DAY + 2 * DAY_MS)
    assert [Finding.STEADY] == [v.finding for v in verdicts(history, DAY + 2 * DAY_MS) if v.what == "pass rate"]


def test_the_same_version_alarms_when_its_last_day_is_unlike_those_before() -> None:
    history = History()
    for day in range(5):
        days(history, "b2b@3", day, 500, 100)
    days(history, "b2b@3", 5, 500, 20)

    assert [("pass rate", "fell", "b2b@3", "b2b@3")] == alarms(history, DAY + 6 * DAY_MS)
    assert [True] == [v.recent for v in verdicts(history, DAY + 6 * DAY_MS) if v.alarm]


def test_leads_that_sales_hand_back_alarm_though_the_pass_rate_stands() -> None:
    history = History()
    days(history, "b2b@3", 0, 500, 100, returned=10)
    days(history, "b2b@4", 1, 500, 100, returned=60)

    assert [("return rate", "rose", "b2b@4", "b2b@3")] == alarms(history, DAY + 2 * DAY_MS)


def test_fewer_handed_back_are_no_alarm() -> None:
    history = History()
    days(history, "b2b@3", 0, 500, 100, returned=60)
    days(history, "b2b@4", 1, 500, 100, returned=10)

    assert [] == alarms(history, DAY + 2 * DAY_MS)


def test_a_version_is_measured_by_the_one_before_it_whatever_they_are_called() -> None:
    history = History()
    days(history, "strict@9", 0, 500, 100)
    days(history, "a@1", 1, 500, 20)
    days(history, "m@2", 2, 500, 25)

    assert [("pass rate", "fell", "a@1", "strict@9")] == alarms(history, DAY + 10 * DAY_MS)


@pytest.mark.parametrize(
    ("now", "then", "finding"),
    [
        ((2, 49), (100, 500), Finding.TOO_FEW),
        ((20, 500), (10, 49), Finding.TOO_FEW),
        ((0, 50), (100, 500), Finding.FELL),
        ((50, 500), (100, 500), Finding.FELL),  # exactly half, and 4.4 standard errors
        ((51, 500), (100, 500), Finding.STEADY),  # as sure, but not half
        ((2, 50), (5, 50), Finding.STEADY),  # less than half, but by chance
        ((200, 500), (100, 500), Finding.ROSE),
        ((0, 500), (0, 500), Finding.STEADY),
        ((500, 500), (500, 500), Finding.STEADY),
    ],
)
def test_a_share_has_moved_when_it_is_sure_and_twofold(
    now: tuple[int, int], then: tuple[int, int], finding: Finding
) -> None:
    assert finding == finding_of(Share(*now), Share(*then))


def test_the_formula_by_hand() -> None:
    # p = 120/1000 = 0.12; sqrt(0.12 * 0.88 * (1/500 + 1/500)) = 0.0205523; (0.04 - 0.20) / 0.0205523
    assert -7.7850 == pytest.approx(z_of(Share(20, 500), Share(100, 500)), abs=1e-4)


parts = st.integers(0, 400).flatmap(lambda whole: st.builds(Share, st.integers(0, whole), st.just(whole)))


@given(parts, parts)
def test_two_shares_seen_from_the_other_side_say_the_opposite(one: Share, other: Share) -> None:
    opposite = {Finding.FELL: Finding.ROSE, Finding.ROSE: Finding.FELL}
    found = finding_of(one, other)

    assert z_of(one, other) == pytest.approx(-z_of(other, one), abs=1e-9)
    assert opposite.get(found, found) == finding_of(other, one)


def test_spans_hold_every_hour_once() -> None:
    history = History()
    for day in range(10):
        days(history, "b2b@3", day, 7, 2, begin=day * HOUR_MS)

    by_day, by_week = list(history.spans(DAY_MS)), list(history.spans(7 * DAY_MS))

    assert [DAY + day * DAY_MS for day in range(10)] == [begin for begin, _, _ in by_day]
    assert 70 == sum(flow.new for _, _, flow in by_day) == sum(flow.new for _, _, flow in by_week)
    assert 20 == sum(flow.passed for _, _, flow in by_day) == sum(flow.passed for _, _, flow in by_week)


def test_words_are_told_by_model_and_by_each_rule_that_gave_points() -> None:
    lines = [Line(rule="asked-demo", points=30.0), Line(rule="left-us", points=-5.0), Line(rule="limit", points=-1.0)]
    surge = Trigger(kind=TriggerKind.VELOCITY, rule="surge", fired_at="", touch_id="")
    told = tally(
        [
            ripe(breakdown=lines, trigger=surge),
            ripe(breakdown=lines, trigger=surge, episode=2),
            ripe(breakdown=lines, type=HandoffType.RETURNED, revision=2),
            ripe(breakdown=lines, type=HandoffType.WITHDRAWN, revision=2),
        ]
    )

    assert {"b2b@1": 1} == told.passed
    assert {("b2b@1", "requested"): 2, ("b2b@1", "returned"): 1} == told.handoffs
    assert {
        ("b2b@1", "asked-demo", "requested"): 2, ("b2b@1", "asked-demo", "returned"): 1,
        ("b2b@1", "headcount", "requested"): 2, ("b2b@1", "headcount", "returned"): 1,
        ("b2b@1", "surge", "requested"): 2,
    } == told.rules  # fmt: skip


def test_a_lead_is_new_once_and_an_imported_one_never() -> None:
    m1 = judge("m1")
    told: list[tuple[str, LeadEvent]] = [
        ("anna", touched("demo_request")),
        ("anna", touched("demo_request", T + 1)),
        ("boris", learned(T + 2, headcount=40)),
        ("clara", touched("demo_request", T + 3, history=True)),
        ("clara", touched("demo_request", T + 4)),
    ]
    for size in (1, 5):
        table, counted = Table(), 0
        records = [Logged(at, lead.encode(), msgspec.json.encode(event)) for at, (lead, event) in enumerate(told)]
        for begin in range(0, len(records), size):
            folded = fold(records[begin : begin + size], table, m1)
            table.keep(folded)
            counted += folded.new["b2b-services@7"]

        assert 2 == counted
