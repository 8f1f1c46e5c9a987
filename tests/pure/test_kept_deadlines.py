"""A touch that changes nothing that is said keeps the deadline known before it: that is never later than a new one."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.condition import Aged, Did, FactIs, NotOf, Soon
from schemas.lead_event import LeadEvent, TimerFired
from schemas.lead_state import LeadState
from schemas.scoring_model import Burst, FastPath, Label, Level, Repeat, Rule, Surge
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.deadlines import next_deadline
from streams.fold import fold
from streams.judge import Judge
from streams.moments import rfc3339
from streams.outlook import said as said_at
from tests.pure.lives import T, Table, judge, learned, live, log, said, touched, with_coordinates

BARE = msgspec.structs.replace(
    judge().model,
    primary=(),
    secondary=(),
    levels=(),
    segments=(),
    fast_paths=(),
    bursts=(),
    surges=(),
    groups={},
    limit=None,
)
"""Warm from 15, hot from 40."""

SOON = FactIs("purchase_by", Soon(14 * DAY_MS))
GROWN = FactIs("founded", Aged(730 * DAY_MS, True))


def rule(name: str, points: int, **more: Any) -> Rule:
    return Rule(name=name, when=(name,), points=points * MICRO, **more)


def by(*rules: Rule, **more: Any) -> Judge:
    return Judge.of(msgspec.structs.replace(BARE, rules=rules, **more))


def in_time(state: LeadState, of: Judge) -> bool:
    """Is its deadline there, if there is anything to come, and not after it?"""
    first_ms = next_deadline(state, of, exact=True)
    return not first_ms or 0 < state.deadline_ms <= first_ms


STANDS, FADES = rule("stands", 10), rule("fades", 12, half_life_ms=3 * DAY_MS)
ONCE = rule("once", 12, half_life_ms=3 * DAY_MS, repeat=Repeat(once=True))
ONCE_IN = rule("once", 12, window_ms=5 * DAY_MS, repeat=Repeat(once=True))
DAILY = rule("daily", 12, window_ms=5 * DAY_MS, repeat=Repeat(per_day=1))
BURST = Burst(name="run", count=3, of=("visit",), within_ms=10 * DAY_MS, points=8 * MICRO, lasts_ms=10 * DAY_MS)
ASKED = rule("asked", -4, gate=Did(("asking",)))
D = DAY_MS


@pytest.mark.parametrize(
    ("of", "days"),
    [
        pytest.param(by(rule("stands", 20), FADES, rule("minus", -8)), "stands0 fades0 minus0", id="minus points"),
        pytest.param(by(STANDS, ONCE), "stands0 once4 once3", id="an earlier one fades more"),
        pytest.param(by(STANDS, ONCE_IN), "stands0 once4 once2", id="an earlier one leaves its window sooner"),
        pytest.param(by(STANDS, DAILY), "stands0 daily4.5 daily4.2", id="the earliest of a day"),
        pytest.param(by(STANDS, bursts=(BURST,)), "stands0 visit1 visit5 visit6 visit3", id="a burst fires earlier"),
        pytest.param(by(STANDS, FADES, ASKED), "stands0 asked0 fades0 asking0", id="a gate opens to minus points"),
    ],
)
def test_a_touch_that_brings_a_fall_forward_brings_its_deadline_forward(of: Judge, days: str) -> None:
    told = [(word.rstrip(".0123456789"), float(word.lstrip("acdefghiklmnorstuvy"))) for word in days.split()]
    state, folded = live([touched(kind, T + int(day * D)) for kind, day in told], of, batch=1)

    assert ["warm"] == [stage.to for stage in folded.stages]
    assert in_time(state, of)


def stepped(events: list[LeadEvent], of: Judge, *, lead: Table | None = None) -> LeadState:
    """One after the other, and after each the deadline is in time."""
    table = lead or Table()
    for offset, event in enumerate(events):
        table.keep(fold(log([event], start=offset), table, of))
        assert in_time(table.state(), of)
    return table.state()


def test_a_date_that_said_nothing_when_a_timer_looked_may_say_something_once_more_is_gained() -> None:
    levels = (
        Level(name="M1", engagement=38 * MICRO, where=GROWN),
        Level(name="M2", engagement=30 * MICRO, where=SOON),
    )
    of = by(rule("stands", 20), rule("slow", 15, half_life_ms=40 * DAY_MS), levels=levels)
    founded, buys = rfc3339(T + 5 * DAY_MS - 730 * DAY_MS), rfc3339(T + 30 * DAY_MS)
    looked = TimerFired(id="L1/timer", at_ms=T + 5 * DAY_MS)
    before = with_coordinates([learned(T, founded=founded, purchase_by=buys), touched("stands", T), looked])

    assert T + 16 * DAY_MS == stepped(before, of).deadline_ms
    assert T + 16 * DAY_MS == stepped([*before, touched("slow", T + 6 * DAY_MS)], of).deadline_ms


def test_the_first_touch_under_another_model_has_the_deadline_of_that_model() -> None:
    before = by(rule("slow", 9, half_life_ms=10 * DAY_MS))
    lines = (Label("hot", 40 * MICRO), Label("warm", 17 * MICRO), Label("cold", 0))
    now = Judge.of(msgspec.structs.replace(before.model, version=2, temperature=lines))
    table, events = Table(), with_coordinates([*(touched("slow", T) for _ in range(2)), touched("other", T + 1)])
    table.keep(fold(log(events[:2]), table, before))
    folded = fold(log(events[2:], start=2), table, now, earlier={before.key: before})
    table.keep(folded)

    assert [] == folded.stages
    assert in_time(table.state(), now)


CALM = by(
    rule("stands", 7, limit=20 * MICRO), FADES, rule("closes", 6, window_ms=5 * DAY_MS, group="g"),
    rule("slow", 9, half_life_ms=40 * DAY_MS, limit=30 * MICRO, group="g"), DAILY, ONCE, ASKED, rule("minus", -6),
    rule("gated", 15, gate=SOON, half_life_ms=10 * DAY_MS), rule("until", 9, gate=NotOf(Did(("asking",)))),
    groups={"g": 25 * MICRO}, limit=100 * MICRO, bursts=(BURST,),
    levels=(
        Level(name="M0", where=Did(("asking",), 4 * DAY_MS)), Level(name="M1", engagement=20 * MICRO),
        Level(name="M2", engagement=30 * MICRO, where=SOON),
    ),
    fast_paths=(
        FastPath(level="M2", hand_off=True, any=(GROWN,)),
        FastPath(level="M1", hand_off=False, any=(Did(("slow", "visit"), 2 * DAY_MS),)),
    ),
)  # fmt: skip
"""Of minus points that fade it has none, nor campaigns."""
KINDS = (*(r.name for r in CALM.model.rules), "visit", "asking")
TOUCHES = st.tuples(st.sampled_from(KINDS), st.integers(0, 6 * 24), st.integers(-5 * 24, 0) | st.just(0))
DATES = st.tuples(st.just(""), st.integers(0, 6 * 24), st.integers(-10 * 24, 60 * 24))


@given(st.lists(TOUCHES | DATES, min_size=1, max_size=14), st.booleans())
@settings(max_examples=2000, deadline=None)
def test_after_each_event_of_a_life_the_deadline_is_in_time(life: list[tuple[str, int, int]], timed: bool) -> None:
    table, now_ms, offset = Table(), T, 0

    def take(event: LeadEvent) -> LeadState:
        nonlocal offset
        table.keep(fold(log([event], start=offset), table, CALM))
        offset += 1
        assert in_time(table.state(), CALM)
        return table.state()

    for kind, wait, hours in life:
        now_ms += wait * HOUR_MS
        while timed and table.kept and 0 < (due_ms := table.state().deadline_ms) <= now_ms:
            assert due_ms != take(TimerFired(id=f"L1/{due_ms}", at_ms=due_ms)).deadline_ms
        at_ms = now_ms + hours * HOUR_MS
        dates = {"purchase_by": rfc3339(at_ms), "founded": rfc3339(at_ms - 730 * DAY_MS)}
        take(touched(kind, at_ms) if kind else learned(now_ms, **dates))


def test_a_fast_path_that_was_handed_off_already_makes_no_lead_ripe_again() -> None:
    assert CALM.model.handoff is not None
    line = msgspec.structs.replace(CALM.model.handoff, fit=0)
    of = Judge.of(msgspec.structs.replace(CALM.model, handoff=line))
    events: list[LeadEvent] = [
        learned(T, founded=rfc3339(T - 800 * DAY_MS)),
        said("returned", T + 1),
        touched("stands", T + 2),
    ]
    state, folded = live(events, of, batch=1)

    assert ["REQUESTED", "RETURNED"] == [word.type.name for word in folded.ripe]
    assert not said_at(state, of, T + 60 * DAY_MS, state.engagement).ripe


def test_a_surge_that_waits_for_its_lead_to_cool_brings_the_deadline_forward() -> None:
    assert BARE.handoff is not None
    line = msgspec.structs.replace(BARE.handoff, fit=0, rearm_under=30 * MICRO, not_within_ms=0)
    rush = Surge(name="rush", gain=5 * MICRO, within_ms=DAY_MS, hand_off=True)
    big = rule("big", 45, half_life_ms=3 * DAY_MS)
    of = by(big, rule("flash", 5, half_life_ms=HOUR_MS), surges=(rush,), handoff=line)
    table, touch_ms = Table(), T + 29 * HOUR_MS
    events = with_coordinates([touched("big", T), said("returned", T + HOUR_MS), touched("flash", touch_ms)])
    offset = 0
    for event in events:
        while table.kept and 0 < (due_ms := table.state().deadline_ms) <= event.at_ms:
            table.keep(fold(log([TimerFired(id=f"L1/{due_ms}", at_ms=due_ms)], start=offset), table, of))
            offset += 1
        table.keep(fold(log([event], start=offset), table, of))
        offset += 1

    assert T + 40 * HOUR_MS < next_deadline(table.state(), of, exact=True) < T + 45 * HOUR_MS
    assert in_time(table.state(), of)
