"""A log that a real worker scored: exported, folded again byte for byte, and tried with another line."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agents.model_file import load_model
from agents.replay.log_file import LogFile, log_files
from schemas.lead_event import CrmSaid, Origin
from schemas.profile import Detail, Profile
from schemas.units import DAY_MS
from streams.judge import Judge
from streams.lead_codec import CONTROL_KEY
from streams.replay.refolding import refold
from streams.topology import LEAD_EVENTS, LEAD_PROFILES, LEAD_STATE, RIPE
from tests.live.rebuilding import M1, START_MS, Generation, life
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

LEADS, ROUNDS = 300, 10


async def test_a_replay_gives_the_states_and_handoffs_of_the_worker_byte_for_byte(
    first: Generation, tmp_path: Path
) -> None:
    told = life(LEADS, ROUNDS)
    worker = await first.scoring(cards=False)
    for begin in range(0, len(told), 700):
        await first.say(told[begin : begin + 700])
    await first.until_scored()
    await worker.terminate()

    exported = await touchline(first.settings, "log", "export", tmp_path / "log", "--json")
    states, said = refolded(tmp_path / "log", Judge.of(load_model(M1, first.settings)[1]))

    preset = first.settings.model_copy(update={"model": None})
    tried = await touchline(preset, "model", "replay", "--line", "30", "--jobs", "1", "--json")

    assert "b2b-services@7" == tried.json()["current"] == tried.json()["candidate"], "as the table says"
    assert len(told) <= exported.json()["records"]
    live: dict[bytes, bytes] = {
        record.key: record.value for record in await first.kafka.read_all(LEAD_STATE) if record.key != CONTROL_KEY
    }
    assert LEADS == len(live)
    assert live == states
    ids = {(word.handoff_id, word.revision, word.type.value) for word in await first.kafka.values(RIPE)}
    assert len(ids) >= LEADS // 3
    assert ids == said


def refolded(folder: Path, judge: Judge) -> tuple[dict[bytes, bytes], set[tuple[str, int, str]]]:
    """Table and words of an export, folded again."""
    states: dict[bytes, bytes] = {}
    said: set[tuple[str, int, str]] = set()
    for file in log_files(folder):
        for number in file.head.partitions:
            table: dict[bytes, bytes] = {}
            for folded in refold(file.read(number), table, judge):
                said |= {(word.handoff_id, word.revision, word.type.value) for word in folded.ripe}
            states |= table
    return states, said


@pytest.mark.long
async def test_a_candidate_is_tried_on_kafka_and_on_an_export_alike(first: Generation, tmp_path: Path) -> None:
    won = CrmSaid(id="c1", at_ms=START_MS + DAY_MS, origin=Origin("crm.updates", 0, 1, START_MS), kind="won")
    await first.say([*life(60, 4), ("lead-0000", won)])
    await first.kafka.create([LEAD_PROFILES])
    anna = Profile(lead_id="lead-0000", details={"name": Detail("Anna Kim", 1, "f1"), "phone": Detail("+7701", 1, "f")})
    await first.kafka.say(LEAD_PROFILES, anna, key="lead-0000")
    file = tmp_path / "log.touchlog"
    calm = tmp_path / "calm.yaml"
    calm.write_text("".join(line for line in M1.read_text().splitlines(keepends=True) if "surge:" not in line))
    tried = ("model", "replay", calm, "-n", "60")

    from_kafka = await touchline(first.settings, *tried, "--names", "--json")
    exported = await touchline(first.settings, "log", "export", file)
    picture = tmp_path / "replay.svg"
    from_file = await touchline(first.settings, *tried, "--log", file, "--picture", picture, "--jobs", "1", "--json")
    spoken = await touchline(first.settings, *tried, "--log", file, "--names", "--jobs", "1")

    assert (0, 0, 0, 0) == (from_kafka.code, exported.code, from_file.code, spoken.code), from_kafka.err
    assert told(from_kafka.json()) == told(from_file.json())
    outcome = from_kafka.json()
    assert (60, 60 * 4 + 40 + 1) == (outcome["leads"], outcome["events"])
    called = {one["lead_id"]: one["called"] for kind in outcome["changes"].values() for one in kind["examples"]}
    assert "Anna Kim, +7701" == called["lead-0000"]
    assert "Anna Kim, +7701" in spoken.out
    assert (0, 20) == (outcome["changes"]["earlier"]["leads"], outcome["changes"]["later"]["leads"])
    assert {2 * 60 * 60.0} == {one["by_s"] for one in outcome["changes"]["later"]["examples"]}
    assert 1.0 == outcome["outcomes"]["candidate"]["won_recall"]
    drawn = await asyncio.to_thread(picture.read_text)
    assert "pass rate by week" in drawn
    assert [0, 1, 2, 3] == LogFile(file).head.partitions
    assert len(await first.kafka.read_all(LEAD_EVENTS)) == sum(LogFile(file).counts().values())


def told(document: dict[str, Any]) -> dict[str, Any]:
    """Without names, and the moment until which time passed."""
    for kind in document["changes"].values():
        for one in kind["examples"]:
            one.pop("called")
    return {name: value for name, value in document.items() if name != "until"}


async def test_what_cannot_be_replayed_is_said_in_one_line(first: Generation, tmp_path: Path) -> None:
    none = await touchline(first.settings, "model", "replay")
    both = await touchline(first.settings, "model", "replay", M1, "--line", "20")
    gone = await touchline(first.settings, "model", "replay", M1, "--log", tmp_path / "gone.touchlog")
    when = await touchline(first.settings, "model", "replay", M1, "--since", "someday")

    assert (2, 2, 2, 2) == (none.code, both.code, gone.code, when.code)
    assert "name one candidate" in none.err
    assert "name one candidate" in both.err
    assert "gone.touchlog: No such file" in gone.err
    assert "--since is 'someday': neither a date nor a length of time" in when.err
