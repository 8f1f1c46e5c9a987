"""The fold against a naive interpreter of the same definitions: random models, random lives, any batches."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.scoring_model import ScoringModel
from schemas.units import MICRO
from streams.card import card
from streams.fold import fold
from streams.folded import Folded
from streams.judge import Judge
from streams.lead_codec import encode
from streams.scoring.fit import failed_primary
from streams.scoring.pace import pace
from streams.scoring.velocity import surging
from tests.pure.lives import T, Table, live, log, touched, with_coordinates
from tests.pure.model_draws import histories, model, models
from tests.pure.naive import Naive


def assert_same(state: LeadState, judge: Judge, arrived: list[LeadEvent]) -> None:
    """All that is scored, now. Each rule is rounded to a micro-point when read: so much may a sum be off."""
    naive = Naive(judge.model, arrived, state.as_of_ms)

    assert state.engagement == pytest.approx(float(naive.engagement()), abs=1 + len(judge.model.rules))
    assert (naive.fit(), naive.completeness()) == (state.fit, state.completeness)
    assert naive.failed() == failed_primary(state, judge, state.as_of_ms)
    assert naive.campaign() == state.campaign
    assert float(naive.pace()) / MICRO == pytest.approx(pace(state), abs=1e-5)
    for surge in judge.model.surges:
        seen = state.surges.get(surge.name)
        assert naive.surging(surge) == (seen is not None and surging(surge, seen, state.as_of_ms))


def assert_sums(state: LeadState, judge: Judge, told: Folded) -> None:
    shown = card("L1", state, judge)

    assert shown.engagement == pytest.approx(sum(line.points for line in shown.breakdown), abs=1e-9)
    for dimension, score in (
        ("engagement", shown.engagement),
        ("fit", shown.fit),
        ("completeness", shown.completeness),
    ):
        assert score == pytest.approx(sum(e.delta for e in told.ledger if e.dimension == dimension), abs=1e-9)


@settings(max_examples=250, deadline=None)
@given(models(), histories(), st.integers(1, 9))
def test_the_fold_scores_as_the_definitions_say_after_every_batch(
    drawn: ScoringModel, life: list[LeadEvent], batch: int
) -> None:
    judge, table, told = Judge.of(drawn), Table(), Folded()
    life = with_coordinates([*life, touched("note", T)])
    records = log(life)
    for first in range(0, len(records), batch):
        folded = fold(records[first : first + batch], table, judge)
        table.keep(folded)
        told.ledger += folded.ledger
        assert [] == folded.refused
        assert_same(table.state(), judge, life[: first + batch])
        assert_sums(table.state(), judge, told)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32), histories(most=40))
@example(seed=7, life=[])
def test_five_hundred_rules_score_as_the_definitions_say(seed: int, life: list[LeadEvent]) -> None:
    judge = Judge.of(model([seed + n for n in range(500)], seed))
    life = [*life, touched("note", T)]
    state, told = live(life, judge)

    assert_same(state, judge, life)
    assert_sums(state, judge, told)


@settings(max_examples=100, deadline=None)
@given(models(), histories(), st.integers(1, 7))
def test_batches_change_no_byte_under_any_model(drawn: ScoringModel, life: list[LeadEvent], batch: int) -> None:
    judge = Judge.of(drawn)
    whole, said_whole = live(life, judge)
    parts, said_parts = live(life, judge, batch=batch)

    assert encode(whole, 0) == encode(parts, 0)
    assert said_whole.ledger == said_parts.ledger


@settings(max_examples=100, deadline=None)
@given(models(), histories())
def test_without_its_ledger_the_fold_scores_the_same_under_any_model(
    drawn: ScoringModel, life: list[LeadEvent]
) -> None:
    judge, records = Judge.of(drawn), log(with_coordinates([*life, touched("note", T)]))
    ends = [fold(records, Table(), judge, ledger=ledger).states for ledger in (True, False)]

    assert ends[0] == ends[1]


@settings(max_examples=100, deadline=None)
@given(models(), histories().flatmap(lambda life: st.tuples(st.just(life), st.permutations(life))))
def test_no_order_of_arrival_changes_a_score_under_any_model(
    drawn: ScoringModel, orders: tuple[list[LeadEvent], list[LeadEvent]]
) -> None:
    judge = Judge.of(msgspec.structs.replace(drawn, bursts=()))  # a burst's touches are late by a week at most
    ends = [live([*order, touched("note", T)], judge)[0] for order in orders]

    assert ends[0].engagement == pytest.approx(ends[1].engagement, abs=1 + len(drawn.rules))
    assert (ends[0].fit, ends[0].completeness) == (ends[1].fit, ends[1].completeness)
    assert (ends[0].campaign, ends[0].campaign_ms, ends[0].did) == (ends[1].campaign, ends[1].campaign_ms, ends[1].did)


def test_the_naive_interpreter_itself_halves_in_a_half_life() -> None:
    drawn = msgspec.structs.replace(model([1], 1), campaigns=())
    only = msgspec.structs.replace(
        drawn.rules[0], when=("visit",), page=(), source=(), campaign=(), where=None, gate=None,
        points=4 * MICRO, half_life_ms=1_000, window_ms=None, limit=None,
    )  # fmt: skip
    naive = Naive(msgspec.structs.replace(drawn, rules=(only,)), [touched("visit", T - 2_000)], T)

    assert Decimal(MICRO) == naive.worth(only, "")
