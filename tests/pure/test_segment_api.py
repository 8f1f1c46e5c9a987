"""Segment's API: whatever SDKs or strangers send becomes touches and facts that may come in, or a refusal in words."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reject import Reject
from schemas.touch import Touch
from streams.people.admission import admit
from streams.segment.api import BATCHES, CALLS, MAX_EVENT_BYTES, MAX_EVENTS, MAX_ID, Fault, Refusal, Said, understand

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


def test_an_id_too_long_to_keep_is_replaced_by_the_same_one_each_time() -> None:
    first, again = (one_touch("track", event="e", messageId="x" * 300).touch_id for _ in range(2))

    assert first == again
    assert 0 < len(first) <= MAX_ID


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
