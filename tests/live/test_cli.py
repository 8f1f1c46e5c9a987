"""The command line against a real Kafka and Redis, and against none."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.settings import Settings
from agents.topics.admin import apply
from deploy.local.ports import free_port
from streams.topology import DEAD_LETTERS, FACTS, HANDOFFS, INPUTS, LEAD_EVENTS, TOUCHES_EMAIL, TOUCHES_WEB
from tests.live.kafka import Kafka
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

NOT_TEXT = b"\xff\xfe not text"


def errors(reason: str, topic: str, partition: int, offset: int) -> list[tuple[str, bytes]]:
    """Headers of a dead letter: the producer's own, ours, and Kafka Streams'."""
    ours = {"reason": reason, "detail": f"about {reason}", "topic": topic, "partition": partition, "offset": offset}
    return [
        ("ce_id", b"e-1"),
        *((f"__touchline.errors.{name}", str(value).encode()) for name, value in ours.items()),
        ("__streams.errors.topic", topic.encode()),
    ]


@pytest.fixture
async def letters(kafka: Kafka) -> bytes:
    """Three letters: a touch whose time is wrong, an e-mail touch that is no text, a poisoned event of our log."""
    await kafka.create((DEAD_LETTERS, *INPUTS, LEAD_EVENTS))
    touch = b'{"touch_id": "t-1",  "kind": "page_view", "at": "soon", "who": {"email": "anna@example.com"}}'
    plant = (
        (touch, "bad_time", "touches.web"),
        (NOT_TEXT, "not_utf8", "touches.email"),
        (b"{}", "poison", "lead.events"),
    )
    for at, (value, reason, topic) in enumerate(plant):
        await kafka.say(DEAD_LETTERS, value, key=f"key-{at}", headers=errors(reason, topic, 2, 40 + at))
    return touch


async def test_dead_letters_are_listed_with_reason_and_where_they_came_from(settings: Settings, letters: bytes) -> None:
    ended = await touchline(settings, "dead-letters", "ls")

    assert 0 == ended.code
    assert 1 == sum("bad_time" in line and "touches.web@2:40" in line for line in ended.out.splitlines())
    assert "about not_utf8" in ended.out
    assert "3 of 3 shown: 1 bad_time, 1 not_utf8, 1 poison." in ended.out


async def test_dead_letters_are_chosen_by_reason_and_topic(settings: Settings, letters: bytes) -> None:
    by_reason = await touchline(settings, "dead-letters", "ls", "--reason", "bad_time", "--json")
    by_topic = await touchline(settings, "dead-letters", "ls", "--topic", "touches.email", "--json")
    neither = await touchline(settings, "dead-letters", "ls", "--reason", "flood", "--json")

    assert ["key-0"] == [one["key"] for one in by_reason.json()]
    assert ["key-1"] == [one["key"] for one in by_topic.json()]
    assert [] == neither.json()


async def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(
    settings: Settings, kafka: Kafka, letters: bytes
) -> None:
    ended = await touchline(settings, "dead-letters", "replay", "--dry-run")

    assert 0 == ended.code
    assert "Would send 2 letters: 1 to touches.web, 1 to touches.email." in ended.out
    assert "is from lead.events: not sent" in ended.out
    assert {0} == {end for topic in INPUTS for end in (await kafka.end_offsets(topic)).values()}


async def test_nothing_is_sent_without_yes(settings: Settings, kafka: Kafka, letters: bytes) -> None:
    ended = await touchline(settings, "dead-letters", "replay")

    assert 2 == ended.code
    assert "2 letters would be sent: nothing was" in ended.err
    assert {0} == {end for topic in INPUTS for end in (await kafka.end_offsets(topic)).values()}


async def test_letters_go_back_byte_for_byte_with_their_key_and_their_own_headers(
    settings: Settings, kafka: Kafka, letters: bytes
) -> None:
    ended = await touchline(settings, "dead-letters", "replay", "--yes")
    (web,) = await kafka.hear(TOUCHES_WEB, count=1)
    (email,) = await kafka.hear(TOUCHES_EMAIL, count=1)

    assert (0, "") == (ended.code, ended.err)
    assert (b"key-0", letters, (("ce_id", b"e-1"),)) == (web.key, web.value, web.headers)
    assert (b"key-1", NOT_TEXT) == (email.key, email.value)
    assert {0} == set((await kafka.end_offsets(LEAD_EVENTS)).values())


async def test_letters_mended_in_an_export_go_back_as_mended(
    settings: Settings, kafka: Kafka, letters: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "letters.jsonl"
    await touchline(settings, "dead-letters", "ls", "--reason", "bad_time", "--export", file)
    file.write_text(file.read_text().replace('"soon"', '"2026-10-02T10:00:00Z"'))
    looked = await touchline(settings, "dead-letters", "replay", "--file", file, "--dry-run")
    sent = await touchline(settings, "dead-letters", "replay", "--file", file, "--yes", "--json")
    (touch,) = await kafka.hear(TOUCHES_WEB, count=1)

    assert "Would send 1 letters: 1 to touches.web." in looked.out
    assert (True, 1) == (sent.json()["sent"], sent.json()["count"])
    assert letters.replace(b'"soon"', b'"2026-10-02T10:00:00Z"') == touch.value
    assert b"key-0" == touch.key


async def test_an_export_sent_back_unchanged_is_byte_for_byte_the_original(
    settings: Settings, kafka: Kafka, letters: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "letters.jsonl"
    await kafka.say(
        DEAD_LETTERS, [None, b'{"a":\n1}', b"[1,"], key=b"\xff", headers=errors("wrong_shape", "facts", 0, 1)
    )
    exported = await touchline(settings, "dead-letters", "ls", "--topic", "facts", "--export", file)
    ended = await touchline(settings, "dead-letters", "replay", "--file", file, "--yes")

    assert (0, 0) == (exported.code, ended.code)
    assert {None, b'{"a":\n1}', b"[1,"} == {r.value for r in await kafka.hear(FACTS, count=3)}


async def test_one_bad_line_in_an_export_sends_nothing_and_is_named(
    settings: Settings, kafka: Kafka, letters: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "letters.jsonl"
    await touchline(settings, "dead-letters", "ls", "--reason", "bad_time", "--export", file)
    file.write_text(file.read_text() + '{"topic": "lead.events", "value": {}}\n{"value": {}}\n')
    ended = await touchline(settings, "dead-letters", "replay", "--file", file, "--yes")

    assert 2 == ended.code
    assert f"{file}:2: topic 'lead.events' takes no letters" in ended.err
    assert f"{file}:3: " in ended.err
    assert {0} == set((await kafka.end_offsets(TOUCHES_WEB)).values())


async def test_a_touch_sent_by_hand_is_on_its_topic(settings: Settings, kafka: Kafka) -> None:
    await kafka.create(INPUTS)
    ended = await touchline(
        settings, "touch", "send", "--who", "email=anna@example.com", "--who", "telegram=anna", "--kind", "reply",
        "--channel", "messenger", "--at", "2026-10-02T10:00:00+05:00", "--props", "minutes=3", "--props", "plan=team",
        "--id", "t-1", "--json",
    )  # fmt: skip
    (heard,) = await kafka.hear("touches.messenger", count=1)

    assert {
        "touch_id": "t-1", "kind": "reply", "at": "2026-10-02T10:00:00+05:00", "channel": "messenger",
        "who": {"email": "anna@example.com", "telegram": "anna"}, "props": {"minutes": 3, "plan": "team"},
    } == json.loads(heard.value)  # fmt: skip
    assert (heard.topic, heard.partition, heard.offset) == tuple(
        ended.json()[name] for name in ("topic", "partition", "offset")
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--who", "anna", "--kind", "reply"), "--who is 'anna'"),
        (("--who", "email=a@example.com", "--kind", "reply", "--at", "yesterday"), "--at is 'yesterday'"),
        (("--who", "email=a@example.com", "--kind", "reply", "--at", "2026-10-02T10:00:00"), "with its offset"),
        (("--who", "email=a@example.com", "--kind", "reply", "--channel", "sms"), "--topic with the nearest of"),
        (("--kind", "reply"), "Missing option"),
    ],
)
async def test_a_touch_that_is_none_is_refused_before_anything_is_sent(wrong: tuple[str, ...], told: str) -> None:
    ended = await touchline(Settings(bootstrap="127.0.0.1:1"), "touch", "send", *wrong)

    assert 2 == ended.code
    assert told in ended.err


async def test_a_missing_topic_is_named_with_the_command_that_makes_it(settings: Settings) -> None:
    ended = await touchline(settings, "handoffs", "tail", "--no-follow")

    assert 1 == ended.code
    assert f"missing on {settings.bootstrap}: {settings.prefix}handoffs" in ended.err
    assert "touchline topics apply" in ended.err


async def test_handoffs_are_printed_as_they_are_on_kafka_for_programs(settings: Settings, kafka: Kafka) -> None:
    await kafka.create((HANDOFFS,))
    await kafka.say(HANDOFFS, [b'{"id":"h-1/1"}', b'{"id":"h-1/2"}'], key="lead-1")
    first = await touchline(settings, "handoffs", "tail", "--from-beginning", "-n", "1", "--json")
    kept = await touchline(settings, "handoffs", "tail", "--no-follow", "--json")

    assert '{"id":"h-1/1"}\n' == first.out
    assert '{"id":"h-1/1"}\n{"id":"h-1/2"}\n' == kept.out


async def test_doctor_names_what_cannot_be_reached_within_seconds() -> None:
    nowhere = Settings(bootstrap=f"127.0.0.1:{free_port()}", redis=f"redis://:hush@127.0.0.1:{free_port()}/0")
    ended = await touchline(nowhere, "doctor", within_s=15)

    assert 1 == ended.code
    assert f"kafka: no broker answers at {nowhere.bootstrap}. Next: start one with `touchline stack`" in ended.out
    assert "redis: no Redis answers" in ended.out
    assert "hush" not in ended.out
    assert "Traceback" not in ended.err


async def test_doctor_finds_nothing_on_a_cluster_that_is_as_it_should_be(settings: Settings) -> None:
    await apply(settings)
    ended = await touchline(settings.model_copy(update={"identity_key": SecretStr("of our own")}), "doctor", "--json")

    assert (0, {"problems": []}) == (ended.code, ended.json())


async def test_doctor_tells_each_problem_with_its_next_command(
    settings: Settings, kafka: Kafka, letters: bytes
) -> None:
    await apply(settings)
    await kafka.say(TOUCHES_WEB, [b"{}"] * 3)
    ended = await touchline(settings, "doctor", "--json")
    address = f"--bootstrap {settings.bootstrap} --prefix {settings.prefix}"
    run = f"touchline run identify {address} --partitions 4 --redis {settings.redis}"

    assert 1 == ended.code
    assert [
        ("lag", "nobody runs identify; 3 records wait for it", run),
        ("dead letters", "3 messages could not be used", f"touchline dead-letters ls {address}"),
    ] == [(p["area"], p["what"], p["next"]) for p in ended.json()["problems"] if p["area"] != "identity key"]


@pytest.mark.parametrize("words", ["topics plan", "dead-letters ls", "handoffs tail"])
async def test_an_unreachable_broker_is_one_line_with_its_address(words: str) -> None:
    address = f"127.0.0.1:{free_port()}"
    ended = await touchline(Settings(bootstrap=address), *words.split(" "), within_s=15)

    assert 1 == ended.code
    assert f"no Kafka broker answers at {address}" in ended.err
    assert "Traceback" not in ended.err
