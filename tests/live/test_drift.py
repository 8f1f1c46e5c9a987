"""S45 over a real broker: a stricter version is noticed, by name; one that hands off nearly as many is not."""

from pathlib import Path

import msgspec
import pytest

from agents.clock import wall_ms
from agents.delivery.producer import Outbox
from agents.model_file import load_model
from agents.table.model_shelf import ModelShelf, document_of
from schemas.handoff import HandoffType
from schemas.lead_event import CrmSaid, LeadEvent, Origin, TouchSeen
from schemas.log_mark import ModelActivated
from streams.activation import activation_bytes
from streams.generations.log_marks import MODEL_KEY
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, one_queue, route
from streams.topology import HANDOFFS, LEAD_EVENTS, LEAD_STAGES
from tests.live.rebuilding import M1, Generation
from tests.live.touchline import touchline
from tests.pure.ripes import ripe

pytestmark = pytest.mark.live

DESK = Office(chooser=Chooser(one_queue("sales", 1_800_000)), source="touchline")


def seen(lead: str, history: bool = False) -> LeadEvent:
    at_ms = wall_ms()
    return TouchSeen(
        id=f"{lead}-1", at_ms=at_ms, origin=Origin("touches.web", 0, 0, at_ms), kind="page_view", channel="web",
        history=history,
    )  # fmt: skip


def handed_off(lead: str, model: str, word: HandoffType = HandoffType.REQUESTED, revision: int = 1) -> bytes:
    said = ripe(type=word, handoff_id=f"h-{lead}", lead_id=lead, model=model, revision=revision)
    return msgspec.json.encode(route(said, {}, DESK).handoff)


async def told(log: Generation, first: str, leads: int, passed: int, model: str) -> None:
    """New leads, some of whom are handed off; each handoff said twice, as after a crash, and accepted."""
    await log.say([(f"{first}{number}", seen(f"{first}{number}")) for number in range(leads)])
    words = [
        handed_off(f"{first}{number}", model, *word)
        for number in range(passed)
        for word in ((HandoffType.REQUESTED, 1), (HandoffType.REQUESTED, 1), (HandoffType.ACCEPTED, 2))
    ]
    await log.kafka.say(HANDOFFS, words, key="k")


@pytest.mark.long
@pytest.mark.parametrize(("passed", "code", "says"), [
    (20, 1, "ALARM b2b-services@8: the pass rate fell: 4.0% (20 of 500), b2b-services@7 20.0% (100 of 500), 7.8 "),
    (95, 0, "b2b-services@8: the pass rate stands: 19.0% (95 of 500), b2b-services@7 20.0% (100 of 500), 0.4 "),
])  # fmt: skip
async def test_a_stricter_version_alarms_by_name_and_a_like_one_does_not(
    first: Generation, tmp_path: Path, passed: int, code: int, says: str
) -> None:
    await first.kafka.create([HANDOFFS])
    strict = tmp_path / "strict.yaml"
    strict.write_text(M1.read_text().replace("version: 7", "version: 8"))
    shelf, out = ModelShelf(first.settings), Outbox(first.settings)
    await out.start()
    before, now = (
        document_of(model, text) for text, model in (load_model(file, first.settings) for file in (M1, strict))
    )
    await shelf.begin(before, out)
    await shelf.publish(now, out)
    await out.stop()
    await shelf.stop()
    await told(first, "a", 500, 100, "b2b-services@7")
    await first.say([(f"imported{number}", seen(f"imported{number}", history=True)) for number in range(30)])
    mark = ModelActivated(model=now.model, version=now.version, digest=now.digest, at_ms=wall_ms())
    for partition in range(first.settings.partitions):
        await first.kafka.say(LEAD_EVENTS, activation_bytes(mark), key=MODEL_KEY, partition=partition)
    await first.say([(f"a{number}", seen(f"a{number}")) for number in range(50)])
    await told(first, "b", 500, passed, "b2b-services@8")

    ended = await touchline(first.settings, "model", "drift", "--json", "--by", "week")

    assert code == ended.code, ended.err
    found = ended.json()
    assert found["verdicts"][0]["says"].startswith(says)
    assert bool(code) is found["alarm"]
    assert [
        ("b2b-services@7", 500, 100, 100, 100), ("b2b-services@8", 500, passed, passed, passed)
    ] == [(m["model"], m["new"], m["passed"], m["requested"], m["accepted"]) for m in found["models"]]  # fmt: skip
    assert ("b2b-services@8", "headcount", passed, passed) in [
        (rule["model"], rule["rule"], rule["requested"], rule["accepted"]) for rule in found["rules"]
    ]
    if code:
        spoken = await touchline(first.settings, "model", "drift")
        assert (1, True) == (spoken.code, says in spoken.out)


async def test_who_reached_a_level_is_told_and_whom_somebody_had_refused_before(first: Generation) -> None:
    await first.kafka.create([HANDOFFS])
    refused = CrmSaid(
        id="c1", at_ms=wall_ms(), origin=Origin("crm.updates", 0, 0, wall_ms()), kind="unqualified", cause="no_need"
    )  # fmt: skip
    await first.say([("a", seen("a")), ("b", seen("b")), ("a", refused)])
    reached = {"at": "", "dimension": "level", "from": "", "to": "SQL", "why": "did checkout_start"}
    words = [{"lead_id": lead, **reached} for lead in ("a", "a", "b")]
    await first.kafka.say(LEAD_STAGES, [*words, {"lead_id": "c", **reached, "cause": "model"}], key="k")

    ended = await touchline(first.settings, "model", "drift", "--json")
    shown = await touchline(first.settings, "model", "drift")

    assert (0, 0) == (ended.code, shown.code), ended.err
    assert [
        {
            "level": "SQL",
            "leads": 2,
            "at_once": 2,
            "later": 0,
            "median_days": None,
            "once_unqualified": 1,
            "by_model": 1,
        }
    ] == ended.json()["levels"]
    assert "once unqualified" in shown.out
