"""A worker or a command that is turned away says so in one line with its remedy, and ends: no traceback, no loop."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.settings import Settings
from streams.acls import ERRANDS, Operation, Resource, Right, of_errand
from streams.topology import DEAD_LETTERS, LEAD_EVENTS, LEAD_STATE, MIRROR, SCORE, Topic
from tests.live.security.conftest import World
from tests.live.security.papers import Authority
from tests.live.security.workers import crew
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.long]

LEAD = b"lead-1"


def refusals(said: str) -> list[str]:
    """What the worker gave as the reason; everything else it said must be no louder than a warning."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert "Traceback" not in said
    assert [] == [line for line in lines if line["level"] == "critical"]
    return [line["problem"] for line in lines if line["event"] == "start refused"]


async def test_a_worker_that_is_not_let_in_ends_with_one_line(world: World, tmp_path: Path) -> None:
    await world.kafka.create(MIRROR.topics)
    await world.allow(MIRROR)
    stranger = Authority(tmp_path / "others", "stranger")
    lost = Right(Resource.GROUP, f"{world.prefix}touchline-mirror", (Operation.READ,))
    cases: dict[str, tuple[Settings, str]] = {
        "password": (world.scram("mirror", kafka_password=SecretStr("wrong-one")), "refuses user mirror"),
        "ca": (world.scram("mirror", kafka_ca=stranger.ca), "TOUCHLINE_KAFKA_CA"),
        "no file": (world.scram("mirror", kafka_ca=tmp_path / "none.pem"), "cannot be read: No such file"),
        "redis password": (world.scram("mirror", redis_password=SecretStr("wrong-one")), "TOUCHLINE_REDIS_PASSWORD"),
        "redis ca": (world.scram("mirror", redis_ca=stranger.ca), "TOUCHLINE_REDIS_CA"),
        "right": (world.scram("nobody"), "--operation Read --group"),
    }
    async with crew(tmp_path) as workers:
        for case, (settings, word) in cases.items():
            code, said = await workers.ended("mirror", settings)
            told = refusals(said)
            assert 2 == code, f"{case}: {code}"
            assert any(word in line for line in told), f"{case}: {told}"
            assert len(told) == (3 if case == "right" else 1), f"{case}: {told}"
            assert "wrong-one" not in said
        await world.take("mirror", lost)
        code, said = await workers.ended("mirror", world.scram("mirror"))
        (line,) = refusals(said)
        assert (2, True) == (code, line.startswith(f"User:mirror may not Read group {lost.name}: `kafka-acls.sh "))


@pytest.mark.parametrize(
    ("topic", "operation"), [(LEAD_STATE, Operation.WRITE), (LEAD_EVENTS, Operation.READ)], ids=["writes", "reads"]
)
async def test_a_right_taken_from_a_worker_at_work_ends_it_with_the_command_that_gives_it(
    world: World, tmp_path: Path, topic: Topic, operation: Operation
) -> None:
    await world.kafka.create(SCORE.topics)
    await world.allow(SCORE)
    lost = Right(Resource.TOPIC, world.kafka.name(topic), (operation,))
    touch = {"type": "touched", "id": "e1", "at_ms": 1_793_000_000_000, "channel": "web", "kind": "page_view"}
    async with crew(tmp_path) as workers:
        (score,) = await workers.ready(("score", world.scram("score")))
        await world.take("score", lost)
        await world.kafka.say(LEAD_EVENTS, touch, LEAD)
        code = await asyncio.to_thread(score.wait_end, 60.0)

        assert 2 == code
        (line,) = refusals(score.log.read_text())
        assert f"User:score may not {operation.value} topic {lost.name}: `kafka-acls.sh" in line


async def test_doctor_with_its_own_rights_sees_everything_and_without_one_says_which(world: World) -> None:
    await world.kafka.create()
    (errand,) = (errand for errand in ERRANDS if errand.words == "doctor")
    await world.give("operator", *of_errand(errand, world.owner))
    settings = world.scram("operator", identity_key=SecretStr("a-key-of-our-own-that-nobody-knows"))
    assert (await touchline(settings, "doctor")).out.startswith("All is well")

    lost = Right(Resource.TOPIC, world.kafka.name(DEAD_LETTERS), (Operation.DESCRIBE_CONFIGS,))
    await world.take("operator", lost)
    said = (await touchline(settings, "doctor")).out
    assert f"DescribeConfigs topic {lost.name}" in said
    assert f"--operation DescribeConfigs --topic {lost.name}" in said


COMMANDS: dict[str, tuple[str, ...]] = {
    "handoffs tail": ("--no-follow",), "dead-letters ls": (), "model list": (), "report sla": (), "topics plan": (),
    "snapshot": ("--to", "{folder}"), "doctor": (), "identity rebuild": ("--yes",),
}  # fmt: skip


async def test_commands_do_with_their_own_rights_and_name_the_one_they_lack(world: World, tmp_path: Path) -> None:
    await world.kafka.create()
    told: dict[str, str] = {}
    for words, given in COMMANDS.items():
        more = [word.replace("{folder}", str(tmp_path)) for word in given]
        (errand,) = (errand for errand in ERRANDS if errand.words == words)
        rights = of_errand(errand, world.owner)
        await world.give("operator", *rights)
        ended = await touchline(world.scram("operator"), *words.split(), *more)
        if " may not " in ended.out + ended.err:
            told[words] = f"{ended.code} {ended.out} {ended.err}"
        await world.take("operator", *rights)
        ended = await touchline(world.scram("operator"), *words.split(), *more)
        if "User:operator may not" not in ended.err + ended.out:
            told[f"{words}, without"] = f"{ended.code} {ended.out} {ended.err}"
    assert {} == told
