"""When a lead is handed off, what is said, and what answers change."""

from typing import Any

import pytest

from schemas.handoff import HandoffType
from schemas.lead_event import Assigned, LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from tests.pure.lives import (
    T,
    fit20,
    judge,
    learned,
    live,
    said,
    touched,
)

M1, M1T = judge(), judge(without="surge:")


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
