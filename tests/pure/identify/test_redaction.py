"""Redaction: no address and no number survives, and what only looks like one does."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.people.redaction import MAX_TEXT, Redactor

REDACTOR = Redactor(("form", "plan", "answered", "duration_s"), "KZ")

filler = st.text(st.characters(exclude_categories=("Nd", "Cs"), exclude_characters="@%+-.()/?#;"), max_size=30)
emails = st.sampled_from(
    ["zz-probe@example.com", "ZZ-Probe@Example.com", "zz-probe%40example.com", "zz-probe%2540example.com"]
)
phones = st.sampled_from([
    "+77010000001", "77010000001", "8 701 000 00 01", "8(701)000-00-01", "+7 (701) 000-00-01", "%2B77010000001",
    "+7.701.000.00.01", "+7%20701%20000%2000%2001", "87010000001", "1 (000) 000-00-01",
    "+44 20 7946 0018", "0077010000001",
])  # fmt: skip


def bare(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


@given(filler, emails, filler)
def test_no_planted_address_survives_in_a_text_or_a_page(before: str, planted: str, after: str) -> None:
    for said in (f"{before} {planted} {after}", f"/{before}/{planted}/{after}", f"{before}:{planted};{after}"):
        for hidden in (REDACTOR.text(said), REDACTOR.page(said), str(REDACTOR.props({"form": said})["form"])):
            assert "example" not in hidden.lower()


@given(filler, phones, filler)
def test_no_planted_number_survives_in_a_text_or_a_page(before: str, planted: str, after: str) -> None:
    for said in (f"{before}{planted}{after}", f"{before} {planted} {after}", f"/{before}/{planted}/{after}"):
        for hidden in (REDACTOR.text(said), REDACTOR.page(said), str(REDACTOR.props({"form": said})["form"])):
            assert "0000001" not in bare(hidden)
            assert "79460018" not in bare(hidden)


@given(st.text(max_size=700))
def test_scrubbing_twice_is_scrubbing_once_and_texts_stay_short(text: str) -> None:
    once = REDACTOR.text(text)

    assert len(once) <= MAX_TEXT
    assert once.strip() == REDACTOR.text(once)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22", "2026-11-22 10:30:00", "22.11.2026 10:30", "550e8400-e29b-41d4-a716-446655440000",
        "1763816400000", "spring 2026", "page_view", "21234567890", "4820000123456", "23851234567890123", "5 000 000",
        "@touchline", "v1.2.3", "50 %", "a+b", "",
    ],
)  # fmt: skip
def test_dates_ids_and_amounts_are_left_alone(text: str) -> None:
    assert text == REDACTOR.text(text)


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("https://acme.kz/pricing/team?email=zz@x.y#a", "/pricing/team"),
        ("https://zz@acme.kz:8080/pricing", "/pricing"),
        ("//acme.kz/a;jsessionid=1", "/a"),
        ("/pricing", "/pricing"),
        ("pricing/team", "/pricing/team"),
        ("acme.kz/pricing", "/pricing"),
        ("acme.kz:8080/pricing", "/pricing"),
        ("index.html", "/index.html"),
        ("/a%3Femail=zz", "/a"),
        ("https://acme.kz", "/"),
        ("?email=zz@x.y", "/"),
        ("/блог/о-нас", "/блог/о-нас"),
    ],
)
def test_of_a_page_only_the_path_is_kept(page: str, path: str) -> None:
    assert path == REDACTOR.page(page)


def test_only_properties_on_the_keep_list_that_say_one_thing_are_kept() -> None:
    props = {
        "form": "demo", "answered": False, "duration_s": 12.5, "comment": "Zzprobe", "plan": 77010000001,
        "Form": "x",
    }  # fmt: skip

    assert {"form": "demo", "answered": False, "duration_s": 12.5} == REDACTOR.props(props)
    assert {} == REDACTOR.props({"form": ["a"], "plan": {"a": 1}, "answered": None})


@pytest.mark.parametrize("word", ["a", "%25", "+7", "1", "1-", "(1", "1 ", "a.", "a%40", "2026-11-22 ", "%2525"])
def test_the_longest_text_is_scrubbed_within_seconds(word: str) -> None:
    longest = word * (200_000 // len(word))
    began_s = process_time()

    for text in (longest, f"@ {longest}", f"{longest}@", f"1234567 {longest}"):
        REDACTOR.text(text)
        REDACTOR.page(text)

    assert process_time() - began_s < 2.0
