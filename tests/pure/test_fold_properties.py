"""What no history may break: order, batches, sums, switches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MINUTE_MS
from streams.card import card, priority
from streams.fold import fold
from streams.lead_codec import encode
from tests.pure.lives import T, Table, after, fit20, fit50, judge, learned, live, log, touched, view

M1, M1T = judge(), judge(without="surge:")


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
        return after(fold(records, Table(), M1, ledger=ledger))

    assert encode(end(True), 0) == encode(end(False), 0)
