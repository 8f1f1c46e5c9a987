"""`touchline route why`, `queue` and `simulate` over a real desk and broker."""

from pathlib import Path

import msgspec
import pytest

from agents.clock import wall_ms
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.routing.desk import Ask, Desk
from agents.routing.keys import DeskKeys
from agents.settings import Settings
from schemas.handoff import HandoffType
from streams.routing.choosing import Member, Option
from streams.topology import HANDOFFS
from tests.live.kafka import Kafka
from tests.live.test_queue import POLICY, one
from tests.live.touchline import touchline
from tests.pure.reports.test_reports import word

pytestmark = pytest.mark.live


@pytest.fixture
def routing(tmp_path: Path) -> Path:
    file = tmp_path / "routing.yaml"
    file.write_text(POLICY)
    return file


async def test_why_and_who_waits_are_told_from_the_desk(settings: Settings, routing: Path) -> None:
    redis = connect(settings, patient=False)
    desk = Desk(redis, DeskKeys(settings.prefix))
    await redis.set(desk.keys.whole, "1")
    ann = (Option(rule="everyone", kind="team", target="desk", members=(Member("ann", 1, 1, None),)),)
    ripes = [one(0), one(1), one(2, level="SQL")]
    asks = [
        Ask(handoff_id=ripe.handoff_id, revision=1, options=ann, lead=msgspec.json.encode(ripe)) for ripe in ripes
    ]  # fmt: skip
    await desk.decide(asks, wall_ms(), 1, "small-desk@0")
    event, _ = word("h0", 1, HandoffType.REQUESTED, 0)
    await redis.hset(RedisKeys(settings.prefix).handoff("h0"), "json", event.decode())
    await redis.aclose()

    waits = (await touchline(settings, "route", "queue", "--policy", routing, "--json")).json()["waiting"]
    why = await touchline(settings, "route", "why", "h0", "--policy", routing)
    unknown = await touchline(settings, "route", "why", "h9", "--policy", routing)

    assert [("h2", "desk", "everyone"), ("h1", "desk", "everyone")] == [
        (row["handoff_id"], row["for"], row["rule"]) for row in waits
    ]
    assert "no   too small: headcount is 40" in why.out, why.err
    assert "YES  everyone: team desk, given to ann (given)" in why.out
    assert "decided by small-desk@0; the policy now is small-desk@1" in why.out
    assert (1, True) == (unknown.code, "nothing is known of handoff h9" in unknown.err)


async def test_a_policy_is_tried_on_the_past(kafka: Kafka, settings: Settings, routing: Path) -> None:
    await kafka.create([HANDOFFS])
    for number in range(8):
        event, _ = word(f"h{number}", 1, HandoffType.REQUESTED, 0)
        await kafka.say(HANDOFFS, event, key=f"L{number}")

    told = await touchline(settings, "route", "simulate", routing, "--json")
    played = told.json()

    assert (8, 2, 2) == (played["handoffs"], played["waited"], played["still_waiting"]), told.err
    assert {"ann": 4, "bob": 2, "dina": 0} == {name: p["given"] for name, p in played["people"].items()}
    assert 0 == (await touchline(settings, "route", "simulate", routing)).code
