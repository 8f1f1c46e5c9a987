"""The score before the event that hands off is told the same whether the ledger is written or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.handoff import Ripe
from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from streams.fold import fold
from tests.pure.lives import T, Table, fit20, judge, log, said, touched, with_coordinates

M1T = judge(without="surge:")


def handed_off(events: list[LeadEvent], *, ledger: bool, batch: int = 1_000) -> list[Ripe]:
    table, told = Table(), list[Ripe]()
    records = log(with_coordinates(events))
    for at in range(0, len(records), batch):
        folded = fold(records[at : at + batch], table, M1T, ledger=ledger)
        table.keep(folded)
        told += folded.ripe
    return told


def test_what_is_left_of_an_older_score_is_told_as_the_score_before_not_what_it_once_was() -> None:
    later = T + 14 * DAY_MS
    history: list[LeadEvent] = [fit20(), touched("demo_request"), touched("demo_request", later)]
    (without,) = handed_off(history, ledger=False)
    (with_it,) = handed_off(history, ledger=True)

    assert 45.0 == pytest.approx(with_it.score.engagement, abs=0.01)
    assert 15.0 == pytest.approx(with_it.score.previous, abs=0.01)
    assert with_it == without


KINDS = ("demo_request", "presentation_request", "visit", "unsubscribe", "checkout_start", "page_view")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 60 * 24)), max_size=25),
    st.sampled_from([1, 3, 1_000]),
)
def test_a_ledger_changes_nothing_of_what_is_said_of_a_handoff(steps: list[tuple[str, int]], batch: int) -> None:
    at_ms, events = T, [fit20()]
    for number, (kind, hours) in enumerate(steps):
        at_ms += hours * HOUR_MS // 10
        events.append(touched(kind, at_ms))
        if number % 7 == 6:
            events.append(said("returned", at_ms, reason="no_budget"))

    assert handed_off(events, ledger=True, batch=1) == handed_off(events, ledger=False, batch=batch)
