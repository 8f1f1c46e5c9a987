"""Messengers, CRMs and mail write one person in several ways: each has one normal form, and what is no person none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.people.identity import Hider, Identity
from streams.people.normal_forms import normal_form
from streams.people.policy import IdentityPolicy

HIDER = Hider("secret", "KZ")
FOLDING = Hider("secret", "KZ", IdentityPolicy(fold_plus=True))

SAME = [
    ("whatsapp", "77010000001", "+77010000001"),
    ("whatsapp", "77010000001@s.whatsapp.net", "+77010000001"),
    ("whatsapp", "77010000001:12@s.whatsapp.net", "+77010000001"),
    ("whatsapp", "77010000001@c.us", "+77010000001"),
    ("whatsapp", "https://wa.me/77010000001?text=hi", "+77010000001"),
    ("whatsapp", "8 701 000 00 01", "+77010000001"),
    ("whatsapp", "us.13491208655302741918", "US.13491208655302741918"),
    ("whatsapp", "KZ.87010000001", "KZ.87010000001"),
    ("whatsapp", "us.ent.11815799212886844830", "US.ENT.11815799212886844830"),
    ("whatsapp", "KZ.aBc1", "KZ.aBc1"),
    ("whatsapp", "181818@lid", "181818@lid"),
    ("telegram", "@Anna_K", "anna_k"),
    ("telegram", "https://t.me/Anna_K?start=promo", "anna_k"),
    ("telegram", "tg://resolve?domain=Anna_K&start=1", "anna_k"),
    ("telegram", "telegram.me/anna_k/", "anna_k"),
    ("telegram", "tg://user?id=0123456789", "123456789"),
    ("telegram", "123456789", "123456789"),
    ("telegram", "https://t.me/+77010000001", "+77010000001"),
    ("viber", "77010000001", "+77010000001"),
    ("viber", "+7 701 000-00-01", "+77010000001"),
    ("viber", "01234567890A=aZ", "01234567890A=aZ"),
    ("crm:salesforce", "0013000000d3AbC", "0013000000d3AbCAAU"),
    ("crm:salesforce", "0013000000d3AbCAAU", "0013000000d3AbCAAU"),
    ("crm:bitrix", "0013000000d3AbC", "0013000000d3AbC"),
    ("crm:amocrm", " 8812 ", "8812"),
    ("email", "Anna+Shop@Example.com", "anna+shop@example.com"),
    ("email", "ANNA@ПРИМЕР.РФ", "anna@пример.рф"),
    ("email", "anna@XN--E1AFMKFD.XN--P1AI", "anna@пример.рф"),
    ("email", "иван@пример.рф", "иван@пример.рф"),
    ("phone", "00 7 701 000 00 01", None),
    ("phone", "tel:+7-701-000-00-01", "+77010000001"),
    ("phone", "+7 (701) 000-00-01 доб. 12", "+77010000001"),
]

NOBODY = [
    ("whatsapp", "120363025246125486@g.us"),
    ("whatsapp", "status@broadcast"),
    ("telegram", "-1001234567890"),
    ("telegram", "https://t.me/joinchat/AAAAAE"),
    ("telegram", "https://t.me/+AbCdEfGhIjK"),
    ("telegram", "t.me/c/123/4"),
    ("telegram", "@"),
    ("telegram", "0"),
]


@pytest.mark.parametrize(("namespace", "written", "form"), SAME)
def test_what_people_write_has_one_form(namespace: str, written: str, form: str | None) -> None:
    assert form == normal_form(namespace, written, "KZ")
    assert form is None or form == normal_form(namespace, form, "KZ")


@pytest.mark.parametrize(("namespace", "written"), NOBODY)
def test_groups_chats_and_links_to_no_person_are_nobody(namespace: str, written: str) -> None:
    assert normal_form(namespace, written, "KZ") is None


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(["whatsapp", "telegram", "viber", "email"]))
def test_no_text_breaks_a_form_and_a_form_stays(written: str, namespace: str) -> None:
    form = normal_form(namespace, written, "KZ")

    assert form is None or form == normal_form(namespace, form, "KZ")


def test_an_id_and_a_name_of_telegram_are_two_identities() -> None:
    assert HIDER.identity("telegram", "123456789") != HIDER.identity("telegram", "@anna_k")


def one(hider: Hider, address: str) -> Identity:
    """The identity of an address."""
    [identity] = hider.who({"email": address}).identities
    return identity


def test_addresses_with_tags_are_kept_apart_unless_the_policy_folds_them() -> None:
    tagged, plain = "ann+shop@example.com", "ann@example.com"

    assert one(HIDER, tagged).key != one(HIDER, plain).key
    assert one(FOLDING, tagged).key == one(FOLDING, plain).key == one(HIDER, plain).key
    assert tagged == one(FOLDING, tagged).value  # a letter goes to the address as it was given


def test_an_address_that_is_a_tag_alone_is_not_folded_into_nothing() -> None:
    assert one(HIDER, "+shop@example.com") == one(FOLDING, "+shop@example.com")


@pytest.mark.parametrize(
    ("namespace", "written"),
    [
        ("email", "Test@acme.kz"), ("email", "noreply@acme.kz"), ("email", "no-reply@пример.рф"),
        ("phone", "+1 000 000 0000"), ("phone", "+7 (999) 999-99-99"), ("whatsapp", "79999999999"),
        ("viber", "+10000000000"),
    ],
)  # fmt: skip
def test_what_is_nobodys_is_dropped_and_counted(namespace: str, written: str) -> None:
    who = HIDER.who({namespace: written, "user": "42"})

    assert (["user"], 1, 1) == ([identity.namespace for identity in who.identities], who.dropped, who.blocked)


def test_what_is_not_in_its_form_is_dropped_and_not_called_blocked() -> None:
    who = HIDER.who({"email": "anna at acme", "user": "42"})

    assert (1, 0) == (who.dropped, who.blocked)


@pytest.mark.parametrize("written", ["anna@acme.kz", "testa@acme.kz", "a.test@acme.kz", "anna@example.com"])
def test_people_are_not_nobody(written: str) -> None:
    assert 0 == HIDER.who({"email": written}).dropped


@pytest.mark.parametrize(
    ("namespace", "written", "shared"),
    [
        ("email", "Info@acme.kz", True), ("email", "sales@acme.kz", True), ("email", "office@acme.kz", True),
        ("email", "anna@acme.kz", False), ("email", "infomaniak@acme.kz", False), ("user", "info@acme.kz", False),
    ],
)  # fmt: skip
def test_mailboxes_that_several_people_read_are_shared(namespace: str, written: str, shared: bool) -> None:
    [identity] = HIDER.who({namespace: written}).identities

    assert shared == identity.shared
