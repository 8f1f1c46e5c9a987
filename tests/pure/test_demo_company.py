"""The demo's company: told again by its seed, admissible or deliberately not, and nobody is two people."""

from collections import Counter
from itertools import islice
from typing import Any

import msgspec
import pytest

from agents.demo.company import POISON, Company, Sending
from agents.demo.website import event
from schemas.fact import Fact
from schemas.reject import Reject
from schemas.touch import Touch
from streams.people.admission import admit
from streams.segment.api import Refusal, understand
from streams.topology import TOUCH_TOPICS

NOW_MS = 1_790_000_000_000
MANY = 6_000


@pytest.fixture(scope="module")
def hour() -> list[Sending]:
    return list(islice(Company(1).hour(), MANY))


def said(sending: Sending) -> bytes:
    return sending.body if isinstance(sending.body, bytes) else msgspec.json.encode(sending.body | {"at": NOW_MS})


def body(sending: Sending) -> dict[str, Any]:
    assert isinstance(sending.body, dict)
    return sending.body


def test_a_seed_tells_the_same_hour_again_and_another_seed_another() -> None:
    first, again, other = (list(islice(Company(seed).hour(), 500)) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_everything_is_admissible_except_what_is_poison(hour: list[Sending]) -> None:
    doors = Counter[str]()
    for sending in hour:
        door = "touches.web" if sending.door == "intake" and sending.counts else sending.door
        message = admit("facts" if door == "intake" else door, said(sending), (), NOW_MS)
        doors[sending.door] += 1
        expected = Touch if sending.counts else Fact if sending.id else Reject
        assert isinstance(message, expected), message

    assert {topic.name for topic in TOUCH_TOPICS} | {"facts", "intake"} == set(doors)


@pytest.mark.parametrize("number", range(len(POISON)))
def test_each_poison_is_refused_for_a_reason(number: int) -> None:
    door, value = POISON[number]

    assert isinstance(admit(door, value, (), NOW_MS), Reject)


def test_what_the_sdk_says_reaches_the_topics_as_the_same_touch(hour: list[Sending]) -> None:
    by_sdk = [sending for sending in hour if sending.door == "intake"][:300]
    for sending in by_sdk:
        call, arguments = event(sending)
        names = {"anonymous_id": "anonymousId", "message_id": "messageId"}
        wire = {names.get(name, name): value for name, value in arguments.items()} | {"type": call}
        understood = understand("batch", msgspec.json.encode({"batch": [wire]}), NOW_MS)
        assert not isinstance(understood, Refusal), understood
        (record,) = understood
        message = admit(record.topic.name, record.value, (), NOW_MS)
        meant = body(sending)
        assert isinstance(message, Touch | Fact)
        assert meant["who"] == message.who
        if isinstance(message, Fact):
            assert (sending.id, meant["facts"], meant["by"]) == (message.fact_id, message.facts, message.by)
        else:
            said_of_it = (message.touch_id, message.kind, message.page, message.source)
            assert (sending.id, meant["kind"], meant.get("page", ""), meant["source"]) == said_of_it

    assert {True, False} == {sending.counts for sending in by_sdk}


def test_repeats_carry_the_same_words_and_ids_are_otherwise_new(hour: list[Sending]) -> None:
    by_id: dict[str, Sending] = {}
    repeats = 0
    for sending in hour:
        if sending.id in by_id:
            assert by_id[sending.id] == sending
            repeats += 1
        elif sending.id:
            by_id[sending.id] = sending

    assert 0.005 * MANY < repeats < 0.02 * MANY


def test_each_identity_is_one_persons_and_shown_with_the_cookie_unless_the_mailer_speaks(hour: list[Sending]) -> None:
    owner: dict[tuple[str, str], str] = {}
    for sending in hour:
        if sending.id:
            who = body(sending)["who"]
            for identity in who.items():
                assert owner.setdefault(identity, sending.key) == sending.key
            assert who.get("anonymous", sending.key) == sending.key
            assert "anonymous" in who or body(sending)["kind"] in ("email_sent", "email_open")


def test_every_way_is_walked_in_a_minute(hour: list[Sending]) -> None:
    kinds = {body(sending)["kind"] for sending in hour if sending.counts}

    assert {
        "visit", "page_view", "video_view", "email_open", "email_click", "email_sent", "unsubscribe", "call",
        "callback_request", "message", "calculator_use", "presentation_request", "demo_request", "invoice_request",
    } == kinds  # fmt: skip
