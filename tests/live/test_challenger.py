"""A challenger beside a real score worker: silent, caught up, compared by lead; and it names the way to promote it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.clock import wall_ms
from schemas.lead_event import LeadEvent
from streams.topology import LEAD_EVENTS, LEAD_STATE, RIPE, SCORE
from tests.conftest import StartWorker
from tests.live.kafka import until
from tests.live.rebuilding import M1, Generation, life
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

LEADS, ROUNDS = 60, 4


def lately(told: list[tuple[str, LeadEvent]]) -> list[tuple[str, LeadEvent]]:
    """The same, so that the last one happens now: no timer of weeks ago fires."""
    by_ms = wall_ms() - max(event.at_ms for _, event in told)
    return [(lead, msgspec.structs.replace(event, at_ms=event.at_ms + by_ms)) for lead, event in told]


async def test_a_challenger_says_nothing_hears_all_and_names_the_leads_that_differ(
    first: Generation, worker: StartWorker, tmp_path: Path
) -> None:
    calm = tmp_path / "calm.yaml"
    lines = M1.read_text().replace("version: 7", "version: 8").splitlines(keepends=True)
    calm.write_text("".join(line for line in lines if "surge:" not in line))
    told = lately(life(LEADS, ROUNDS))
    await first.say(told[: len(told) // 2])
    topics = (LEAD_EVENTS, LEAD_STATE, *SCORE.says)
    before = [await first.kafka.end_offsets(topic) for topic in topics]
    given = {name: getattr(first.settings, name) for name in ("prefix", "generation", "partitions")}
    challenger = await worker("challenger", str(calm), **given)
    caught_up = json.loads(await challenger.page("/report"))
    silent = [await first.kafka.end_offsets(topic) for topic in topics]
    scoring = await first.scoring(cards=False)
    await first.say(told[len(told) // 2 :])
    await first.until_scored()
    handed_off = {word.lead_id for word in await first.kafka.values(RIPE) if word.type == "requested"}
    found: dict[str, Any] = {}

    async def compared() -> bool:
        found.update(json.loads(await challenger.page("/report")))
        return bool(found["events"] == len(told) and found["champion_leads"] == len(handed_off))

    await until(compared, f"{len(told)} events and {len(handed_off)} leads of the champion", 15)
    ended = await touchline(first.settings, "model", "challenge", "--url", challenger.url)

    assert before == silent
    assert (True, len(told) // 2, 0) == (caught_up["caught_up"], caught_up["events"], caught_up["champion_leads"])
    assert ("b2b-services@8", ["b2b-services@7"], LEADS) == (found["challenger"], found["champions"], found["new"])
    assert (20, 0, 0) == (found["both"], found["only_champion"], found["only_challenger"])
    assert (0, 0, 20) == tuple(found["shifts"][which] for which in ("same", "earlier", "later"))
    assert handed_off == {one["lead_id"] for one in found["examples"]["later"]}
    assert 0 == ended.code, ended.err
    assert f"touchline model apply {calm}" in ended.out
    assert "20 later by the challenger, by 2 hours on the average" in ended.out
    assert 'touchline_challenger_leads{by="both",model="b2b-services@8"}' in await challenger.page("/metrics")
    counted = (await scoring.page("/metrics")).splitlines()
    assert 'touchline_leads_new_total{model="b2b-services@7"} 60.0' in counted
    assert 'touchline_leads_passed_total{model="b2b-services@7"} 20.0' in counted
    assert 'touchline_model_handoffs_total{model="b2b-services@7",word="accepted"} 0.0' in counted
    assert 'touchline_rule_handoffs_total{model="b2b-services@7",rule="surge",word="requested"} 20.0' in counted
    assert (0, 0) == (await challenger.terminate(), await scoring.terminate())


async def test_a_challenger_that_is_not_there_is_said_in_one_line(first: Generation) -> None:
    nowhere = await touchline(first.settings, "model", "challenge", "--url", "http://127.0.0.1:1")
    wrong = await touchline(first.settings, "model", "challenge", "--url", "file:///etc/passwd")

    assert (1, 2) == (nowhere.code, wrong.code)
    assert "no challenger answers at http://127.0.0.1:1" in nowhere.err
    assert "no address of the web" in wrong.err
