"""With nothing but the rights the topology gives, every stage does its whole job, by password and TLS."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.redis.read_model import ReadModel
from agents.settings import Settings
from schemas.handoff import HandoffEvent
from streams.acls import ERRANDS, of_errand
from streams.topology import FACTS, HANDOFFS, LEAD_EVENTS, TOPOLOGY, TOUCHES_CALL, TOUCHES_WEB
from tests.live.kafka import Kafka, until
from tests.live.security.conftest import PASSWORDS, REDIS_PASSWORD, World
from tests.live.security.workers import crew
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
M1 = ROOT / "tests" / "models" / "m1.yaml"
REFUSALS = (
    " may not ", "Kafka at ", "Redis at ", "Redis: ", "uthorization", "AUTHORIZATION", "Traceback", "Usage:",
    "missing on",
)  # fmt: skip
WHO = {"email": "cyd@example.com", "anonymous": "browser-1"}


def touch(number: int, who: dict[str, str]) -> dict[str, Any]:
    return {"touch_id": f"t{number}", "kind": "demo_request", "at": datetime.now(UTC).isoformat(), "who": who}


async def handed_off(kafka: Kafka, settings: Settings) -> HandoffEvent:
    """A form, a touch and a call, then what sales is told, and the card in Redis."""
    learned = {"fact_id": "f1", "at": datetime.now(UTC).isoformat(), "who": WHO, "by": "form"}
    await kafka.say(FACTS, learned | {"facts": {"headcount": 40, "name": "Cyd"}})
    await kafka.hear(LEAD_EVENTS, 1, within_s=40)
    await kafka.say(TOUCHES_WEB, touch(1, WHO) | {"page": "/demo", "source": "google"})
    await kafka.say(TOUCHES_CALL, touch(2, {"email": "CYD@example.com"}))
    (event,) = await kafka.values(HANDOFFS, 1, within_s=40)
    read = ReadModel.of(settings)

    async def carded() -> bool:
        card = await read.card(event.data.lead_id)
        return card is not None and card.lead_id == event.data.lead_id

    await until(carded, "the card to be in Redis")
    assert isinstance(event, HandoffEvent)
    return event


async def test_every_stage_and_every_command_does_its_whole_job_with_its_generated_rights_alone(
    world: World, tmp_path: Path
) -> None:
    await world.kafka.create()
    await asyncio.gather(*(world.allow(step) for step in TOPOLOGY))
    async with crew(tmp_path) as workers:
        await workers.ready(*((step.name, world.scram(step.name, model=M1)) for step in TOPOLOGY))

        event = await handed_off(world.kafka, world.scram("route"))

        assert ("cyd@example.com", "Cyd") == (event.data.contact["email"], event.data.contact["name"])
        told = await errands(world, tmp_path)
        assert {} == told
        secrets = (*PASSWORDS.values(), REDIS_PASSWORD)
        shown = workers.said() + "".join([await one.page("/metrics") for one in workers.all])
        assert [] == [secret for secret in secrets if secret in shown or secret in command_lines()]


async def errands(world: World, folder: Path) -> dict[str, str]:
    """Every command that needs the broker, each with the rights of its own; what those that failed said."""
    policy = ROOT / "deploy" / "routing" / "b2b-sales.yaml"
    mail = "email:cyd@example.com"
    more: dict[str, tuple[str, ...]] = {
        "touch send": ("--who", "anonymous=browser-2", "--kind", "page_view"), "lead explain": ("--who", mail),
        "lead export": (mail, "--inputs"), "lead restate": (mail, "--yes"), "lead split": (mail, "--yes"),
        "identity rebuild": ("--yes",), "dead-letters replay": ("--dry-run",), "model show": ("b2b-services",),
        "model diff": ("b2b-services@7", "b2b-services@7"), "model publish": (str(M1),),
        "model apply": (str(M1), "--by", "Ann"), "model replay": (str(M1), "--names"),
        "log export": (str(folder / "log"),), "handoffs tail": ("--no-follow",), "route simulate": (str(policy),),
        "snapshot": ("--to", str(folder / "snapshots")), "rebuild": ("--dry-run",), "lead erase": (mail, "--yes"),
    }  # fmt: skip
    told: dict[str, str] = {}
    for errand in sorted(ERRANDS, key=lambda one: one.words == "lead erase"):  # the last one
        moves = {"generation": "g2"} if errand.moves else {}
        settings = world.scram("operator", model=M1, **moves)
        rights = of_errand(errand, settings, world.owner)
        await world.give("operator", *rights)
        ended = await touchline(settings, *errand.words.split(), *more.get(errand.words, ()), within_s=60)
        await world.take("operator", *rights)
        if any(word in ended.out + ended.err for word in REFUSALS) or not ended.out + ended.err:
            told[errand.words] = f"{ended.code}: {ended.out[-400:]} {ended.err[-400:]}"
    return told


def command_lines() -> str:
    """Of every process of this machine, as `ps` shows them to everybody."""
    told = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            told.append(one.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(told)
