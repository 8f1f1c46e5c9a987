"""Consent and handoffs: who does not want to be contacted is not handed to sales, whatever the score."""

import pytest

from schemas.lead_event import LeadEvent
from tests.pure.lives import T, judge, learned, live, said, touched

M1T = judge(without="surge:")


def ripened(*words: LeadEvent) -> tuple[int, dict[str, int]]:
    """Handoffs asked for, and what held others back."""
    asked = [touched("demo_request", T + n) for n in (1, 2)]
    told = live([learned(headcount=40), *words, *asked], M1T)[1]
    return sum(ripe.type == "requested" for ripe in told.ripe), dict(told.suppressed)


def test_unknown_and_given_consent_hand_off() -> None:
    assert (1, {}) == ripened()
    assert (1, {}) == ripened(said("consent", purpose="contact", given=True))


@pytest.mark.parametrize("purpose", ["contact", ""])
def test_withdrawn_consent_to_contact_keeps_a_ripe_lead_from_sales_and_is_counted_once(purpose: str) -> None:
    assert (0, {"consent": 1}) == ripened(said("consent", purpose=purpose, given=False))


def test_consent_withdrawn_for_another_purpose_keeps_nobody_from_sales() -> None:
    assert (1, {}) == ripened(said("consent", purpose="newsletter", given=False))


def test_the_later_word_of_a_person_counts_in_whatever_order_it_comes() -> None:
    withdrawn, given = (
        said("consent", T - 2, purpose="contact", given=False),
        said("consent", T - 1, purpose="contact", given=True),
    )
    for words in ((withdrawn, given), (given, withdrawn)):
        assert (1, {}) == ripened(*words)
