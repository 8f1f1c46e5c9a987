"""A challenger beside the champion: who is handed off by both, by one alone, earlier or later; live as in a replay."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.handoff import HandoffType
from schemas.units import DAY_MS, HOUR_MS
from streams.challenge import EXAMPLES, Challenge, Compared, compared
from streams.fold import fold
from streams.judge import Judge
from streams.replay.record import LogRecord
from streams.replay.report import Change
from tests.pure.lives import T, Table, fit20, judge, said, touched, view
from tests.pure.replay.pasts import M1, Past, lined, records
from tests.pure.ripes import ripe


def challenged(
    past: Past, champion: Judge, challenger: Judge, *, batch: int = 1_000, since_ms: int = 0, until_ms: int = 0
) -> Compared:
    """The champion scores the past and speaks; the challenger hears both as they come."""
    part, table, log = Challenge(challenger, since_ms), Table(), records(past)
    for begin in range(0, len(log), batch):
        some: Sequence[LogRecord] = log[begin : begin + batch]
        part.take(some)
        folded = fold(some, table, champion)
        table.keep(folded)
        for word in folded.ripe:
            part.hear(word)
            part.hear(word)
    if until_ms:
        part.pass_time(until_ms)
    return compared([part], challenger, file="strict.yaml", since="", caught_up=True)


def counts(found: Compared) -> tuple[int, int, int]:
    return found.both, found.only_champion, found.only_challenger


def test_a_higher_line_hands_off_fewer_and_those_it_does_later() -> None:
    past: Past = [
        ("anna", fit20()), ("boris", fit20()), ("clara", fit20()),
        ("anna", touched("demo_request", T)), ("anna", touched("demo_request", T + HOUR_MS)),
        ("anna", touched("presentation_request", T + 2 * HOUR_MS)),
        ("boris", touched("demo_request", T)), ("boris", view("/pricing", T + 1)),
    ]  # fmt: skip
    found = challenged(past, lined(30), lined(40))

    assert (1, 1, 0) == counts(found)
    assert (0, 0, 1, 3600.0) == (
        found.shifts.same, found.shifts.earlier, found.shifts.later, found.shifts.later_by_s
    )  # fmt: skip
    assert ["boris"] == [one.lead_id for one in found.examples[Change.NO_LONGER]]
    assert ["anna"] == [one.lead_id for one in found.examples[Change.LATER]]
    assert (3, 2, 1) == (found.new, found.champion_leads, found.challenger_leads)
    assert 2 / 3 == found.pass_rate.champion
    assert 1 / 3 == found.pass_rate.challenger
    assert ["b2b-services@7"] == found.champions


def test_a_lower_line_hands_off_more_and_those_it_does_earlier() -> None:
    past: Past = [
        ("anna", fit20()), ("boris", fit20()),
        ("anna", touched("demo_request", T)), ("anna", touched("demo_request", T + HOUR_MS)),
        ("boris", touched("demo_request", T)),
    ]  # fmt: skip
    found = challenged(past, lined(40), lined(30))

    assert (1, 0, 1) == counts(found)
    assert (1, 3600.0) == (found.shifts.earlier, found.shifts.earlier_by_s)
    assert ["boris"] == [one.lead_id for one in found.examples[Change.ADDITIONAL]]


def test_what_came_before_the_comparison_is_folded_and_not_counted() -> None:
    past: Past = [
        ("anna", fit20()), ("anna", touched("demo_request", T)), ("anna", touched("demo_request", T + 1)),
        ("boris", fit20()), ("boris", touched("demo_request", T)),
        ("boris", touched("demo_request", T + DAY_MS)), ("clara", view("/blog/a", T + DAY_MS)),
    ]  # fmt: skip
    found = challenged(past, M1, M1, since_ms=T + HOUR_MS)

    assert (1, 0, 0) == counts(found)
    assert (1, 3) == (found.new, found.leads)
    assert (1.0, 1.0) == (found.handoffs.champion, found.handoffs.challenger)


def test_time_alone_passes_for_the_challenger_too() -> None:
    past: Past = [("anna", fit20()), ("anna", touched("demo_request", T)), ("anna", touched("demo_request", T + 1))]
    part = Challenge(M1, 0)
    part.take(records(past))
    before = part._side.withdrawn
    part.pass_time(T + 60 * DAY_MS)
    part.pass_time(T + 60 * DAY_MS)

    assert (0, 1) == (before, part._side.withdrawn)


def test_what_a_seller_says_of_the_champions_handoff_is_said_of_the_challengers() -> None:
    asked, again = touched("demo_request", T), touched("demo_request", T + HOUR_MS)
    past: Past = [
        ("anna", fit20()), ("anna", asked), ("anna", again),
        ("anna", said("accepted", T + 2 * HOUR_MS, handoff_id="the-champions")),
    ]  # fmt: skip
    part = Challenge(lined(30), 0)
    part.take(records(past))
    part.take(
        [
            LogRecord(100 + number, at_ms, b"anna", msgspec.json.encode(touched("demo_request", at_ms)))
            for number, at_ms in enumerate((T + 60 * DAY_MS, T + 60 * DAY_MS + 1))
        ]
    )

    assert 1 == part.handoffs, "it stands accepted, so it neither cooled nor opened again"


def test_examples_are_bounded_and_the_figures_are_not() -> None:
    leads = [f"lead-{number:03d}" for number in range(5 * EXAMPLES)]
    past: Past = [event for lead in leads for event in ((lead, fit20()), (lead, touched("demo_request", T)))]
    found = challenged(past, lined(40), lined(30))

    assert (0, 0, 5 * EXAMPLES) == counts(found)
    assert EXAMPLES == len(found.examples[Change.ADDITIONAL])


@pytest.mark.parametrize("kind", [HandoffType.ACCEPTED, HandoffType.WITHDRAWN])
def test_only_a_request_is_a_handoff(kind: HandoffType) -> None:
    part = Challenge(M1, 0)
    part.hear(ripe(type=kind))

    assert 0 == part.champions_handoffs


steps = st.lists(
    st.tuples(
        st.sampled_from(["anna", "boris", "clara"]),
        st.sampled_from(["demo_request", "presentation_request", "page_view", "unsubscribe"]),
        st.integers(0, 40 * DAY_MS),
    ),
    max_size=25,
)


@given(steps, st.integers(1, 9))
def test_a_model_beside_itself_differs_in_nothing_whatever_the_batches(
    drawn: list[tuple[str, str, int]], batch: int
) -> None:
    told = sorted(drawn, key=lambda one: one[2])
    past: Past = [
        *((lead, fit20()) for lead in ("anna", "boris", "clara")),
        *((lead, touched(kind, T + at)) for lead, kind, at in told),
    ]
    alone = judge("m1", without="again:")
    found = challenged(past, alone, alone, batch=batch)

    assert (found.champion_leads, 0, 0) == counts(found)
    assert 0 == found.shifts.earlier + found.shifts.later
