"""What one event of a Segment SDK means: worked by hand, call by call."""

import json
from typing import Any

import msgspec
import pytest

from schemas.fact import Fact
from schemas.touch import Touch
from streams.segment.api import Refusal, Said, understand
from streams.segment.event import snake
from streams.topology import FACTS

NOW_MS = 1_795_150_800_000


def taken(call: str, body: Any, received_ms: int = NOW_MS) -> list[Said]:
    found = understand(call, json.dumps(body).encode(), received_ms)
    assert not isinstance(found, Refusal), found
    return found


def one_touch(call: str, **event: Any) -> Touch:
    (said,) = taken(call, {"messageId": "m-1", "userId": "u-1", **event})
    return msgspec.json.decode(said.value, type=Touch)


def one_fact(call: str, **event: Any) -> Fact:
    (said,) = taken(call, {"messageId": "m-1", "userId": "u-1", **event})
    assert said.topic is FACTS
    return msgspec.json.decode(said.value, type=Fact)


def test_a_track_call_by_hand() -> None:
    touch = one_touch(
        "track", anonymousId="a-1", event="Demo Requested", timestamp="2026-11-20T05:00:00.250Z",
        sentAt="2026-11-20T05:00:01.000Z", properties={"email": "aigerim@example.kz", "plan": "team", "product": "seo"},
        context={
            "campaign": {"name": "ebook-spring", "source": "google", "medium": "cpc", "term": "crm", "content": "b"},
            "page": {"path": "/demo", "url": "https://example.kz/demo?x=1", "referrer": "https://google.com/"},
        },
    )  # fmt: skip

    assert touch == Touch(
        touch_id="m-1", kind="demo_requested", at=NOW_MS - 750,
        who={"user": "u-1", "anonymous": "a-1", "email": "aigerim@example.kz"},
        source="google", medium="cpc", campaign="ebook-spring", page="/demo", product="seo",
        props={"referrer": "https://google.com/", "term": "crm", "content": "b", "email": "aigerim@example.kz",
               "plan": "team", "product": "seo"},
    )  # fmt: skip


def test_a_page_call_by_hand() -> None:
    own = one_touch("page", name="Pricing", properties={"path": "/pricing", "url": "https://x.kz/pricing?q=1"})
    from_context = one_touch("p", context={"page": {"url": "https://x.kz/blog/a"}})

    assert ("page_view", "/pricing", "Pricing") == (own.kind, own.page, own.props["name"])
    assert ("page_view", "https://x.kz/blog/a") == (from_context.kind, from_context.page)


def test_a_screen_call_is_a_view_of_the_screen_it_names() -> None:
    touch = one_touch("screen", name="Checkout", properties={"step": 2})

    assert ("screen_view", "Checkout", 2) == (touch.kind, touch.page, touch.props["step"])


def test_an_identify_call_is_a_fact_by_form_whose_traits_are_attributes() -> None:
    fact = one_fact(
        "identify", anonymousId="a-1",
        traits={"email": "a@x.kz", "firstName": "Aigerim", "title": "CEO", "headcount": 120, "tags": ["x"],
                "gone": None, "address": {"city": "Almaty", "postalCode": "050000"},
                "company": {"name": "Steppe", "employeeCount": 9}},
    )  # fmt: skip

    assert {"user": "u-1", "anonymous": "a-1", "email": "a@x.kz"} == fact.who
    assert "form" == fact.by
    assert fact.facts == {
        "email": "a@x.kz", "first_name": "Aigerim", "job_title": "CEO", "headcount": 120, "city": "Almaty",
        "postal_code": "050000", "company_name": "Steppe", "company_employee_count": 9,
    }  # fmt: skip


def test_an_identify_call_without_traits_still_says_that_two_identities_are_one_person() -> None:
    touch = one_touch("identify", anonymousId="a-1")

    assert ("identified", {"user": "u-1", "anonymous": "a-1"}) == (touch.kind, touch.who)


def test_an_alias_call_links_the_previous_id() -> None:
    touch = one_touch("alias", previousId="a-9")

    assert ("identified", {"user": "u-1", "anonymous": "a-9"}) == (touch.kind, touch.who)


def test_a_group_call_is_facts_about_the_company_and_never_the_persons_address() -> None:
    fact = one_fact("group", groupId="g-7", traits={"name": "Steppe", "employees": 40, "email": "office@steppe.kz"})

    assert {"user": "u-1"} == fact.who
    assert fact.facts == {
        "company_id": "g-7", "company_name": "Steppe", "company_employees": 40, "company_email": "office@steppe.kz",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Demo Requested", "demo_requested"), ("demoRequested", "demo_requested"), ("demo-requested", "demo_requested"),
        ("  Order  Completed! ", "order_completed"), ("PDFOpened", "pdf_opened"), ("Заявка на демо", "заявка_на_демо"),
        ("page_view", "page_view"), ("!!!", "!!!"),
    ],
)  # fmt: skip
def test_an_event_name_becomes_one_kind_however_it_is_written(name: str, kind: str) -> None:
    assert kind == snake(name)


@pytest.mark.parametrize(
    ("event", "sent", "at_ms"),
    [
        ({"timestamp": "2026-11-20T05:00:00Z"}, "2026-11-20T05:00:10Z", NOW_MS - 10_000),  # a clock that is wrong
        ({"originalTimestamp": "2020-01-01T00:00:00Z", "timestamp": "2026-01-01T00:00:00Z"}, "2020-01-01T00:00:05Z",
         NOW_MS - 5_000),
        ({"timestamp": "2026-11-20T05:00:00Z", "sentAt": "2026-11-20T05:00:03Z"}, "2026-11-20T05:00:10Z",
         NOW_MS - 3_000),
        ({"timestamp": NOW_MS - 7_000}, None, NOW_MS - 7_000),
        ({"timestamp": (NOW_MS - 7_000) // 1000}, None, NOW_MS - 7_000),
        ({"timestamp": NOW_MS + 90_000_000}, None, NOW_MS),  # nothing happens after it was received
        ({"timestamp": "2026-11-20T05:00:20Z"}, "2026-11-20T05:00:10Z", NOW_MS),
        ({"timestamp": "yesterday"}, "2026-11-20T05:00:10Z", NOW_MS),
        ({}, "2026-11-20T05:00:10Z", NOW_MS),
        ({"timestamp": "0001-01-01T00:00:00Z"}, None, NOW_MS),
    ],
)  # fmt: skip
def test_the_time_is_the_receipt_less_what_passed_on_the_device(event: dict[str, Any], sent: Any, at_ms: int) -> None:
    body = {"batch": [{"type": "track", "event": "e", "userId": "u", **event}]} | ({"sentAt": sent} if sent else {})
    (said,) = taken("batch", body)

    assert at_ms == msgspec.json.decode(said.value)["at"]
