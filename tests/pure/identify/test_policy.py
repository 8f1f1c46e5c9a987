"""The identity policy: what holds by default, and what a person reads who has written what they did not mean."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.model.findings.codes import Code
from streams.model.findings.finding import Severity
from streams.model.findings.rendering import render_findings
from streams.people.policy import IdentityPolicy, Rule
from streams.people.policy_document import read_policy, review_policy

DEFAULT = Path("deploy/identity.yaml")

BROKEN = [
    case.rstrip("\n").split("=> ") for case in (Path(__file__).parent / "broken_policies.txt").read_text().split("\n\n")
]
"""Documents, and what is told of each."""

ODD = [
    ("namespaces: {emial: {most_per_lead: 2}}", "I102", "a namespace nearly called email"),
    ("namespaces: {email: {shared_after: 5}}", "R207", "a word without effect"),
    ("namespaces: {device: {shared: true, shared_after: 5}}", "R207", "a word without effect"),
    ("namespaces: {email: {most_per_lead: 500}}", "R207", "a limit that nobody reaches"),
]


def test_the_document_that_ships_says_what_holds_by_default() -> None:
    reading = review_policy(DEFAULT.read_text())

    assert () == reading.findings
    assert IdentityPolicy() == reading.policy


@pytest.mark.parametrize(("text", "told"), BROKEN)
def test_a_broken_policy_is_told_in_these_words(text: str, told: str) -> None:
    reading = review_policy(text)

    assert reading.policy is None
    assert [told] == [f"{f.line}:{f.column} {f.code} {f.problem}: {f.why} {f.remedy}" for f in reading.findings]


def test_more_patterns_than_can_be_compared_are_refused() -> None:
    reading = review_policy(f"shared: {{user: [{', '.join(f'u{n}' for n in range(501))}]}}")

    assert ["too many patterns"] == [finding.problem for finding in reading.findings]


@pytest.mark.parametrize(("text", "code", "problem"), ODD)
def test_what_may_be_a_slip_is_told_and_stands(text: str, code: str, problem: str) -> None:
    reading = review_policy(text)

    assert reading.policy is not None
    assert [(code, problem, Severity.WARNING)] == [(str(f.code), f.problem, f.severity) for f in reading.findings]


def test_every_fault_of_identities_is_shown() -> None:
    shown = {told.split()[1] for _, told in BROKEN} | {code for _, code, _ in ODD}

    assert {str(code) for code in Code if code[0] == "I"} <= shown


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    text = "namespaces:\n  email: {strong: yes}\n  Phone: {}\nplus_tags: no\n"

    shown = render_findings("identity.yaml", text, review_policy(text).findings)

    assert "3 errors." == shown.splitlines()[-1]
    assert (
        "identity.yaml:2:19  true or false expected  [T111]\n"
        "    2 |   email: {strong: yes}\n"
        "      |                   ^^^ this is the text 'yes'.\n"
        "      Write true or false, without quotes.\n"
    ) == shown[: shown.index("\n\n") + 1]


@given(st.text(max_size=200) | st.text("namespcblokdhru:{}[]*@+ \n-1a", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_policy(text)

    assert isinstance(read, IdentityPolicy) or read


def test_what_a_document_leaves_out_is_as_by_default() -> None:
    policy = read_policy("namespaces: {phone: {most_per_lead: 2}, vk: {strong: true}, crm:bitrix: {most_per_lead: 4}}")
    usual = IdentityPolicy()

    assert isinstance(policy, IdentityPolicy)
    assert Rule(most_per_lead=2, shared_after=5) == policy.of("phone")
    assert Rule(strong=True, most_per_lead=10, shared_after=0) == policy.of("vk")
    assert Rule(strong=True, most_per_lead=4, shared_after=0) == policy.of("crm:bitrix")
    assert usual.of("crm:hubspot") == policy.of("crm:hubspot")
    assert usual.of("fax") == policy.of("fax") == policy.of("others")


def test_a_namespace_said_to_be_shared_is_strong_no_longer() -> None:
    policy = read_policy("namespaces: {email: {shared: true}}")

    assert isinstance(policy, IdentityPolicy)
    assert (False, True) == (policy.of("email").strong, policy.of("email").shared)
    assert policy.shares("email", "anna@acme.kz")


@pytest.mark.parametrize(
    ("pattern", "namespace", "form", "blocked"),
    [
        ("info@*", "email", "info@acme.kz", True),
        ("info@*", "email", "xinfo@acme.kz", False),
        ("*@robots.example.com", "email", "a@robots.example.com", True),
        ("*@robots.example.com", "email", "a@robots.example.com.kz", False),
        ("a.b@c.kz", "email", "axb@c.kz", False),
        ("INFO@*", "email", "info@acme.kz", True),
        ("+7 (701) 000-00-01", "phone", "+77010000001", True),
        ("+77010000001", "whatsapp", "+77010000001", True),
        ("Kiosk*", "user", "Kiosk-7", True),
        ("Kiosk*", "user", "kiosk-7", False),
    ],
)
def test_a_pattern_means_the_whole_of_an_identity(pattern: str, namespace: str, form: str, blocked: bool) -> None:
    policy = read_policy(f"blocked: {{{'phone' if pattern[0] == '+' else namespace}: ['{pattern}']}}")

    assert isinstance(policy, IdentityPolicy)
    assert blocked == policy.blocks(namespace, form)


def test_an_empty_list_blocks_nothing() -> None:
    policy = read_policy("blocked: {email: []}\nshared: {email: []}")

    assert isinstance(policy, IdentityPolicy)
    assert not policy.blocks("email", "test@acme.kz")
    assert not policy.shares("email", "info@acme.kz")
    assert policy.blocks("phone", "+10000000000")


@pytest.mark.parametrize("number", ["+10000000000", "+79999999999", "+77777777777", "+380000000000"])
def test_runs_of_one_digit_are_nobodys(number: str) -> None:
    assert IdentityPolicy().blocks("phone", number)
    assert IdentityPolicy().blocks("whatsapp", number)


def test_a_number_that_is_easy_to_remember_is_somebodys() -> None:
    assert not IdentityPolicy().blocks("phone", "+77017777777")
