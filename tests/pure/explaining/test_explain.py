"""An explanation: lines that sum, each with its touches and words, now and as of any moment."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.explanation import Explanation
from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.card import card
from streams.explaining.explain import explain
from streams.explaining.trace import trace
from streams.judge import Judge
from tests.pure.lives import T, fit50, judge, learned, live, log, said, touched, video, view, with_coordinates

M1 = judge()
CALM = judge(without="surge:")

kinds = st.sampled_from(["pricing", "blog", "video", "visit", "demo_request", "presentation_request", "unsubscribe"])
moments = st.integers(min_value=T - 45 * DAY_MS, max_value=T)


def happened(what: str, at_ms: int) -> LeadEvent:
    match what:
        case "pricing" | "blog":
            return view(f"/{what}/x", at_ms)
        case "video":
            return video(f"v{at_ms % 3}", at_ms)
    return touched(what, at_ms)


lives = st.lists(st.builds(happened, kinds, moments), min_size=1, max_size=40)


def told(events: Sequence[LeadEvent], until_ms: int | None = None, *, pass_to: int | None = None) -> Explanation:
    traced = trace(log(with_coordinates(events)), M1, until_ms=until_ms)
    return explain("L1", traced, until_ms if pass_to is None else pass_to)


def summed(values: list[float]) -> Fraction:
    """Exact, so that only what is written can be wrong."""
    return sum((Fraction(round(value * 1_000_000), 1_000_000) for value in values), Fraction(0))


@given(lives, st.integers(min_value=0, max_value=60 * DAY_MS))
def test_the_lines_sum_to_the_score_now_and_later(events: list[LeadEvent], wait_ms: int) -> None:
    found = told(events, pass_to=T + wait_ms)

    lines = [r.left for r in found.rules] + [limit.cut for limit in found.limits] + [b.points for b in found.bursts]
    assert summed([found.card.engagement]) == summed(lines)
    assert pytest.approx(found.card.engagement, abs=1e-9) == sum(lines)
    for rule in found.rules:
        assert summed([rule.left]) == summed([rule.earned, rule.decayed, rule.closed, rule.limited, rule.shut])
        assert summed([rule.earned]) == rule.times * summed([rule.each])


@given(lives, st.integers(min_value=0, max_value=60 * DAY_MS))
def test_the_touches_behind_a_line_are_worth_the_line(events: list[LeadEvent], wait_ms: int) -> None:
    found = told(events, pass_to=T + wait_ms)

    for rule in found.rules:
        assert pytest.approx(rule.left - rule.limited, abs=1e-5) == sum(touch.left for touch in rule.touches)
        assert rule.times == sum(touch.standing != "repeat" for touch in rule.touches)
        assert 0 == rule.unknown


@given(lives)
def test_the_card_of_any_past_moment_is_the_one_published_then(events: list[LeadEvent]) -> None:
    published = {}
    for n in range(1, len(events) + 1):
        state, _ = live(events[:n], M1)
        published[state.as_of_ms] = card("L1", state, M1)

    assert published == {at_ms: told(events, at_ms).card for at_ms in published}


def test_a_line_says_what_was_earned_and_where_the_rest_went() -> None:
    # Prices: 4 each, half after 7 days, counting for 30 days; one of 7 days ago, one whose window has closed.
    found = told([view("/pricing", T - 40 * DAY_MS), view("/pricing", T - 7 * DAY_MS), view("/pricing", T)])

    (prices,) = found.rules
    assert (3, 12.0, -2.0, -4.0, 0.0, 6.0) == (
        prices.times, prices.earned, prices.decayed, prices.closed, prices.limited, prices.left
    )  # fmt: skip
    assert [("counts", 4.0), ("counts", 2.0), ("closed", 0.0)] == [(t.standing, t.left) for t in prices.touches]
    assert [("touches.web", 0, 2), ("touches.web", 0, 1), ("touches.web", 0, 0)] == [
        (t.topic, t.partition, t.offset) for t in prices.touches
    ]


def test_a_limit_of_a_rule_and_of_a_group_are_cut_where_they_bind() -> None:
    found = told([*(view(f"/pricing/{n}") for n in range(7)), *(touched("demo_request") for _ in range(3))])

    cut = {rule.rule: (rule.earned, rule.limited, rule.left) for rule in found.rules}
    assert {"saw-prices": (28.0, -8.0, 20.0), "asked-demo": (90.0, 0.0, 90.0)} == cut
    assert [("buying", 110.0, 90.0, -20.0)] == [(x.name, x.before, x.limit, x.cut) for x in found.limits]


def test_a_window_closes_at_its_very_millisecond() -> None:
    aged = [told([view("/pricing", T - 30 * DAY_MS + ms)], pass_to=T).rules[0] for ms in (0, 1)]

    assert [(-4.0, ["closed"]), (0.0, ["counts"])] == [(r.closed, [t.standing for t in r.touches]) for r in aged]


def test_repeats_stand_beside_the_touch_that_counts_however_late_that_came() -> None:
    found = told([video("v1", T), video("v1", T - HOUR_MS), video("v2", T)])

    (videos,) = found.rules
    assert [(T, "repeat"), (T, "counts"), (T - HOUR_MS, "counts")] == sorted(
        ((T if t.at.endswith("12:00:00.000Z") else T - HOUR_MS, t.standing.value) for t in videos.touches), reverse=True
    )
    assert (2, 4.0, 4.0) == (videos.times, videos.earned, videos.left)


def test_a_burst_names_the_touches_of_its_window_and_its_end() -> None:
    found = told([touched("visit", T - n * HOUR_MS, id=f"v{n}") for n in reversed(range(6))])

    (burst,) = found.bursts
    assert (10.0, 6, 6, "2 days", "2026-11-24T12:00:00.000Z") == (
        burst.points, burst.seen, burst.needs, burst.within, burst.until
    )  # fmt: skip
    assert [f"v{n}" for n in range(6)] == [touch.touch_id for touch in burst.touches]


def test_who_said_a_fact_and_whose_word_lost_are_both_seen() -> None:
    found = told([fit50(), learned(headcount=12, by="sales", at_ms=T + MINUTE_MS)])

    fact = next(c for c in found.criteria if c.criterion == "big-enough").facts[0]
    assert fact.believed is not None
    assert (12, "sales", "2026-11-22T12:01:00.000Z") == (fact.believed.value, fact.believed.by, fact.believed.at)
    assert [(40, "form")] == [(one.value, one.by) for one in fact.others]
    assert found.card.fit == sum(c.points for c in found.criteria) == 30
    assert "hand-off: big-enough not met, so it is not a lead for sales" in found.level.lacks


def test_a_fact_is_said_with_what_it_is_counted_in() -> None:
    facts = tuple(replace(f, unit="people" if f.name == "headcount" else "") for f in M1.model.facts)
    counted = Judge.of(replace(M1.model, facts=facts))
    units = {
        fact.fact: fact.unit
        for events in ([fit50()], [touched("visit")])
        for criterion in explain("L1", trace(log(with_coordinates(events)), counted)).criteria
        for fact in criterion.facts
    }

    assert ("people", "") == (units["headcount"], units["turnover_usd"])


def test_what_is_known_and_what_is_missing_sum_to_completeness() -> None:
    found = told([fit50()])

    assert found.card.completeness == sum(fact.weight for fact in found.completeness if fact.known) == 50
    assert {"job_title", "purchase_by", "city"} == {fact.fact for fact in found.completeness if not fact.known}


def test_one_more_touch_is_said_with_its_gain_and_the_line_it_crosses() -> None:
    found = told([fit50(), touched("demo_request"), video("v1")])

    change = found.changes[0]
    assert "one more demo_request (asked-demo)" == change.what
    assert (30.0, 62.0) == (change.engagement, change.engagement_after)
    assert ["over the hand-off line of 40", "hot"] == change.crosses


def test_a_touch_that_would_gain_nothing_is_not_proposed() -> None:
    found = told([view(f"/pricing/{n}") for n in range(5)])

    assert [] == [change.what for change in found.changes if "saw-prices" in change.what]


def test_priority_is_its_written_formula() -> None:
    found = told([fit50(), touched("demo_request")])

    assert "30 + 50 / 2 + 30 = 85" == found.priority.numbers
    assert found.priority.priority == found.priority.engagement + found.priority.fit / 2 + found.priority.pace


def test_the_open_handoff_is_told_with_the_sentence_it_was_said_with() -> None:
    events = [fit50(), touched("demo_request"), touched("demo_request", T + MINUTE_MS)]
    _, folded = live(events, CALM)
    found = explain("L1", trace(log(with_coordinates(events)), CALM))

    assert found.handoff is not None
    assert (folded.ripe[0].handoff_id, 1, folded.ripe[0].why) == (
        found.handoff.handoff_id, found.handoff.revision, found.handoff.why
    )  # fmt: skip


def test_a_score_falls_under_each_line_at_a_moment_of_its_own() -> None:
    found = told([touched("demo_request"), touched("demo_request")])

    # 60 points, half after 14 days: 40 after 14 * log2(1.5) = 8.18947501 days, 30 after 14 days, 15 after 28.
    assert [("re-arm", "2026-12-06T12:00:00.000Z"), ("warm", "2026-12-20T12:00:00.000Z")] == [
        (fall.line, fall.at) for fall in found.falls if fall.line in ("re-arm", "warm")
    ]
    assert ["2026-11-30T16:32:50"] * 2 == [f.at[:19] for f in found.falls if f.line in ("hot", "hand-off") and f.at]


def test_time_passes_to_the_moment_asked_about() -> None:
    events = [touched("demo_request", T - 14 * DAY_MS)]

    assert (30.0, 15.0) == (told(events).card.engagement, told(events, pass_to=T).card.engagement)


def test_what_came_after_the_moment_does_not_count_and_is_said() -> None:
    found = told([touched("demo_request", T - DAY_MS), touched("demo_request", T)], T - HOUR_MS)

    assert (1, 1) == (found.source.events, found.source.later)
    assert 1 == found.rules[0].times


def test_repeats_by_delivery_and_touches_without_consent_are_behind_no_line() -> None:
    twice = touched("demo_request", id="same")
    refusal = said("consent", T + MINUTE_MS, purpose="scoring", given=False)
    found = told([twice, twice, refusal, touched("demo_request", T + HOUR_MS)])

    assert [1] == [len(rule.touches) for rule in found.rules]
