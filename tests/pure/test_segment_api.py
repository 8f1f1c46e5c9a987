"""Segment's API: whatever SDKs or strangers send becomes touches and facts that may come in, or a refusal in words."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fact import Fact
from schemas.reject import Reject
from schemas.touch import Touch
from streams.admission import admit
from streams.segment_api import BATCHES, CALLS, MAX_EVENT_BYTES, MAX_EVENTS, Fault, Refusal, Said, understand
from streams.segment_event import snake
from streams.topology import FACTS

NOW_MS = 1_795_150_800_000
ENDPOINTS = [*CALLS, *BATCHES, "t"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KNOWN = ["userId", "anonymousId", "previousId", "groupId", "event", "name", "category", "type", "messageId", "context",
         "timestamp", "originalTimestamp", "sentAt", "properties", "traits", "history"]  # fmt: skip
loose_events = st.dictionaries(st.sampled_from(KNOWN), json_values)
names = st.text(min_size=1, max_size=20)
objects = st.dictionaries(
    st.sampled_from(["email", "phone", "title", "path", "url", "address", "page", "campaign", "traits"]) | names,
    json_values, max_size=5,
)  # fmt: skip
likely_events = st.fixed_dictionaries(
    {"type": st.sampled_from(CALLS), "userId": names, "event": names},
    optional={
        "messageId": st.text(max_size=300), "anonymousId": names, "previousId": names, "groupId": names,
        "timestamp": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat) | json_values,
        "sentAt": st.datetimes().map(datetime.isoformat) | json_values,
        "properties": objects, "traits": objects, "context": objects,
    },
)  # fmt: skip


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


def refused(call: str, body: Any) -> Refusal:
    found = understand(call, body if isinstance(body, bytes) else json.dumps(body).encode(), NOW_MS)
    assert isinstance(found, Refusal)
    return found


@given(st.sampled_from(ENDPOINTS), st.binary(max_size=200))
def test_no_bytes_raise(call: str, body: bytes) -> None:
    assert isinstance(understand(call, body, NOW_MS), list | Refusal)


@given(st.sampled_from(ENDPOINTS), json_values | loose_events | st.fixed_dictionaries({"batch": json_values}))
def test_no_json_raises(call: str, body: Any) -> None:
    assert isinstance(understand(call, json.dumps(body).encode(), NOW_MS), list | Refusal)


@given(st.lists(likely_events | loose_events, max_size=5), json_values, json_values)
def test_whatever_is_taken_may_come_in(events: list[Any], sent: Any, context: Any) -> None:
    body = json.dumps({"batch": events, "sentAt": sent, "context": context}).encode()
    found = understand("batch", body, NOW_MS)
    if isinstance(found, Refusal):
        return

    assert len(events) == len(found)
    for said in found:
        message = admit(said.topic.name, said.value, (), NOW_MS)
        assert not isinstance(message, Reject), (message, said.value)
        assert any(said.key == value.encode() for value in message.who.values())


@given(likely_events)
def test_the_same_request_gives_the_same_records(event: dict[str, Any]) -> None:
    body = json.dumps({"batch": [event]}).encode()

    assert understand("batch", body, NOW_MS) == understand("batch", body, NOW_MS)


@pytest.mark.parametrize(
    "body", [b"[" * 50_000, b'{"a":' * 50_000, b'{"userId": "u", "event": "e", "properties":' * 9_000]
)
@pytest.mark.parametrize("call", ["track", "batch"])
def test_fifty_thousand_brackets_are_refused_in_words(call: str, body: bytes) -> None:
    assert refused(call, body).fault in (Fault.TOO_DEEP, Fault.TOO_LARGE, Fault.WRONG_SHAPE, Fault.NOT_JSON)


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


def test_an_import_is_history() -> None:
    (said,) = taken("import", {"batch": [{"type": "track", "event": "e", "userId": "u"}]})

    assert msgspec.json.decode(said.value, type=Touch).history


def test_one_persons_records_share_a_key_and_the_context_of_a_batch_holds_for_each_event() -> None:
    page, track = taken(
        "batch",
        {"context": {"campaign": {"name": "c", "source": "s"}},
         "batch": [{"type": "page", "anonymousId": "a"},
                   {"type": "track", "event": "e", "anonymousId": "a", "context": {"campaign": {"name": "own"}}}]},
    )  # fmt: skip

    assert b"a" == page.key == track.key
    assert ["c", "own"] == [msgspec.json.decode(said.value)["campaign"] for said in (page, track)]


def test_events_without_an_id_are_repeats_only_when_they_claim_the_same_time() -> None:
    timed = {"event": "e", "userId": "u", "timestamp": "2026-11-20T05:00:00Z"}
    untimed = {"event": "e", "userId": "u"}
    ids = [
        msgspec.json.decode(said.value)["touch_id"]
        for event in (timed, untimed)
        for received_ms in (NOW_MS, NOW_MS + 1)
        for said in taken("track", event, received_ms)
    ]

    assert ids[0] == ids[1]
    assert ids[2] != ids[3]


@pytest.mark.parametrize(
    ("call", "body", "fault", "field"),
    [
        ("track", {"event": "e"}, Fault.NO_IDENTITY, "userId"),
        ("track", {"userId": "u"}, Fault.WRONG_SHAPE, "event"),
        ("track", {"userId": "u", "event": "  "}, Fault.WRONG_SHAPE, "event"),
        ("track", [1], Fault.WRONG_SHAPE, "body"),
        ("track", b"{", Fault.NOT_JSON, "body"),
        ("track", b'{"userId": NaN}', Fault.NOT_JSON, "body"),
        ("track", b"\xff\xfe", Fault.NOT_JSON, "body"),
        ("batch", {"batch": 3}, Fault.WRONG_SHAPE, "batch"),
        ("batch", {"userId": "u"}, Fault.WRONG_SHAPE, "body"),
        ("batch", {"batch": [{"type": "page", "userId": "u"}, 3]}, Fault.WRONG_SHAPE, "batch[1]"),
        ("batch", {"batch": [{"userId": "u"}]}, Fault.UNKNOWN_TYPE, "batch[0].type"),
        ("batch", {"batch": [{"type": "merge", "userId": "u"}]}, Fault.UNKNOWN_TYPE, "batch[0].type"),
        ("batch", {"batch": [{"type": "page"}]}, Fault.NO_IDENTITY, "batch[0].userId"),
        ("batch", {"batch": [{}] * (MAX_EVENTS + 1)}, Fault.TOO_MANY, "batch"),
        ("track", {"userId": "u", "event": "e", "properties": {"x": "y" * MAX_EVENT_BYTES}}, Fault.TOO_LARGE, "event"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_the_fault_and_the_remedy(call: str, body: Any, fault: Fault, field: str) -> None:
    refusal = refused(call, body)

    assert (fault, field) == (refusal.fault, refusal.field)
    assert refusal.remedy.startswith("Send")


def test_a_refusal_never_quotes_the_data() -> None:
    refusal = refused("batch", {"batch": [{"type": "secret@example.com", "userId": "u"}]})

    assert "secret" not in refusal.message
