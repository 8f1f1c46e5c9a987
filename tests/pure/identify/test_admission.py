"""Admission: any bytes at all become a message or a reason, and a reason never tells what was in them."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.crm_update import CrmUpdate
from schemas.fact import Fact
from schemas.reject import Reason, Reject
from schemas.touch import Touch
from schemas.units import DAY_MS
from streams.people.admission import MAX_BYTES, admit, at_ms
from streams.topology import INPUTS

NOW_MS = 1_795_352_400_000
TOUCH = {
    "touch_id": "t1", "kind": "page_view", "at": "2026-11-22T10:00:00.123Z", "who": {"email": "zz-probe@example.com"},
    "page": "/pricing", "props": {"duration_s": 3.5, "answered": True}, "cost": 1.5, "direction": "in",
}  # fmt: skip
FACT = {
    "fact_id": "f1",
    "at": NOW_MS,
    "who": {"user": "u"},
    "by": "form",
    "facts": {"headcount": 40, "city": ["a", {}]},
}
CRM = {"update_id": "u1", "at": NOW_MS, "handoff_id": "h1", "kind": "refused", "side": "us", "cause": "off_profile"}
DOORS: dict[str, dict[str, Any]] = {topic.name: TOUCH for topic in INPUTS} | {"facts": FACT, "crm.updates": CRM}


def read(body: object, topic: str = "touches.web", headers: Any = ()) -> Touch | Fact | CrmUpdate | Reject:
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    return admit(topic, value, headers, NOW_MS)


def refused(body: object, topic: str = "touches.web") -> Reject:
    verdict = read(body, topic)
    assert isinstance(verdict, Reject), verdict
    return verdict


def test_a_touch_a_fact_and_an_update_come_in_as_they_are() -> None:
    assert [Touch] * 4 + [Fact, CrmUpdate] == [type(read(DOORS[topic.name], topic.name)) for topic in INPUTS]


@given(st.sampled_from(sorted(DOORS)), st.binary(max_size=400) | st.none())
@example("touches.web", b"[" * 50_000)
@example("touches.web", b'{"x":' * 50_000)
@example("facts", b'{"fact_id":"\\ud800","at":1,"who":{"a":"b"},"by":"x","name":"n","value":1}')
@example("touches.web", b'{"touch_id":"1","kind":"k","who":{"a":"b"},"at":' + b"9" * 5_000 + b"}")
@example("touches.web", b'{"touch_id":"1","kind":"k","who":{"a":"b"},"at":"0001-01-01T00:00:00+23:59"}')
@example("crm.updates", b'{"update_id":"1","kind":"note","who":{"a":"b"},"at":1,"until":"9999-12-31T23:59:59-23:59"}')
def test_arbitrary_bytes_never_raise(topic: str, value: bytes | None) -> None:
    assert isinstance(admit(topic, value, (), NOW_MS), Touch | Fact | CrmUpdate | Reject)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(DOORS)), st.data())
def test_a_real_message_with_any_field_replaced_never_raises(topic: str, data: st.DataObject) -> None:
    body = dict(DOORS[topic])
    for field in data.draw(st.lists(st.sampled_from([*body, "until", "sequence", "amount", "name", "history"]))):
        body[field] = data.draw(json_values)

    said = read(body, topic)

    if not isinstance(said, Reject):
        assert 0 <= at_ms(said) <= NOW_MS + DAY_MS


@given(st.sampled_from(sorted(DOORS)), st.data())
def test_a_real_message_with_bytes_cut_or_changed_never_raises(topic: str, data: st.DataObject) -> None:
    value = bytearray(json.dumps(DOORS[topic]).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(value) - 1))
        value[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=3))
        value = value or bytearray(b"{")

    assert isinstance(admit(topic, bytes(value), (), NOW_MS), Touch | Fact | CrmUpdate | Reject)


@given(
    st.sampled_from([*TOUCH, "who.email", "props.duration_s"]),
    st.sampled_from(["zz-probe@example.com", "+77010000001"]),
)
def test_no_detail_tells_a_value(field: str, planted: str) -> None:
    outer, _, inner = field.partition(".")
    wrong = {inner: [planted]} if inner else planted
    body = {k: v for k, v in TOUCH.items() if k != "kind"} | {outer: wrong, planted: planted, "direction": planted}

    assert planted not in refused(body).detail


@pytest.mark.parametrize(
    ("change", "reason", "names"),
    [
        ({"at": "2026-11-22T10:00:00"}, Reason.BAD_TIME, "at is a text without an offset"),
        ({"at": "yesterday"}, Reason.BAD_TIME, "at is a text that is no moment"),
        ({"at": 1e308}, Reason.BAD_TIME, "at is a number"),
        ({"at": -1}, Reason.BAD_TIME, "before 1970"),
        ({"at": NOW_MS + DAY_MS + 1}, Reason.BAD_TIME, "more than a day ahead"),
        ({"who": {"user": 5}}, Reason.WRONG_SHAPE, "a value of who is a number; write a text"),
        ({"who": {}}, Reason.NO_IDENTITY, "who is empty"),
        ({"who": {"user": ""}}, Reason.NO_IDENTITY, "who is empty"),
        ({"who": {f"n{n}": "x" for n in range(40)}}, Reason.WRONG_SHAPE, "40 identities"),
        ({"touch_id": ""}, Reason.WRONG_SHAPE, "touch_id is empty"),
        ({"touch_id": "x" * 300}, Reason.WRONG_SHAPE, "300 characters"),
        ({"direction": "sideways"}, Reason.WRONG_SHAPE, "write in or out"),
        ({"cost": 1e308}, Reason.BAD_NUMBER, "cost"),
        ({"props": {"duration_s": 10**30}}, Reason.BAD_NUMBER, "props.duration_s"),
        ({"kind": ""}, Reason.WRONG_SHAPE, "kind is empty"),
    ],
)
def test_a_refusal_names_the_field_and_what_was_found(change: dict[str, Any], reason: Reason, names: str) -> None:
    verdict = refused(TOUCH | change)

    assert reason is verdict.reason
    assert names in verdict.detail


def test_all_missing_fields_are_named_at_once() -> None:
    assert "touch_id, at, who are missing; see schemas/json/touches.web.json" == refused({"kind": "visit"}).detail


def test_bare_nan_is_told_apart_from_other_broken_json() -> None:
    assert Reason.BAD_NUMBER is refused(b'{"touch_id": "1", "cost": NaN}').reason
    assert Reason.NOT_JSON is refused(b'{"touch_id": "NaN", }').reason


def test_a_message_over_the_limit_is_told_how_large_it_may_be() -> None:
    verdict = refused(b'"' + b"x" * MAX_BYTES + b'"')

    assert (Reason.TOO_LARGE, True) == (verdict.reason, str(MAX_BYTES) in verdict.detail)


@pytest.mark.parametrize(
    ("change", "needs"),
    [
        ({"cause": "", "side": "us"}, "cause is missing"),
        ({"side": ""}, "side is missing"),
        ({"kind": "unqualified", "cause": "bored"}, "accidental, no_need, cannot_afford"),
        ({"kind": "consent", "purpose": "contact"}, "given is missing"),
        ({"kind": "override"}, "level or stage is missing"),
        ({"kind": "teleported"}, "write one of accepted, returned"),
        ({"handoff_id": ""}, "handoff_id and who is empty"),
    ],
)
def test_an_update_that_means_nothing_says_what_it_needs(change: dict[str, Any], needs: str) -> None:
    assert needs in refused(CRM | change, "crm.updates").detail


def test_a_fact_needs_a_name_with_a_value_or_several_facts() -> None:
    bare = {k: v for k, v in FACT.items() if k != "facts"}

    assert "name and value are missing" in refused(bare, "facts").detail
    assert "name and value are missing" in refused(bare | {"name": "city"}, "facts").detail
    assert isinstance(read(bare | {"name": "city", "value": None}, "facts"), Fact)


def test_a_value_nested_too_deeply_is_refused_before_it_reaches_a_profile() -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]

    assert Reason.TOO_DEEP is refused(FACT | {"facts": {"x": deep}}, "facts").reason


def test_cloudevents_headers_fill_what_the_body_lacks_and_nothing_else() -> None:
    headers = [("ce_id", b"ce-1"), ("ce_type", b"visit"), ("ce_time", b"2026-11-22T09:00:00Z"), ("ce_source", b"x")]

    filled = read({"who": {"user": "u"}}, headers=headers)
    kept = read(TOUCH, headers=headers)

    assert isinstance(filled, Touch)
    assert isinstance(kept, Touch)
    assert ("ce-1", "visit", 1_795_338_000_000) == (filled.touch_id, filled.kind, at_ms(filled))
    assert ("t1", "page_view") == (kept.touch_id, kept.kind)


def test_a_broken_cloudevents_time_is_a_bad_time() -> None:
    verdict = admit("touches.web", b'{"who":{"user":"u"},"kind":"k","touch_id":"1"}', [("ce_time", b"\xff")], NOW_MS)

    assert isinstance(verdict, Reject)
    assert Reason.BAD_TIME is verdict.reason
