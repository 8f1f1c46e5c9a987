"""The commands of deploy/docs/operations.md, run in their order on a deployment with workers; and what workers log."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from agents.demo.crew import Worker, environment_of
from agents.settings import Settings
from agents.topics.admin import apply
from streams.topology import FACTS, HANDOFFS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka
from tests.live.probes import EMAIL, NAME, PHONE, traces
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

OPERATIONS = Path(__file__).parents[2] / "deploy" / "docs" / "operations.md"
BOXES = re.findall(r"```sh\n(.*?)```", OPERATIONS.read_text(), re.DOTALL)
HUSH = "hush-4711"
M1 = Path(__file__).parents[1] / "models" / "m1.yaml"


def box(text: str, settings: Settings, backup: Path) -> "subprocess.CompletedProcess[str]":
    """As an operator runs it: in a shell, our command on the path."""
    here = str(Path(sys.executable).parent)
    env = environment_of(settings) | {"BACKUP": str(backup), "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, timeout=120,
        env=env | {"PATH": f"{here}:{env['PATH']}"},
    )  # fmt: skip


def lines(workers: Iterable[Worker]) -> list[tuple[str, str]]:
    """What they wrote, each line with the stage that wrote it."""
    return [(one.stage, line) for one in workers for line in one.log.read_text().splitlines() if line.strip()]


def demo_requests(who: dict[str, str]) -> list[dict[str, Any]]:
    """Enough for a handoff."""
    at = datetime.now(UTC).isoformat()
    return [
        {"touch_id": f"t{n}", "kind": "demo_request", "at": at, "who": who, "props": {"form": NAME}} for n in range(3)
    ]


def company(who: dict[str, str]) -> dict[str, Any]:
    """Large enough for the model."""
    at = datetime.now(UTC).isoformat()
    return {"fact_id": str(uuid4()), "at": at, "who": who, "by": "form", "name": "headcount", "value": 40}


@pytest.mark.long
async def test_every_box_of_the_page_works_as_it_stands(
    settings: Settings, kafka: Kafka, worker: StartWorker, tmp_path: Path
) -> None:
    changes = {"identity_key": SecretStr("of our own"), "model": M1}
    own = settings.model_copy(update=changes)
    await apply(own)
    await asyncio.gather(*(worker(stage, **changes) for stage in ("identify", "score", "route", "mirror")))
    who = {"email": EMAIL, "anonymous": "a"}
    await kafka.say(FACTS, company(who), EMAIL)
    await kafka.say(TOUCHES_WEB, demo_requests(who), EMAIL)
    await kafka.hear(HANDOFFS, 1)
    for text in BOXES:
        ran = await asyncio.to_thread(box, text, own, tmp_path / "backup")

        assert 0 == ran.returncode, f"{text}\n{ran.stdout}\n{ran.stderr}"
        assert {} == {line: found for line in (ran.stdout, ran.stderr) if (found := traces(line))}


async def test_all_stages_log_a_line_of_json_for_each_event_and_nobody_in_it(
    settings: Settings, kafka: Kafka, worker: StartWorker
) -> None:
    """From the settings they go by to the messages they cannot use."""
    await kafka.create()
    own = {"identity_key": SecretStr(HUSH), "write_key": SecretStr(HUSH), "model": M1}
    crew = await asyncio.gather(*(worker(s, **own) for s in ("identify", "score", "route", "mirror", "intake")))
    who = {"email": EMAIL, "phone": PHONE, "anonymous": NAME}
    await kafka.say(FACTS, company(who), EMAIL)
    poison = ({"kind": EMAIL, "who": {"email": PHONE}, "at": NAME}, b"{" + EMAIL.encode())
    await kafka.say(TOUCHES_WEB, [*demo_requests(who), *poison], EMAIL)
    await kafka.hear(HANDOFFS, 1)
    await asyncio.gather(*(one.terminate() for one in crew))

    logged = [(stage, json.loads(line)) for stage, line in lines(crew)]
    assert [] == [line for _, line in lines(crew) if HUSH in line or traces(line)]
    assert [] == [one for stage, one in logged if not {"event", "level", "at", "stage"} <= one.keys()]
    assert sorted(s for s, one in logged if one["event"] == "settings in force") == sorted(one.stage for one in crew)
    assert ["********"] * len(crew) == [one["set"]["identity_key"] for _, one in logged if "set" in one]
    assert "dead letters written" in [one["event"] for _, one in logged]
    assert {one["stage"] for _, one in logged} == {stage for stage, _ in logged}


async def test_what_keeps_a_worker_from_starting_is_a_line_of_json(settings: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: [\n")
    ended = await touchline(settings.model_copy(update={"model": broken}), "run", "score")
    told = [json.loads(line) for line in ended.err.splitlines()]

    assert (2, "") == (ended.code, ended.out)
    assert "start refused" == told[-1]["event"]
    assert "broken.yaml" in told[-1]["problem"]
    assert {"score"} == {one["stage"] for one in told}
