"""Of each matter the later word of both leads counts, and what neither alone says in sums."""

import pytest

from schemas.lead_state import LeadState, Override
from streams.kin.merging import merge
from tests.pure.lives import T, judge

M1 = judge()


def merged(ours: LeadState, theirs: LeadState) -> LeadState:
    merge(ours, theirs, M1, ours.as_of_ms)
    return ours


def test_the_later_word_on_level_qualification_and_deal_counts_whoever_heard_it() -> None:
    early = LeadState(override=Override("SQL", "ann", T), unqualified="spam", deals=1, words=dict.fromkeys(MATTERS, T))
    late = LeadState(words=dict.fromkeys(MATTERS, T + 1))  # taken back since
    for ours, theirs in ((early, late), (late, early)):
        one = merged(_copy(ours), _copy(theirs))

        assert (None, "", 0) == (one.override, one.unqualified, one.deals)
        assert dict.fromkeys(MATTERS, T + 1) == one.words


def test_a_word_of_an_earlier_release_that_has_no_time_counts_where_the_other_heard_none() -> None:
    one = merged(LeadState(), LeadState(unqualified="spam", deals=2))

    assert ("spam", 2) == (one.unqualified, one.deals)


@pytest.mark.parametrize("other", [T - 1, T], ids=["theirs is older", "theirs is as new"])
def test_when_an_owner_was_last_seen_is_not_told_of_the_other_leads_owner(other: int) -> None:
    ours = LeadState(owner="ann", as_of_ms=T, words={"seen": 10})
    theirs = LeadState(owner="bob", as_of_ms=other, words={"seen": 50})
    one = merged(ours, theirs)

    expected = ("ann", 10) if other < T else ("bob", 50)
    assert expected == (one.owner, one.words["seen"])


def test_an_owner_of_both_was_seen_when_either_heard_of_them_last() -> None:
    one = merged(LeadState(owner="ann", words={"seen": 10}), LeadState(owner="ann", words={"seen": 50}))

    assert ("ann", 50) == (one.owner, one.words["seen"])


def test_the_latest_deed_campaign_and_the_first_source_of_both_are_kept_and_sums_are_summed() -> None:
    ours = LeadState(
        did={"a": T + 5, "b": T}, campaign="spring", campaign_ms=T + 5, first_ms=T, captured_by="google", touches=2,
        sources=["google"], attempts=1, redirected=["x"], fast="one", ids={"crm:a": "1"},
    )  # fmt: skip
    theirs = LeadState(
        did={"a": T, "b": T + 5}, campaign="autumn", campaign_ms=T, first_ms=T - 1, captured_by="fair", touches=3,
        sources=["fair", "google"], attempts=2, redirected=["x", "y"], fast="two; one", ids={"crm:b": "2"},
    )  # fmt: skip
    one = merged(ours, theirs)

    assert {"a": T + 5, "b": T + 5} == one.did
    assert ("spring", T + 5) == (one.campaign, one.campaign_ms)
    assert (T - 1, "fair", ["fair", "google"]) == (one.first_ms, one.captured_by, one.sources)
    assert (5, 3, ["x", "y"], "one; two") == (one.touches, one.attempts, one.redirected, one.fast)
    assert {"crm:a": "1", "crm:b": "2"} == one.ids


MATTERS = ("level", "qualified", "deal")


def _copy(state: LeadState) -> LeadState:
    return LeadState(override=state.override, unqualified=state.unqualified, deals=state.deals, words=dict(state.words))
