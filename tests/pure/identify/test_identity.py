"""Identities: everybody who is written in two ways is one, and nobody can be read back."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streams.people.contact_facts import derive
from streams.people.identity import Hider
from streams.people.normal_forms import LEAD_ID, normal_form

HIDER = Hider("secret", "KZ")
NAMESPACES = ["email", "phone", "anonymous", "user", "telegram", "whatsapp", "viber", "crm:bitrix", "lead", "vk"]

addresses = st.emails() | st.tuples(st.emails(), st.sampled_from(["пример.рф", "Bücher.example.de"])).map(
    lambda pair: f"{pair[0].partition('@')[0]}@{pair[1]}"
)
numbers = st.from_regex(r"\A(\+?[0-9][0-9 ().-]{6,16})\Z")


@given(st.sampled_from(NAMESPACES), st.text(max_size=40) | addresses | numbers)
def test_a_normal_form_is_its_own_normal_form(namespace: str, value: str) -> None:
    form = normal_form(namespace, value, "KZ")
    assume(form is not None)

    assert form == normal_form(namespace, form or "", "KZ")


@pytest.mark.parametrize(
    ("namespace", "one", "other"),
    [
        ("email", "Anna@Example.COM", " anna@example.com "),
        ("email", "anna@xn--e1afmkfd.xn--p1ai", "anna@ПРИМЕР.рф"),
        ("phone", "8 (701) 000-00-01", "+77010000001"),
        ("phone", "7 701 000 00 01", "+7 701 0000001"),
        ("telegram", "@Anna", "https://t.me/anna"),
        ("whatsapp", "77010000001", "+7 701 000 00 01"),
        ("EMAIL", "anna@example.com", "ANNA@example.com"),
    ],
)
def test_ways_to_write_one_identity_have_one_key(namespace: str, one: str, other: str) -> None:
    assert HIDER.who({namespace: one}).identities == HIDER.who({namespace.lower(): other}).identities != ()


@given(st.dictionaries(st.sampled_from(NAMESPACES), st.text("abc123", min_size=1), min_size=1), st.randoms())
def test_a_lead_id_does_not_depend_on_the_order_of_identities(who: dict[str, str], random: Random) -> None:
    shuffled = list(who.items())
    random.shuffle(shuffled)

    assert HIDER.who(who) == HIDER.who(dict(shuffled))


def test_the_strongest_identity_comes_first() -> None:
    who = dict.fromkeys(("vk", "anonymous", "viber", "telegram", "whatsapp", "user", "crm:bitrix"), "77010000001")
    who |= {"phone": "+77010000001", "email": "a@b.kz"}

    order = ["crm:bitrix", "user", "email", "phone", "whatsapp", "telegram", "viber", "anonymous", "vk"]
    assert order == [identity.namespace for identity in HIDER.who(who).identities]


@given(st.text(min_size=1, max_size=30), st.integers(0, 3))
def test_a_lead_id_is_sayable_and_changes_with_an_erasure(key: str, erasures: int) -> None:
    lead = HIDER.lead_id(key, erasures)

    assert LEAD_ID.fullmatch(lead)
    assert lead == HIDER.lead_id(key, erasures) != HIDER.lead_id(key, erasures + 1)


def test_personal_identities_are_hidden_and_those_of_a_crm_are_clear() -> None:
    who = HIDER.who({"email": "anna@example.com", "user": "42", "crm:bitrix": "42", "crm:odd": "anna@example.com"})

    assert {"crm:bitrix": "42"} == who.public
    assert "crm:bitrix:42" in {identity.key for identity in who.identities}
    assert not any("anna" in identity.key for identity in who.identities)


def test_another_key_makes_everybody_somebody_else() -> None:
    assert HIDER.who({"user": "42"}) != Hider("other", "KZ").who({"user": "42"})
    assert Hider("x" * 500, "KZ").who({"user": "42"}) == Hider("x" * 500, "KZ").who({"user": "42"})


def test_the_same_value_in_two_namespaces_is_two_identities() -> None:
    keys = {identity.stored for identity in HIDER.who({"user": "42", "anonymous": "42"}).identities}

    assert 2 == len(keys)


@pytest.mark.parametrize(
    ("namespace", "value"),
    [
        ("email", "anna at example.com"), ("email", "anna@"), ("phone", "12"), ("phone", "call me"),
        ("lead", "42"), ("lead", "L0000000000000OIL"), ("anonymous", "null"), ("user", "[object Object]"),
        ("user", "x" * 300), ("user", "a\x00b"), ("anna@example.com", "1"), ("", "1"), ("telegram", "@"),
    ],
)  # fmt: skip
def test_what_means_nobody_is_dropped_and_counted_beside_what_means_somebody(namespace: str, value: str) -> None:
    who = HIDER.who({namespace: value, "viber": "v1"})

    assert (["viber"], "", 1) == ([identity.namespace for identity in who.identities], who.lead, who.dropped)


def test_a_lead_named_outright_is_read_in_any_case() -> None:
    lead = HIDER.lead_id("user:42")

    assert lead == HIDER.who({"lead": lead.lower()}).lead


@pytest.mark.parametrize(
    ("namespace", "value", "facts"),
    [
        ("email", "a@gmail.com", {"email_is_free": True, "email_valid": True}),
        ("email", "a@mail.ru", {"email_is_free": True, "email_valid": True}),
        ("email", "a@acme.kz", {"email_is_free": False, "email_valid": True}),
        ("email", "a@intranet", {"email_is_free": False, "email_valid": False}),
        ("email", "a@acme.test", {"email_is_free": False, "email_valid": False}),
        ("phone", "+77010000001", {"phone_valid": True, "country": "KZ"}),
        ("phone", "+79161234567", {"phone_valid": True, "country": "RU"}),
        ("phone", "+77990000001", {"phone_valid": False}),
        ("user", "42", {}),
    ],
)
def test_what_can_be_scored_is_derived_before_it_is_hidden(
    namespace: str, value: str, facts: dict[str, object]
) -> None:
    [identity] = HIDER.who({namespace: value}).identities

    assert facts == derive(identity)
