"""When time alone changes what is said: never before the deadline, and at an exact one it does."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.card import NextChange
from schemas.condition import Did, FactIs, Soon
from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState, Override
from schemas.scoring_model import Burst, Campaign, FastPath, Level, Repeat, Rule, Segment
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.deadlines import next_deadline, next_said
from streams.judge import Judge
from streams.moments import rfc3339
from streams.outlook import Said, said
from streams.scoring.engagement import engagement
from streams.scoring.falling import Falling
from tests.pure.lives import T, judge, learned, live, touched

SOON = FactIs("purchase_by", Soon(14 * DAY_MS))


def rule(name: str, points: int, **more: Any) -> Rule:
    return Rule(name=name, when=(name,), points=points * MICRO, **more)


RULES = (
    rule("stands", 7, limit=20 * MICRO),
    rule("decays", 12, half_life_ms=3 * DAY_MS),
    rule("slow", 9, half_life_ms=40 * DAY_MS, limit=30 * MICRO, group="g"),
    rule("closes", 6, window_ms=5 * DAY_MS, group="g"),
    rule("both", 8, window_ms=9 * DAY_MS, half_life_ms=2 * DAY_MS),
    rule("once", 11, window_ms=8 * DAY_MS, repeat=Repeat(once=True)),
    rule("minus", -10, half_life_ms=DAY_MS),
    rule("minus_closes", -9, window_ms=4 * DAY_MS),
    rule("gated", 15, gate=SOON, half_life_ms=10 * DAY_MS),
)
KINDS = tuple(r.name for r in RULES)
MODEL = msgspec.structs.replace(
    judge().model,
    rules=RULES,
    groups={"g": 25 * MICRO},
    limit=100 * MICRO,
    bursts=(Burst(name="run", count=3, of=KINDS, within_ms=DAY_MS, points=5 * MICRO, lasts_ms=DAY_MS),),
    segments=(Segment(name="buying", where=SOON), Segment(name="all", where=None)),
    levels=(
        Level(name="MQL", engagement=20 * MICRO),
        Level(name="SAL", engagement=30 * MICRO, where=Did(("decays",), 6 * DAY_MS)),
    ),
    fast_paths=(FastPath(level="SAL", hand_off=True, any=(SOON,)),),
    campaigns=(Campaign(name="spring", until_ms=T + 12 * DAY_MS, engagement=60 * MICRO),),
)
JUDGE = Judge.of(MODEL)
MOMENTS = st.integers(0, 20 * DAY_MS)
TOUCHES = st.builds(
    lambda kind, ago, spring: touched(kind, T - ago, campaign="spring" if spring else ""),
    st.sampled_from(KINDS), MOMENTS, st.booleans(),
)  # fmt: skip
DATES = st.builds(
    lambda ago, ahead: learned(T - ago, founded=rfc3339(T - 730 * DAY_MS + ahead), purchase_by=rfc3339(T + ahead)),
    MOMENTS, st.integers(-10 * DAY_MS, 60 * DAY_MS),
)  # fmt: skip
LIVES = st.lists(TOUCHES | DATES, min_size=1, max_size=12)
OVERRIDES = st.none() | st.integers(1, 30 * DAY_MS).map(
    lambda ahead: Override(level="SQL", by="dana", at_ms=T, until_ms=T + ahead)
)


def lead(events: list[LeadEvent], override: Override | None = None, rest: int = 0) -> LeadState:
    state, _ = live(sorted(events, key=lambda e: e.at_ms), JUDGE)
    state.as_of_ms += rest
    state.override = override
    return state


def told(state: LeadState, at_ms: int, before: Said | None = None) -> Said:
    return said(state, JUDGE, at_ms, engagement(state, JUDGE, at_ms), before)


def unchanged(state: LeadState, until_ms: int, others: list[int]) -> bool:
    """Nothing that is said differs before `until_ms`: looked at its eve, and here and there on the way."""
    now_ms = state.as_of_ms
    before, way = told(state, now_ms), until_ms - now_ms
    looks = {until_ms - 1, *(now_ms + way * i // 97 for i in range(97)), *(now_ms + o % way for o in others)}
    return all(before == told(state, at_ms, before) for at_ms in looks)


@given(LIVES, OVERRIDES, st.integers(0, 3 * DAY_MS), st.lists(st.integers(0, 400 * DAY_MS), max_size=20))
@settings(max_examples=150, deadline=None)
def test_nothing_that_is_said_changes_before_the_deadline_and_at_an_exact_one_it_does(
    events: list[LeadEvent], override: Override | None, rest: int, others: list[int]
) -> None:
    state = lead(events, override, rest)
    now_ms = state.as_of_ms
    early, exact = next_deadline(state, JUDGE, exact=False), next_deadline(state, JUDGE, exact=True)
    forever = now_ms + 800 * DAY_MS

    assert unchanged(state, early or forever, others)
    assert unchanged(state, exact or forever, others)
    if exact:
        before = told(state, now_ms)
        assert before != told(state, exact, before)
        assert now_ms < early <= exact


@given(LIVES, st.integers(0, 3 * DAY_MS), st.lists(st.integers(0, 30 * DAY_MS), min_size=2, max_size=8))
@settings(deadline=None)
def test_a_falling_score_is_the_engagement_and_lies_within_its_bounds(
    events: list[LeadEvent], rest: int, ahead: list[int]
) -> None:
    state = lead([e for e in events if not hasattr(e, "facts")] or [touched("decays")], rest=rest)
    falling = Falling(state, JUDGE, state.as_of_ms)
    moments = sorted(state.as_of_ms + a for a in ahead)
    scores = [engagement(state, JUDGE, at_ms) for at_ms in moments]
    low, high = falling.between(moments[0], moments[-1])

    assert scores == [falling.at(at_ms) for at_ms in moments]
    assert all(low <= score <= high for score in scores)


def test_one_decay_alone_falls_under_its_label_at_the_millisecond_worked_out_by_hand() -> None:
    state = lead([touched("decays", T - 1), touched("decays", T)])

    # 24 points, warm from 15 on: 24 * 2^-(t/3d) = 15 at 0.678 half-lives; the levels are met at 20: 0.263 of them.
    at_ms = next_deadline(state, JUDGE, exact=True)

    assert 0.2630 == pytest.approx((at_ms - T) / (3 * DAY_MS), abs=1e-4)
    assert "level changes from MQL to none" == getattr(next_said(state, JUDGE), "what", None)


def test_a_fast_decay_beside_a_slow_one_is_not_waited_for_at_the_pace_of_the_slow_one() -> None:
    state = lead([*(touched("decays", T + n) for n in range(2)), touched("slow", T + 2)])
    early, exact = next_deadline(state, JUDGE, exact=False), next_deadline(state, JUDGE, exact=True)

    assert T + 2 < early <= exact < T + 5 * DAY_MS


def test_dates_that_come_true_are_deadlines_and_are_said_in_words() -> None:
    state = lead([learned(T, purchase_by=rfc3339(T + 20 * DAY_MS))])
    then_ms = T + 6 * DAY_MS
    expected = "ripe: handed to sales; level changes from none to SAL; segment changes from all to buying"

    assert [then_ms, then_ms] == [next_deadline(state, JUDGE, exact=exact) for exact in (False, True)]
    assert NextChange(at=rfc3339(then_ms), what=expected) == next_said(state, JUDGE)


def test_a_lead_that_time_cannot_change_has_no_deadline() -> None:
    state = lead([touched("stands")])

    assert [0, 0] == [next_deadline(state, JUDGE, exact=exact) for exact in (False, True)]
    assert next_said(state, JUDGE) is None


def test_an_open_handoff_cools_at_the_rearm_line_and_an_accepted_one_does_not() -> None:
    state = lead([learned(T - 1, headcount=40), *(touched("decays", T + n) for n in range(4))])
    assert state.episode is not None
    state.episode.warm = True
    found = []
    while (at_ms := next_deadline(state, JUDGE, exact=True)) and "cooled" not in found:
        found += ["cooled"] if "cooled" in getattr(next_said(state, JUDGE), "what", "") else [str(at_ms)]
        state.as_of_ms, state.engagement = at_ms, engagement(state, JUDGE, at_ms)
    state.as_of_ms, state.episode.status = T + 4, "accepted"
    state.engagement = engagement(state, JUDGE, T + 4)
    accepted = next_said(state, JUDGE)

    assert "cooled" == found[-1]
    assert accepted is not None
    assert "cooled" not in accepted.what


def test_plus_and_minus_points_that_cancel_about_a_line_end_early_and_not_late() -> None:
    rules = (rule("stands", 15), rule("up", 10, half_life_ms=DAY_MS), rule("down", -10, half_life_ms=DAY_MS))
    by = Judge.of(msgspec.structs.replace(MODEL, rules=rules, bursts=()))
    state, _ = live([touched("stands", T), touched("up", T), touched("down", T)], by)
    found = next_deadline(state, by, exact=True)

    assert 15 * MICRO == engagement(state, by, T + 5 * HOUR_MS)
    assert T < found < T + 40 * DAY_MS
