"""What happens to a lead: worked examples by hand, and what no history may break."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.handoff import HandoffType
from schemas.lead_event import Assigned, LeadEvent, Origin
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, HOUR_MS, MICRO, MINUTE_MS
from streams.card import card, priority
from streams.fold import fold
from streams.lead_codec import encode
from tests.pure.lives import Logged, T, Table, judge, learned, live, log, points, said, touched

M1, M1T = judge(), judge(without="surge:")


def fit20() -> LeadEvent:
    return learned(headcount=40)


def fit50() -> LeadEvent:
    return learned(headcount=40, turnover_usd=500_000, founded="2019-01-01")


def view(page: str, at_ms: int = T, **more: Any) -> LeadEvent:
    return touched("page_view", at_ms, page=page, **more)


def video(name: str, at_ms: int = T) -> LeadEvent:
    return touched("video_view", at_ms, props={"video": name})


def shown(state: LeadState) -> dict[str, float]:
    return {line.rule: line.points for line in card("L1", state, M1).breakdown}


def test_points_add_up_and_each_change_is_told() -> None:
    state, told = live([video("v1"), touched("presentation_request"), touched("unsubscribe")], M1)

    assert 2.0 == points(state)
    assert {"watched-video": 2.0, "presentation": 5.0, "left-us": -5.0} == shown(state)
    assert [2.0, 5.0, -5.0] == [entry.delta for entry in told.ledger]


def test_a_group_limit_is_a_line_of_its_own() -> None:
    state, _ = live([video(f"v{i}") for i in range(30)], M1)

    assert 25.0 == points(state)
    assert {"watched-video": 60.0, "limit reading": -35.0} == shown(state)


def test_repeats_count_once_per_video_and_three_times_a_day() -> None:
    blog = [view("/blog/a", T - d * DAY_MS + m * MINUTE_MS) for d in (2, 1) for m in range(5)]
    state, _ = live([video("v1") for _ in range(5)] + blog, M1)

    assert {"watched-video": 2.0, "read-blog": 6.0} == shown(state)
    assert 8.0 == points(state)


def test_the_points_of_a_burst_are_gone_in_time_whatever_comes_next() -> None:
    burst = [touched("visit", T - i) for i in range(6)]

    for event in (touched("note", T + 2 * DAY_MS), learned(T + 2 * DAY_MS, headcount=40)):
        state, told = live([*burst, event], M1)
        assert (0.0, {}) == (points(state), shown(state))
        assert [("velocity", 10.0), ("time", -10.0)] == [
            (e.cause, e.delta) for e in told.ledger if e.dimension == "engagement"
        ]


def test_our_own_calls_let_time_pass_though_no_ledger_is_kept() -> None:
    life = [touched("demo_request"), touched("note", T + 14 * DAY_MS, direction="out")]

    assert 15 * MICRO == fold(log(life), Table(), M1, ledger=False).states[b"L1"].engagement


def test_what_no_rule_knows_scores_nothing_and_is_counted() -> None:
    state, told = live([view("/pricing/team"), view("/about"), touched("teleport")], M1)

    assert 4.0 == points(state)
    assert {("web", "scored"): 1, ("web", "unmatched"): 2} == dict(told.touches)


def test_fit_completeness_and_grade_come_from_facts_alone() -> None:
    mail = learned(by="touchline", email_is_free=True)
    state, _ = live([fit50(), learned(job_title="CEO", city="Moscow"), mail], M1)
    told = card("L1", state, M1)

    assert (60.0, 80.0, 0.0) == (told.fit, told.completeness, told.engagement)
    assert "A" == told.grade


def test_an_ordered_scale_moves_fit_by_steps_and_says_who_said_so() -> None:
    steps = [learned(T + i, "sales", specification=word) for i, word in enumerate(("none", "draft", "approved"))]
    state, told = live(steps, M1)

    assert 10 * MICRO == state.fit
    assert [(5.0, "sales"), (5.0, "sales")] == [
        (e.delta, e.by) for e in told.ledger if e.dimension == "fit" and e.rule == "has-spec"
    ]


def test_the_more_trusted_source_wins_and_then_the_later_word() -> None:
    state, _ = live([learned(T, "form", headcount=40), learned(T - 1, "sales", headcount=8)], M1)
    later, _ = live([learned(T, "form", headcount=8), learned(T - 1, "form", headcount=40)], M1)

    assert (0, 0) == (state.fit, later.fit)


def test_a_number_that_is_none_is_not_known() -> None:
    for word in ("nan", "inf", "-Infinity", "many", True, "1e999", ""):
        state, _ = live([learned(headcount=word)], M1)
        assert (0, 0) == (state.fit, state.completeness), word

    assert (20 * MICRO, 20 * MICRO) == (live([learned(headcount="40")], M1)[0].fit,) * 2


def test_a_view_fades_by_half_a_week_and_is_gone_after_a_month() -> None:
    def after(*ages_d: int) -> float:
        views = [view("/pricing", T - age * DAY_MS) for age in ages_d]
        return points(live([*views, touched("note", T)], M1)[0])

    assert [2.0, 1.0, 3.0, 0.0] == pytest.approx([after(7), after(14), after(14, 7), after(31)], abs=1e-6)


def test_a_burst_gives_its_points_and_names_its_touches() -> None:
    visits = [touched("visit", T + i * 9 * HOUR_MS) for i in range(5)]
    last = touched("visit", T + 2 * DAY_MS - 1)
    state, told = live([*visits, last, touched("visit", T + 2 * DAY_MS + MINUTE_MS)], M1)

    assert 10.0 == points(state)
    burst = [e for e in told.ledger if e.cause == "velocity"]
    assert [e.id for e in [*visits, last]] == [t.touch_id for e in burst for t in e.touches]
    assert 0.0 == points(live([*visits, touched("visit", T + 2 * DAY_MS)], M1)[0])


def test_twenty_points_within_an_hour_hand_off_and_over_an_hour_do_not() -> None:
    def asked(minutes: list[int], fact: LeadEvent) -> Any:
        return live([fact, *(touched("presentation_request", T + m * MINUTE_MS) for m in minutes)], M1)[1]

    quick = asked([0, 20, 40, 59], fit20())
    assert [("velocity", "surge")] == [(r.trigger.kind, r.trigger.rule) for r in quick.ripe]
    assert [] == asked([0, 20, 40, 61], fit20()).ripe
    small = asked([0, 20, 40, 59], learned(headcount=8))
    assert ([], {"fit": 1}) == (small.ripe, dict(small.suppressed))


def test_points_move_to_the_earliest_where_only_the_earliest_count() -> None:
    def asked(*minutes: int) -> Any:
        views = [video("v", T + m * MINUTE_MS) for m in minutes]
        pushed = [touched("presentation_request", T + m * MINUTE_MS) for m in (64, 65, 66)]
        video_first = [fit20(), *views, video("w", T + 64 * MINUTE_MS), *pushed, view("/blog/a", T + 66 * MINUTE_MS)]
        return live([*video_first, touched("note", T + 70 * MINUTE_MS), view("/pricing", T - 40 * DAY_MS)], M1)

    assert ["requested"] == [r.type for r in asked(50)[1].ripe], "2 + 2 + 15 + 1 within the hour"
    assert [] == asked(0, 50)[1].ripe
    assert [] == asked(50, 0)[1].ripe
    assert priority(asked(0, 50)[0]) == pytest.approx(priority(asked(50, 0)[0]), abs=1e-6)


def test_crossing_the_line_hands_off_once_with_a_breakdown_that_sums() -> None:
    _, told = live([fit20(), *(touched("demo_request", T + i) for i in range(22))], M1T)

    (ripe,) = told.ripe
    assert (HandoffType.REQUESTED, 1, "threshold") == (ripe.type, ripe.revision, ripe.trigger.kind)
    assert ripe.score.engagement == pytest.approx(sum(line.points for line in ripe.breakdown), abs=1e-9)
    assert ripe.why.startswith("Reached 60 points, over the line of 40: asked-demo +60")
    assert ripe.score.previous == pytest.approx(30.0)


def test_a_transition_says_who_brought_it_about_and_why_in_words() -> None:
    _, told = live([learned(T, "ann", id="f", headcount=40, city="Almaty"), touched("demo_request", id="d")], M1T)

    assert [
        ("grade", "ann", "fit 30 after headcount, city (f)"),
        ("temperature", "", "engagement 30 after demo_request (d)"),
    ] == [(s.dimension, s.by, s.why) for s in told.stages]


def test_a_forecast_names_the_instants_at_which_the_lines_are_met() -> None:
    _, told = live([fit20(), touched("demo_request"), touched("demo_request")], M1T)

    assert "2026-11-30T16:32:50" == (told.ripe[0].forecast.under_line_at or "")[:19]
    assert "2026-12-06T12:00:00.000Z" == told.ripe[0].forecast.rearmed_at


def test_a_returned_lead_is_handed_off_again_only_after_falling_and_waiting() -> None:
    def history(*later: LeadEvent) -> list[Any]:
        first = [fit20(), touched("demo_request"), touched("demo_request", id="opens")]
        returned = said("returned", T + HOUR_MS, reason="no_budget", by="ann")
        return [(r.type, r.episode) for r in live([*first, returned, *later], M1T)[1].ripe]

    first = [("requested", 1), ("returned", 1)]
    at_once = [touched("demo_request", T + 2 * HOUR_MS) for _ in range(3)]
    assert first == history(*at_once)
    month = T + 40 * DAY_MS
    assert [*first, ("requested", 2)] == history(*(touched("demo_request", month) for _ in range(2)))


def test_a_returned_lead_that_waited_but_never_fell_is_not_handed_off_again() -> None:
    hot = [touched("demo_request", T + day * DAY_MS) for day in range(1, 30)]
    life = [fit20(), touched("demo_request"), touched("demo_request"), said("returned", T + HOUR_MS), *hot]

    assert ["requested", "returned"] == [r.type for r in live(life, M1T)[1].ripe]


def test_a_returned_lead_that_fell_is_not_handed_off_before_its_wait_is_over() -> None:
    fell = [touched("unsubscribe", T + 2 * HOUR_MS + i) for i in range(7)]
    first = [fit20(), touched("demo_request"), touched("demo_request"), said("returned", T + HOUR_MS), *fell]
    soon = [touched("demo_request", T + 13 * DAY_MS + i) for i in range(3)]
    later = [touched("note", T + 14 * DAY_MS + HOUR_MS)]

    assert ["requested", "returned"] == [r.type for r in live([*first, *soon], M1T)[1].ripe]
    assert {"cooling": 1} == dict(live([*first, *soon], M1T)[1].suppressed)
    assert ["requested", "returned", "requested"] == [r.type for r in live([*first, *soon, *later], M1T)[1].ripe]


def test_minus_points_re_arm_at_the_moment_they_are_given() -> None:
    first = [fit20(), touched("demo_request"), touched("demo_request"), said("returned", T + HOUR_MS)]
    month = T + 30 * DAY_MS
    kept = [touched("presentation_request", T + DAY_MS) for _ in range(6)]
    again = [*(touched("unsubscribe", month) for _ in range(5)), *(touched("demo_request", month) for _ in range(2))]

    assert ["requested", "returned", "requested"] == [r.type for r in live([*first, *kept, *again], M1T)[1].ripe]
    assert ["requested", "returned"] == [r.type for r in live([*first, *kept, *again[5:]], M1T)[1].ripe]


def test_the_score_before_the_event_is_what_time_had_left_of_it() -> None:
    asked = [touched("demo_request", at_ms) for at_ms in (T, T + 14 * DAY_MS)]
    (ripe,) = live([fit20(), *asked], M1T)[1].ripe

    assert (15.0, 45.0) == (ripe.score.previous, ripe.score.engagement)


def test_what_comes_later_in_a_batch_changes_nothing_that_was_said() -> None:
    crossing = [fit20(), *(touched("demo_request", T, source="site", ids={"crm:a": "1"}) for _ in range(2))]
    later: list[LeadEvent] = [touched("demo_request", T, source="fair", ids={"crm:b": "2"}), learned(city="Almaty")]
    (ripe,) = live([*crossing, *later], M1T)[1].ripe

    assert ["site"] == ripe.sources
    assert {"crm:a": "1"} == ripe.ids
    assert {"headcount"} == ripe.facts.keys()


def test_one_event_has_one_handoff_id_whoever_folds_it() -> None:
    life = [fit20(), touched("demo_request", id="a"), touched("demo_request", id="b")]
    ids = {live(life, M1T, batch=n)[1].ripe[0].handoff_id for n in (1, 2, 3)}

    assert 1 == len(ids)


def test_a_handoff_is_its_who_accepts_it_and_not_of_the_system_that_says_so() -> None:
    def owner(**more: Any) -> tuple[str, str]:
        life = [fit20(), touched("demo_request"), touched("demo_request"), said("accepted", T + 1, **more)]
        state, told = live(life, M1T)
        return state.owner, told.ripe[-1].owner

    assert ("ann", "ann") == owner(by="ann")
    assert ("", "") == owner(by="crm:hubspot")
    assert ("bob", "bob") == owner(by="crm:hubspot", owner="bob")


def test_a_numbered_answer_that_comes_too_late_is_refused_in_words_and_changes_nothing() -> None:
    def answered(*answers: LeadEvent) -> tuple[list[str], list[Any]]:
        told = live([fit20(), touched("demo_request"), touched("demo_request"), *answers], M1T)[1]
        return [r.type for r in told.ripe], [(i, r.reason, r.detail) for i, r in told.refused]

    accepted, lost = said("accepted", sequence=7, by="ann"), said("lost", T + 1, sequence=9)
    detail = "sequence is 3, and 7 was heard of this handoff; nothing was changed. Still true? Send it again"

    types, refused = answered(accepted, said("returned", T + 1, sequence=3), lost, said("won", T + 2, sequence=9))
    assert ["requested", "accepted", "closed"] == types
    assert [(4, "stale"), (6, "stale")] == [one[:2] for one in refused]
    assert refused[0][2].startswith(detail)
    assert [] == answered(accepted, said("attempt", T, sequence=8), said("attempt"), lost)[1]
    other = said("lost", T, sequence=1, handoff_id="that of an earlier episode")
    assert [] == answered(accepted, other)[1]
    assert [] == answered(accepted, said("consent", T, sequence=1, purpose="contact", given=False))[1]


def test_an_assignment_moves_no_clock() -> None:
    events = [fit20(), touched("demo_request", id="a"), touched("demo_request", id="b")]
    ripe = live(events, M1T)[1].ripe[0]
    word = Assigned(id="x", at_ms=T + DAY_MS, handoff_id=ripe.handoff_id, revision=1, queue="sales", respond_by_ms=T)
    state, _ = live([*events, word], M1T)

    assert T == state.as_of_ms
    assert state.episode is not None
    assert ("assigned", "sales") == (state.episode.status, state.episode.queue)


def test_withdrawn_consent_stops_scoring_from_its_moment_and_any_handoff() -> None:
    withdrawn = said("consent", T - HOUR_MS, purpose="scoring", given=False)
    after = touched("demo_request", T - HOUR_MS // 2)
    late = touched("demo_request", T - 2 * HOUR_MS)
    state, told = live([fit20(), withdrawn, after, late, late], M1T)

    assert 1 == state.touches
    assert [] == told.ripe
    assert 1 == told.touches["web", "no_consent"]


def test_a_touch_sent_twice_or_emitted_twice_counts_once() -> None:
    touch = touched("presentation_request", id="same")
    again = touched("presentation_request", id="same")
    state, told = live([touch, touch, again], M1)

    assert 5.0 == points(state)
    assert 2 == told.touches["web", "repeat"]


def test_what_identify_emits_again_counts_once_and_a_recreated_topic_is_new() -> None:
    def at(offset: int, append_ms: int) -> LeadEvent:
        where = Origin("touches.web", 0, offset, append_ms)
        return msgspec.structs.replace(touched("presentation_request"), origin=where)

    def counted(*events: LeadEvent) -> int:
        return fold(log(events), Table(), M1).states[b"L1"].touches

    assert 2 == counted(at(5, T), at(6, T), at(5, T), at(6, T))
    assert 2 == counted(at(5, T), at(0, T + 1))
    assert 2 == counted(at(5, T), at(6, T - 1))


def test_our_own_calls_are_attempts_and_never_score() -> None:
    state, _ = live([touched("demo_request", direction="out")], M1)

    assert (0.0, 1) == (points(state), state.attempts)


def test_a_backfill_scores_and_hands_nothing_off() -> None:
    past = [touched("demo_request", history=True) for _ in range(2)]
    state, told = live([fit20(), *past], M1T)

    assert (60.0, []) == (points(state), told.ripe)


def test_poison_on_the_log_is_set_aside_and_the_lead_goes_on() -> None:
    records = log([touched("presentation_request"), touched("presentation_request")])
    records.insert(1, Logged(7, b"L1", b'{"type":"touch","id":3}'))
    records[2].offset = 8
    table = Table()
    folded = fold(records, table, M1)

    assert [1] == [index for index, _ in folded.refused]
    assert 10 * MICRO == folded.states[b"L1"].engagement
    assert 7 == folded.states[b"L1"].quarantine[0]
    assert 8 == folded.applied[b"L1"]


def test_what_the_table_holds_is_passed_over() -> None:
    table = Table()
    records = log([touched("presentation_request"), touched("presentation_request")])
    table.keep(fold(records, table, M1))

    assert {} == fold(records, table, M1).states


def test_a_flood_is_set_aside_before_the_state_outgrows_a_message() -> None:
    crowd = [video(f"v{i}", T + i) for i in range(20_000)]
    state, told = live(crowd, M1)

    assert state.flooded
    assert len(encode(state, 0)) < 80 * 1024
    assert "flood" == told.refused[0][1].reason


kinds = st.sampled_from(["video_view", "presentation_request", "unsubscribe", "visit", "demo_request", "price", "blog"])


@st.composite
def lives(draw: st.DrawFn) -> list[LeadEvent]:
    events: list[LeadEvent] = []
    for i in range(draw(st.integers(1, 25))):
        at_ms = T - draw(st.integers(0, 6 * 24 * 60)) * MINUTE_MS
        match draw(kinds):
            case "video_view":
                events.append(touched("video_view", at_ms, props={"video": draw(st.sampled_from("abc"))}))
            case "price":
                events.append(view("/pricing", at_ms))
            case "blog":
                events.append(view(f"/blog/{i}", at_ms))
            case kind:
                events.append(touched(kind, at_ms))
    events += draw(st.lists(st.sampled_from([fit20(), fit50(), learned(by="sales", city="Almaty")]), max_size=3))
    return events


@settings(max_examples=60, deadline=None)
@given(lives().flatmap(lambda life: st.tuples(st.just(life), st.permutations(life))))
def test_order_of_arrival_changes_no_score(histories: tuple[list[LeadEvent], list[LeadEvent]]) -> None:
    ends = [live([*history, touched("note", T)], M1)[0] for history in histories]

    assert ends[0].engagement == pytest.approx(ends[1].engagement, abs=3)
    assert priority(ends[0]) == pytest.approx(priority(ends[1]), abs=1e-5)
    assert (ends[0].fit, ends[0].completeness) == (ends[1].fit, ends[1].completeness)


@settings(max_examples=40, deadline=None)
@given(lives(), st.integers(1, 7))
def test_batch_size_changes_no_byte(life: list[LeadEvent], batch: int) -> None:
    whole, said_whole = live(life, M1)
    parts, said_parts = live(life, M1, batch=batch)

    assert encode(whole, 0) == encode(parts, 0)
    assert said_whole.ripe == said_parts.ripe
    assert said_whole.ledger == said_parts.ledger


@settings(max_examples=60, deadline=None)
@given(lives())
def test_breakdown_and_ledger_sum_to_the_score(life: list[LeadEvent]) -> None:
    state, told = live(life, M1)
    shown = card("L1", state, M1)

    assert shown.engagement == pytest.approx(sum(line.points for line in shown.breakdown), abs=1e-9)
    assert shown.fit == pytest.approx(sum(line.points for line in shown.fit_breakdown), abs=1e-9)
    for dimension, score in (("engagement", shown.engagement), ("fit", shown.fit)):
        assert score == pytest.approx(sum(e.delta for e in told.ledger if e.dimension == dimension), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(lives())
def test_the_ledger_switch_changes_no_score(life: list[LeadEvent]) -> None:
    records = log([*life, touched("note", T + DAY_MS)])

    def end(ledger: bool) -> LeadState:
        return fold(records, Table(), M1, ledger=ledger).states[b"L1"]

    assert encode(end(True), 0) == encode(end(False), 0)
