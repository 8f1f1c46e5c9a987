"""Short ways that identify takes for what is usual: they must say what the long ways say."""

from typing import Any

import msgspec
import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.lead_event import Origin, TouchSeen
from schemas.scoring_model import ScoringModel
from schemas.touch import Touch
from schemas.units import DAY_MS
from streams.people.admission import _TOUCH, _check, _is_fine
from streams.people.contact_facts import derive
from streams.people.dialling import dialled
from streams.people.identity import Hider
from streams.people.log_entries import Head, Scribe
from streams.people.normal_forms import email_form, phone_form
from streams.people.redaction import Redactor
from streams.people.touch_lines import Source, TouchLines

NOW_MS = 1_795_000_000_000
MODEL = ScoringModel(
    model="m", version=1, starts_ms=0, time_zone="UTC", facts=(), trust=(), limit=None, groups={}, rules=(),
    primary=(), secondary=(), completeness={}, bursts=(), surges=(), temperature=(), grade=(), handoff=None,
)  # fmt: skip
SCRIBE = Scribe(Hider("secret", "KZ"), Redactor(("form", "n"), "KZ"), MODEL)
LINES = TouchLines(SCRIBE)
"""One for all examples, so that what it remembers of one is there for the next."""

texts = st.sampled_from(("", "a", " web ", 'a"b', "é\u2028", "+7 701 123 45 67", "x@y.kz", "out")) | st.text(max_size=5)
pages = st.sampled_from(("", "/", "//a//b", "https://x.kz/p?q=1", "https:////x/y", "p#q", "/a@b.kz", "\\", "/é"))
values = texts | st.integers(-(2**70), 2**70) | st.floats() | st.booleans() | st.none() | st.just([2**80])
touches = st.builds(
    Touch,
    touch_id=texts | st.just("t" * 300), kind=texts, at=st.integers(-5, NOW_MS + 2 * DAY_MS) | st.datetimes(),
    who=st.dictionaries(texts, texts, max_size=3), channel=texts, direction=st.sampled_from(("in", "out")),
    source=texts, medium=texts, campaign=texts, message=texts, page=pages, product=texts, history=st.booleans(),
    cost=st.none() | st.floats(), props=st.dictionaries(st.sampled_from(("form", "n", "other")), values),
)  # fmt: skip


@given(touches, st.dictionaries(texts, texts, max_size=1), texts, st.integers(0, 10**12), st.integers(0, 10**13))
def test_the_line_of_a_touch_is_the_json_of_its_log_entry(
    touch: Touch, ids: dict[str, str], trace: str, offset: int, append_ms: int
) -> None:
    if not isinstance(touch.at, int):
        touch = msgspec.structs.replace(touch, at=append_ms)
    source = Source.of("touches.web", 3)

    for _ in range(2):
        line = LINES.line(touch, source, offset, append_ms, ids, trace)
        seen = SCRIBE.touch(touch, Origin("touches.web", 3, offset, append_ms), ids, trace)
        assert msgspec.json.encode(seen) == line
    if isinstance(touch.at, int) and touch.at >= 0:
        assert Head(seen.id, seen.at_ms, seen.origin, trace) == msgspec.json.decode(line, type=Head)
        assert TouchSeen is type(msgspec.json.decode(line, type=TouchSeen))


@given(touches)
def test_what_is_fine_at_once_is_fine_when_looked_at_closely(touch: Touch) -> None:
    if _is_fine(touch, NOW_MS):
        assert _check(_TOUCH, touch, NOW_MS) is None


def test_a_usual_touch_is_fine_at_once() -> None:
    usual = {"touch_id": "t", "kind": "k", "at": NOW_MS, "who": {"anonymous": "a"}, "props": {"form": "x", "n": 1}}

    assert _is_fine(msgspec.convert(usual, Touch), NOW_MS)


parts = st.sampled_from(
    ("a", "B", "x9", "test", "local", "com", "kz", "xn--p1ai", "a-b", "-a", "a--b", "é", "и", "1", "_")
)


@given(
    st.lists(parts, min_size=1, max_size=3), st.sampled_from("..-+_"), st.lists(parts | st.just("c" * 60), max_size=5),
    st.text(max_size=2),
)  # fmt: skip
@example(["a" * 70], ".", ["acme", "kz"], "")
@example(["a" * 60], ".", ["b" * 60, "c" * 60, "d" * 60, "kz"], "")
@example(["a"], ".", ["b" * 64, "kz"], "")
def test_addresses_have_the_form_that_the_library_gives_them(
    local: list[str], between: str, domain: list[str], odd: str
) -> None:
    address = f"{between.join(local)}{odd}@{'.'.join(domain)}"

    assert _email_by_library(address) == email_form(address)


@given(st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)) | st.integers(1, 999), st.data())
def test_numbers_have_the_form_that_the_library_gives_them(code: int, data: st.DataObject) -> None:
    number = f"+{code}{data.draw(st.text('0123456789', min_size=1, max_size=14))}"

    _compare(number)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_of_each_country_have_the_form_that_the_library_gives_them(region: str) -> None:
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            _compare(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def test_a_number_of_home_takes_the_short_way() -> None:
    assert dialled("+77011234567") is not None


def _compare(written: str) -> None:
    short = dialled(written)
    if short is not None:
        assert phonenumbers.parse(written, None) == short
    assert _phone_by_library(written) == phone_form(written, "KZ")
    identity = Hider("key", "KZ").identity("phone", written)
    if identity is not None:
        assert _told_by_library(identity.value) == derive(identity)


def _email_by_library(text: str) -> str | None:
    try:
        return validate_email(
            text, check_deliverability=False, globally_deliverable=False, test_environment=True, strict=False
        ).normalized.lower()
    except EmailNotValidError:
        return None


def _phone_by_library(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "KZ")
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


def _told_by_library(e164: str) -> dict[str, Any]:
    number = phonenumbers.parse(e164, None)
    if not phonenumbers.is_valid_number(number):
        return {"phone_valid": False}
    country = phonenumbers.region_code_for_number(number)
    return {"phone_valid": True} | ({"country": country} if country and country != "001" else {})
