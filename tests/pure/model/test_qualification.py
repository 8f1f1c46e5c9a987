"""Frameworks, segments, levels, fast paths and campaigns: what they compile to, and what their order says."""

import pytest

from schemas.condition import AtLeast, Did, FactIs, Soon
from schemas.scoring_model import Campaign, FactDeclared, FastPath, Level, Segment
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.model import Severity, model_digest, review_model
from tests.pure.model.documents import M1, M1_FULL, read, small


def test_the_whole_language_is_read_without_a_word_to_mend() -> None:
    assert review_model(M1_FULL, keep_props=("video",)).findings == ()


def test_the_levels_of_the_whole_model_stand_as_they_are_written() -> None:
    model = read(M1_FULL)

    assert (
        Level(name="MQL", engagement=15 * MICRO, fit=20 * MICRO, without=("checkout_start",)),
        Level(name="SAL", means="accepted"),
        Level(name="SQL", primary=True, frameworks={"BANT": 3}, engagement=40 * MICRO),
    ) == model.levels
    assert {"BANT": ("budget_ok", "job_title", "purchase_by", "specification")} == model.frameworks


def test_the_fast_path_of_the_whole_model_has_three_ways() -> None:
    (fast,) = read(M1_FULL).fast_paths

    assert ("SQL", True) == (fast.level, fast.hand_off)
    assert {Did(("checkout_start",)), Did(("invoice_request",)), FactIs("purchase_by", Soon(14 * DAY_MS))} == set(
        fast.any
    )


def test_the_campaign_of_the_whole_model_ends_at_midnight_in_its_zone() -> None:
    midnight_ms = 1801353600000 - 5 * HOUR_MS  # 2027-01-31 in Almaty

    assert (
        Campaign(name="ebook-spring", until_ms=midnight_ms, engagement=25 * MICRO, points={"presentation": 8 * MICRO}),
    ) == read(M1_FULL).campaigns


def test_what_holds_a_handoff_back_is_read_and_its_order_says_nothing() -> None:
    handoff = read(M1_FULL).handoff

    assert handoff is not None
    assert ("in a deal", "no consent", "unqualified") == handoff.never


def test_the_first_segment_that_fits_counts_so_their_order_stays() -> None:
    said = "segments: {{{}}}"
    big, others = "big: {headcount: 500 or more}", "small: {headcount: under 500}"
    model = small(top=said.format(f"{big}, {others}, rest: everyone"))

    assert (Segment(name="big", where=FactIs("headcount", AtLeast(500))), "small", "rest") == (
        model.segments[0], model.segments[1].name, model.segments[2].name,
    )  # fmt: skip
    assert model.segments[2].where is None
    assert model_digest(model) != model_digest(small(top=said.format(f"{others}, {big}, rest: everyone")))


def test_a_fast_path_of_words_beside_each_other_has_one_way() -> None:
    model = small(top="levels: {SQL: {engagement: 40 or more}, SQL at once: {city: Almaty, did: call}}")

    assert [("SQL", False, 1)] == [(fast.level, fast.hand_off, len(fast.any)) for fast in model.fast_paths]
    assert isinstance(model.fast_paths[0], FastPath)


def test_a_sensitive_fact_scores_with_its_reason_and_the_reason_is_of_the_meaning() -> None:
    text = """
model: small
version: 1
facts: {birth_date: {type: date, sensitive: true}}
allow_sensitive: {birth_date: {because: the law sets an age}}
engagement: {rules: {seen: {when: visit, points: 1, facts: {birth_date: 18y ago or earlier}}}}
"""
    model = read(text)

    assert (FactDeclared(name="birth_date", type="date", sensitive=True, because="the law sets an age"),) == model.facts
    assert model_digest(model) != model_digest(read(text.replace("an age", "a limit")))


def test_a_campaign_that_is_over_is_told_only_where_the_time_is_known() -> None:
    after_ms = 1801353600000

    assert () == review_model(M1_FULL).findings
    assert () == review_model(M1_FULL, now_ms=after_ms - DAY_MS).findings
    (told,) = review_model(M1_FULL, now_ms=after_ms).findings
    assert (Severity.WARNING, "a campaign that is over") == (told.severity, told.problem)


CHANGES = [
    ("3 of 4", "2 of 4"),
    ("frameworks: {BANT: [budget_ok, ", "frameworks: {BANT: [headcount, "),
    ("MQL: {engagement: 15", "MQL: {engagement: 16"),
    ("without: [checkout_start]", "without: [checkout_start, call]"),
    ("primary: all true, ", ""),
    ("means: handoff accepted", "means: handoff offered"),
    ("SQL at once: {hand_off: true, ", "SQL at once: {"),
    ("did: invoice_request", "did: invoice_request within 7d"),
    ("purchase_by: within 14d", "purchase_by: within 15d"),
    ("until: 2027-01-31, ", ""),
    ("handoff: {engagement: 25 or more}, rules", "rules"),
    ("{points: 8}", "{points: 9}"),
    ("ebook-spring", "ebook-autumn"),
    ("never: [in a deal, unqualified, no consent]", "never: [unqualified, no consent]"),
    ("watched-video: {when: video_view", "watched-video: {when: video_view, medium: cpc"),
    ("watched-video: {when: video_view", "watched-video: {when: video_view, props: {video: intro}"),
    ("watched-video: {when: video_view", "watched-video: {when: video_view, facts: {city: Almaty}"),
    ("watched-video: {when: video_view", "watched-video: {when: video_view, not: {facts: {city: Almaty}}"),
    ("big-city:      {city: [Moscow, Almaty]", "big-city: {city: [Moscow, Almaty], headcount: 20 or more"),
]


@pytest.mark.parametrize(("was", "becomes"), CHANGES, ids=repr)
def test_a_change_of_meaning_changes_the_digest(was: str, becomes: str) -> None:
    assert was in M1_FULL

    assert model_digest(read(M1_FULL)) != model_digest(read(M1_FULL.replace(was, becomes, 1)))


def test_all_these_changes_have_different_digests() -> None:
    digests = {model_digest(read(M1_FULL.replace(was, becomes, 1))) for was, becomes in CHANGES}

    assert len(CHANGES) == len(digests)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("[budget_ok, job_title, specification, purchase_by]", "[purchase_by, budget_ok, specification, job_title]"),
        ("[in a deal, unqualified, no consent]", "[no consent, in a deal, unqualified]"),
        ("[purchase_by: within 14d, did: invoice_request, did: checkout_start]",
         "[did: [checkout_start], purchase_by: within 2w, did: invoice_request]"),
        ("until: 2027-01-31", "until: 2027-01-31 00:00"),
    ],
    ids=repr,
)  # fmt: skip
def test_another_way_of_saying_the_same_keeps_the_digest(was: str, becomes: str) -> None:
    assert was in M1_FULL

    assert model_digest(read(M1_FULL)) == model_digest(read(M1_FULL.replace(was, becomes, 1)))


def test_the_reduced_model_scores_by_the_same_rules() -> None:
    full, reduced = read(M1_FULL), read(M1)

    assert (full.rules, full.primary, full.secondary) == (reduced.rules, reduced.primary, reduced.secondary)
