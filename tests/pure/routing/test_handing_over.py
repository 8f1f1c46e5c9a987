"""What route says: the same words for the same ripe lead, and a promise that can be kept."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.handoff import HandoffEvent, HandoffType, Ripe
from schemas.lead_event import Assigned, LeadEvent
from schemas.reject import Reason, Reject
from schemas.routing_policy import Hours, Promise
from schemas.units import MINUTE_MS
from streams.moments import rfc3339
from streams.routing.assigning import Given
from streams.routing.calendar import Calendar
from streams.routing.handing_over import encode, read_contact, read_ripe, route
from streams.routing.promising import clocks
from tests.pure.ripes import DESK, T_MS, contacts, ripe, ripes

GOLDEN = Path(__file__).parent / "golden" / "handoff.requested.json"
WITHIN_MS = 30 * MINUTE_MS
CALENDAR = Calendar(Hours(always=True), "UTC")
REQUIRED = ("specversion", "id", "source", "type")
NAMES = {"partitionkey", "correlationid", "causationid", "sequence", "subject", "time", "datacontenttype"}


def _said(said: Ripe, contact: dict[str, str]) -> dict[str, Any]:
    event: dict[str, Any] = msgspec.json.decode(encode(route(said, contact, DESK).handoff))
    return event


@given(ripes, contacts)
def test_the_same_ripe_gives_the_same_bytes(said: Ripe, contact: dict[str, str]) -> None:
    wire = msgspec.json.encode(said)
    first, again = (route(msgspec.json.decode(wire, type=Ripe), contact, DESK) for _ in range(2))

    assert encode(first.handoff) == encode(again.handoff)
    assert first.assigned == again.assigned


@given(ripes, contacts)
def test_every_handoff_is_a_cloud_event(said: Ripe, contact: dict[str, str]) -> None:
    event = _said(said, contact)

    assert [] == [name for name in REQUIRED if not event.get(name)]
    assert set() == NAMES - event.keys()
    assert [] == [name for name in event if not name.isalnum() or name != name.lower()]
    assert "1.0" == event["specversion"]
    assert "application/json" == event["datacontenttype"]
    assert f"io.touchline.handoff.{said.type.value}.v1" == event["type"]
    assert said.lead_id == event["subject"] == event["partitionkey"] == event["data"]["lead_id"]
    assert said.handoff_id == event["correlationid"] == event["data"]["handoff_id"]
    assert f"{said.handoff_id}/{said.revision}" == event["id"]
    assert said.cause_id == event["causationid"]
    assert rfc3339(said.at_ms) == event["time"]
    assert said.trace == event.get("traceparent", "")
    assert ("traceparent" in event) == bool(said.trace)


@given(ripes, contacts)
def test_what_is_said_reads_back_as_what_was_meant(said: Ripe, contact: dict[str, str]) -> None:
    routed = route(said, contact, DESK)

    assert routed.handoff == msgspec.json.decode(encode(routed.handoff), type=HandoffEvent)
    if routed.assigned is not None:
        assert routed.assigned == msgspec.json.decode(encode(routed.assigned), type=LeadEvent)


@given(ripes)
def test_only_a_request_is_assigned_and_at_the_ripes_own_time(said: Ripe) -> None:
    assigned = route(said, {}, DESK).assigned

    assert (said.type is HandoffType.REQUESTED) == (assigned is not None)
    if assigned is not None:
        assert (f"{said.handoff_id}/{said.revision}/assigned", said.at_ms) == (assigned.id, assigned.at_ms)


@given(ripes, contacts)
def test_the_log_and_the_crm_hear_the_same_promise_and_the_same_desk(said: Ripe, contact: dict[str, str]) -> None:
    routed = route(said, contact, DESK)
    data = routed.handoff.data

    assert (said.type is HandoffType.REQUESTED) <= bool(data.owner) + bool(data.queue) + bool(data.partner) <= 1
    if routed.assigned is not None:
        promise_ms = routed.assigned.respond_by_ms
        assert (routed.assigned.owner, routed.assigned.queue) == (data.owner, data.queue)
        assert (None if promise_ms is None else rfc3339(promise_ms)) == data.respond_by


@given(ripes, contacts)
def test_the_assignment_tells_the_log_nothing_personal(said: Ripe, contact: dict[str, str]) -> None:
    plain = route(said, {}, DESK).assigned

    assert plain == route(said, contact, DESK).assigned


@given(st.lists(st.integers(min_value=1, max_value=10**10 - 1), min_size=2, max_size=8))
def test_sequences_sort_as_text_as_revisions_sort_as_numbers(revisions: list[int]) -> None:
    told = [route(ripe(revision=r), {}, DESK).handoff.sequence for r in sorted(revisions)]

    assert sorted(told) == told


@pytest.mark.parametrize(
    ("name", "arrived_after_ms", "history", "promise_ms"),
    [
        ("fresh: from the touch", 15, False, T_MS + WITHIN_MS),
        ("five minutes are still fresh", 5 * MINUTE_MS, False, T_MS + WITHIN_MS),
        (
            "a millisecond later is late: from its arrival",
            5 * MINUTE_MS + 1,
            False,
            T_MS + 5 * MINUTE_MS + 1 + WITHIN_MS,
        ),
        ("hours late: from its arrival", 180 * MINUTE_MS, False, T_MS + 210 * MINUTE_MS),
        ("a producer's clock ahead of the broker's: from the touch", -2 * MINUTE_MS, False, T_MS + WITHIN_MS),
        ("history makes no promise", 15, True, None),
        ("late history neither", 180 * MINUTE_MS, True, None),
    ],
)
def test_the_promise_counts_from_the_touch_or_from_its_late_arrival(
    name: str, arrived_after_ms: int, history: bool, promise_ms: int | None
) -> None:
    said = ripe(received_ms=T_MS + arrived_after_ms, history=history)

    assert promise_ms == clocks(said, Promise(within_ms=WITHIN_MS), CALENDAR).respond_by_ms, name
    assert (arrived_after_ms > 5 * MINUTE_MS) == route(said, {}, DESK).handoff.data.late


def test_a_later_word_repeats_the_promise_already_made_and_makes_no_new_one() -> None:
    later = ripe(type=HandoffType.UPDATED, revision=2, touch_at_ms=T_MS + 600_000, respond_by_ms=T_MS + WITHIN_MS)

    assert "2026-11-22T11:00:00.000Z" == route(later, {}, DESK).handoff.data.respond_by
    assert None is route(ripe(type=HandoffType.UPDATED, revision=2), {}, DESK).handoff.data.respond_by


@pytest.mark.parametrize(
    ("owner", "queue", "told"),
    [
        ("", "", ("", "")),
        ("", "enterprise", ("", "enterprise")),
        ("ann", "", ("ann", "")),
        ("ann", "x", ("ann", "")),
    ],
)
def test_later_words_name_the_owner_or_else_the_queue_that_the_lead_knows(
    owner: str, queue: str, told: tuple[str, str]
) -> None:
    data = route(ripe(type=HandoffType.UPDATED, revision=2, owner=owner, queue=queue), {}, DESK).handoff.data

    assert told == (data.owner, data.queue)


def test_contact_details_are_told_as_text_by_name_whatever_order_redis_gives() -> None:
    held = {
        b"phone": b'["+77010000001",5,"a"]',
        b"name": '["Жанна",5,"a"]'.encode(),
        b"birth_date": b'["1990-01-01",5,"a"]',
        b"seats": b'[3,5,"a"]',
        b"roles": b'[{"b":1,"a":[true]},5,"a"]',
        b"email": b'[null,9,"b"]',
    }
    shuffled = dict(random.Random(7).sample(sorted(held.items()), len(held)))

    told = {
        "birth_date": "1990-01-01",
        "name": "Жанна",
        "phone": "+77010000001",
        "roles": '{"a":[true],"b":1}',
        "seats": "3",
    }
    assert list(told.items()) == list(read_contact(shuffled).items())


def test_a_handoff_reads_as_it_was_agreed() -> None:
    contact = {"email": "cyd@example.com", "name": "Cyd", "phone": "+77010000001"}

    told = msgspec.json.format(encode(route(ripe(), contact, DESK).handoff)) + b"\n"

    assert GOLDEN.read_bytes() == told


def test_an_assignment_reads_as_it_was_agreed() -> None:
    assert (
        Assigned(
            id="0b7f6c1e-6a52-5d0e-9f59-0a9d3c3f7a11/1/assigned",
            at_ms=T_MS + 20,
            handoff_id="0b7f6c1e-6a52-5d0e-9f59-0a9d3c3f7a11",
            revision=1,
            queue="sales",
            rule="everyone",
            policy="one-queue@1",
            respond_by_ms=T_MS + WITHIN_MS,
            trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        == route(ripe(), {}, DESK).assigned
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.NO_VALUE),
        (b"", Reason.NOT_JSON),
        (b"{", Reason.NOT_JSON),
        (b"{}", Reason.WRONG_SHAPE),
        (b'{"type":"zz-probe@example.com"}', Reason.WRONG_SHAPE),
        (b'{"type":"\xff"}', Reason.NOT_UTF8),
        (b'{"unknown":' + b"[" * 50_000, Reason.TOO_DEEP),
    ],
)
def test_what_is_no_ripe_lead_is_a_reject_that_quotes_nothing(value: bytes | None, reason: Reason) -> None:
    said = read_ripe(value)

    assert isinstance(said, Reject)
    assert reason is said.reason
    assert "zz-probe" not in said.detail


@given(st.binary(max_size=200) | ripes.map(msgspec.json.encode).map(lambda b: b[: len(b) // 2]))
def test_reading_never_raises(value: bytes) -> None:
    assert isinstance(read_ripe(value), Ripe | Reject)


def test_a_partner_gets_its_lead_without_our_promise() -> None:
    routed = route(ripe(), {}, DESK, Given(rule="too small", kind="partner", target="incubator", at_ms=T_MS))

    assert ("", "", "incubator", None) == (
        routed.handoff.data.owner, routed.handoff.data.queue, routed.handoff.data.partner,
        routed.handoff.data.respond_by,
    )  # fmt: skip
    assert routed.assigned is not None
    assert ("incubator", None, []) == (
        routed.assigned.partner, routed.assigned.respond_by_ms, routed.assigned.plan,
    )  # fmt: skip
