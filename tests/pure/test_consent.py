"""Consent: what a person allows, asked at the moment of the touch; who refuses contact is not handed to sales."""

from dataclasses import dataclass
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.units import HOUR_MS, MINUTE_MS
from streams.consent import MOST_WORDS, SCORING, allowed, flags, united, with_word
from streams.folded import Folded
from streams.judge import Judge
from streams.model import read_model
from tests.pure.lives import MODELS, T, judge, learned, live, points, said, touched

M1T = judge(without="surge:")


def under(consent: str) -> Judge:
    """M1 without its surge, and with a word on consent."""
    model = read_model((MODELS / "m1.yaml").read_text().replace("surge:", "# surge:") + f"\nconsent: {consent}\n")
    assert not isinstance(model, list), model
    return Judge.of(model)


def ripened(*words: LeadEvent, by: Judge = M1T) -> tuple[int, dict[str, int]]:
    """Handoffs asked for, and what held others back."""
    asked = [touched("demo_request", T + n) for n in (1, 2)]
    told = live([learned(headcount=40), *words, *asked], by)[1]
    return sum(ripe.type == "requested" for ripe in told.ripe), dict(told.suppressed)


def word(purpose: str, at_ms: int, given: bool) -> LeadEvent:
    return said("consent", at_ms, purpose=purpose, given=given)


@dataclass
class Open:
    """A life with a handoff, and what followed."""

    state: LeadState
    told: Folded

    @property
    def types(self) -> list[str]:
        return [str(ripe.type) for ripe in self.told.ripe]


def handed_off(*then: LeadEvent, by: Judge = M1T) -> Open:
    asked = [touched("demo_request", T - MINUTE_MS - n) for n in (2, 1)]
    return Open(*live([learned(T - HOUR_MS, headcount=40), *asked, *then], by))


def test_unknown_and_given_consent_hand_off() -> None:
    assert (1, {}) == ripened()
    assert (1, {}) == ripened(said("consent", purpose="contact", given=True))


@pytest.mark.parametrize("purpose", ["contact", "", " Contact "])
def test_withdrawn_consent_to_contact_keeps_a_ripe_lead_from_sales_and_is_counted_once(purpose: str) -> None:
    assert (0, {"consent": 1}) == ripened(said("consent", purpose=purpose, given=False))


def test_consent_withdrawn_for_another_purpose_keeps_nobody_from_sales() -> None:
    assert (1, {}) == ripened(said("consent", purpose="newsletter", given=False))


def test_the_later_word_of_a_person_counts_in_whatever_order_it_comes() -> None:
    withdrawn, given = word("contact", T - 2, False), word("contact", T - 1, True)
    for words in ((withdrawn, given), (given, withdrawn)):
        assert (1, {}) == ripened(*words)


def test_a_touch_is_judged_by_the_words_of_its_own_time() -> None:
    hour = HOUR_MS
    words = [word(SCORING, T - 6 * hour, True), word(SCORING, T - 4 * hour, False), word(SCORING, T - 2 * hour, True)]
    touches = [touched("presentation_request", T - n * hour - hour // 2) for n in (1, 3, 5, 7)]

    for order in permutations(words):
        state, told = live([*order, *touches], M1T)
        assert (15.0, 3, {"unmatched": 0, "scored": 3, "no_consent": 1}) == (
            points(state), state.touches, {n: told.touches["web", n] for n in ("unmatched", "scored", "no_consent")},
        )  # fmt: skip


def test_the_very_moment_of_a_word_is_its_own() -> None:
    withdrawn = live([word(SCORING, T, False), touched("unsubscribe", T), touched("unsubscribe", T - 1)], judge("m0"))
    given = live([word(SCORING, T - 9, False), word(SCORING, T, True), touched("unsubscribe", T)], judge("m0"))

    assert (1, 1) == (withdrawn[0].touches, given[0].touches)


def test_where_scoring_needs_consent_only_what_follows_a_yes_scores() -> None:
    life = [touched("unsubscribe", T - 2), word(SCORING, T - 1, True), touched("unsubscribe", T)]

    assert (1, 2) == (live(life, under("{scoring: needed}"))[0].touches, live(life, M1T)[0].touches)


@pytest.mark.parametrize("purpose", ["contact", "scoring"])
def test_where_a_purpose_needs_consent_nobody_is_handed_off_without_a_yes(purpose: str) -> None:
    needed = under(f"{{{purpose}: needed}}")

    held = {"contact": {"consent": 1}, "scoring": {}}[purpose]
    assert (0, held) == ripened(by=needed)
    assert (1, {}) == ripened(word(purpose, T - 9, True), by=needed)


def test_a_handoff_nobody_took_up_is_withdrawn_when_contact_is_refused() -> None:
    life = handed_off(word("contact", T, False))

    assert ["requested", "withdrawn"] == life.types
    assert ("consent", {"contact": False}) == (life.told.ripe[-1].reason, life.told.ripe[-1].consent)
    assert "consent" == life.state.held


def test_a_handoff_that_was_accepted_stands_and_its_seller_is_told() -> None:
    life = handed_off(said("accepted", T - 1, by="ann"), word("contact", T, False))

    assert ["requested", "accepted", "updated"] == life.types
    assert "Consent: contact refused" == life.told.ripe[-1].why.partition(":  ")[0][:24]
    assert [1, 2, 3] == [ripe.revision for ripe in life.told.ripe]


def test_a_refusal_that_a_later_yes_outdid_withdraws_nothing() -> None:
    assert ["requested"] == [t for t in handed_off(word("contact", T, True), word("contact", T - 9, False)).types
                             if t != "updated"]  # fmt: skip


@pytest.mark.parametrize(("channel", "shut"), [("email", "email"), ("web", "email"), ("messenger", "messenger")])
def test_an_unsubscribe_closes_its_channel_at_once_and_the_seller_is_told(channel: str, shut: str) -> None:
    life = handed_off(touched("unsubscribe", T) if channel == "web" else _on(channel, "unsubscribe"))

    assert ["requested", "updated"] == life.types
    assert {f"contact:{shut}": False} == life.told.ripe[-1].consent


def test_a_model_names_what_closes_a_channel() -> None:
    by = under("{closed_by: {email: [spam_report], call: [hang_up]}}")

    kinds = [("email", "spam_report"), ("email", "unsubscribe"), ("call", "hang_up"), ("messenger", "unsubscribe")]
    states = [live([_on(channel, kind)], by)[0] for channel, kind in kinds]

    assert [["contact:email"], [], ["contact:call"], ["contact:messenger"]] == [list(s.consent) for s in states]


def test_our_own_message_closes_nothing() -> None:
    assert {} == live([touched("unsubscribe", T, direction="out")], M1T)[0].consent


def test_a_yes_opens_a_channel_again_and_a_refused_contact_shuts_them_all() -> None:
    shut, open_again, no_contact = _on("email", "unsubscribe"), word("email", T + 1, True), word("", T + 2, False)
    told = [flags(live(life, M1T)[0], ()) for life in ([shut], [shut, open_again], [shut, open_again, no_contact])]

    assert [
        {"contact:email": False}, {"contact:email": True}, {"contact": False, "contact:email": False}
    ] == told  # fmt: skip


def test_who_closed_every_channel_is_not_handed_off() -> None:
    refusals = [word(channel, T - 9, False) for channel in ("email", "call", "messenger")]

    assert (0, {"consent": 1}) == ripened(*refusals)
    assert (1, {}) == ripened(*refusals[:2])


def test_marketing_keeps_nobody_warm_who_refuses_contact_and_is_told_which_channel_is_shut() -> None:
    _, told = live([_on("email", "unsubscribe"), word("contact", T + 1, False), word("contact", T + 2, True)], M1T)

    assert [
        ("nurture_entered", "not ripe: keep warm, but not by email"),
        ("nurture_left", "no consent to contact"),
        ("nurture_entered", "not ripe: keep warm, but not by email"),
    ] == [(task.kind, task.note) for task in told.tasks]


WORDS = st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=MOST_WORDS // 2)


@given(WORDS.flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))), st.integers(-1, 10))
def test_words_say_the_same_in_any_order_and_however_often(
    orders: tuple[list[tuple[int, bool]], list[tuple[int, bool]]], at_ms: int
) -> None:
    first, second = (LeadState(consent={SCORING: said_all(order)}) for order in (orders[0], orders[1] * 2))
    spoken = [(moment, not given, given) for moment, given in orders[0] if moment <= at_ms]

    assert first.consent == second.consent
    assert allowed(first, SCORING, (), at_ms) == (max(spoken)[2] if spoken else True)


@given(WORDS, WORDS)
def test_the_words_of_two_leads_who_are_one_are_those_of_one_life(
    ours: list[tuple[int, bool]], theirs: list[tuple[int, bool]]
) -> None:
    both = united({SCORING: said_all(ours)}, {SCORING: said_all(theirs)}).get(SCORING, [])

    assert said_all([*ours, *theirs]) == both


@given(st.lists(st.tuples(st.integers(0, 1_000), st.booleans()), min_size=MOST_WORDS, max_size=60))
def test_however_much_is_said_the_last_word_stays(words: list[tuple[int, bool]]) -> None:
    kept = said_all(words)

    assert len(kept) <= 2 * MOST_WORDS
    assert (kept[-1] == 1) == max((moment, not given, given) for moment, given in words)[2]


def said_all(words: list[tuple[int, bool]]) -> list[int]:
    told: list[int] = []
    for at_ms, given_ in words:
        told = with_word(told, at_ms, given_)
    return told


def _on(channel: str, kind: str) -> LeadEvent:
    return msgspec.structs.replace(touched(kind, T), channel=channel)


@pytest.mark.parametrize(
    ("life", "doubt"),
    [
        ([touched("unsubscribe", T), word(SCORING, T - 1, False)], "consent"),
        ([touched("unsubscribe", T), word(SCORING, T, False)], "consent"),
        ([touched("unsubscribe", T - 2), touched("unsubscribe", T, direction="out"), word(SCORING, T - 1, False)], ""),
        ([touched("unsubscribe", T - 1), word(SCORING, T, False), touched("unsubscribe", T + 1)], ""),
        ([word(SCORING, T, True), touched("unsubscribe", T + 1), word(SCORING, T - 1, False)], ""),
        ([word(SCORING, T + 9, True), touched("unsubscribe", T), word(SCORING, T - 1, False)], "consent"),
        ([word(SCORING, T - 9, False), touched("unsubscribe", T), word(SCORING, T - 1, True)], "consent"),
        ([word(SCORING, T - 9, False), word(SCORING, T - 1, True), touched("unsubscribe", T)], ""),
        ([touched("unsubscribe", T), word("contact", T - 1, False)], ""),
        ([word(SCORING, T, True), *[touched("unsubscribe", T + n) for n in range(9)], word(SCORING, T - 1, False)],
         "consent"),
        ([touched("unsubscribe", T - 3), *[touched("unsubscribe", T + n) for n in range(4)],
          word(SCORING, T, True), word(SCORING, T - 2, False)], ""),
    ],
)  # fmt: skip
def test_a_word_on_scoring_that_comes_after_touches_it_judges_leaves_a_doubt_that_is_counted(
    life: list[LeadEvent], doubt: str
) -> None:
    state, told = live(life, judge("m0"))

    assert (doubt, bool(doubt)) == ("" if state.kin is None else state.kin.doubt, bool(told.kin["doubt"]))
