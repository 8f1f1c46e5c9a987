"""A log recreated, cut, enlarged, or without its table, on a real broker: refused in words, and mended by them."""

import shlex
from pathlib import Path
from struct import iter_unpack
from typing import Any

import msgspec
import pytest
from aiokafka.admin import NewPartitions

from agents.rebuild.order import Refused
from agents.topics.admin import connected
from schemas.lead_state import STATE_SCHEMA
from streams.lead_codec import CONTROL_KEY, decode, encode
from streams.scoring.roll import entries
from streams.topology import LEAD_EVENTS, LEAD_STATE, name_of
from tests.live.kafka import until
from tests.live.rebuilding import Generation, life

pytestmark = pytest.mark.live

LEADS = 20


async def touches(generation: Generation) -> dict[str, int]:
    return {lead: state.touches for lead, state in (await generation.table())[0].items()}


async def test_a_log_made_anew_is_refused_and_its_leads_move_with_what_the_new_log_holds(first: Generation) -> None:
    await first.score(life(LEADS, rounds=3))
    await first.delete(LEAD_EVENTS)
    await first.make()
    await first.say(life(LEADS, rounds=1, first=3 * LEADS))

    told = await first.refusal()
    second = first.named("g2", first.settings.partitions)
    done = await second.rebuilt(accept_loss=True)
    await second.score([])

    assert "the topic was created anew since the score table was written" in told
    assert "`touchline rebuild --accept-loss --bootstrap" in told
    assert ("table", LEADS, True) == (done.base, done.compared, done.cut_over)
    assert {4} == set((await touches(second)).values())


async def test_a_log_overtaken_by_retention_is_refused_and_the_loss_is_counted(first: Generation) -> None:
    await first.score(life(LEADS, rounds=3))
    await first.say(life(LEADS, rounds=1, first=3 * LEADS))
    controls = (await first.table())[1]
    await first.forget_before(LEAD_EVENTS, {0: controls[0].applied + 3})

    told = await first.refusal()
    second = first.named("g2", first.settings.partitions)
    with pytest.raises(Refused, match="retention removed 2 events before they were scored"):
        await second.rebuilt()
    done = await second.rebuilt(accept_loss=True)

    assert "retention removed 2 events before they were scored: restore them, or accept that they are missing" in told
    assert "--accept-loss" in told
    assert (2, True) == (done.missing, done.cut_over)


async def test_added_partitions_are_refused_and_the_named_command_moves_the_leads(first: Generation) -> None:
    await first.score(life(LEADS, rounds=3))
    before, _ = await first.table()
    async with connected(first.settings) as client:
        await client.create_partitions({name_of(LEAD_EVENTS, first.settings): NewPartitions(6)})

    told = await first.refused()
    second = first.named("g2", 6)
    words = shlex.split(told.split("new generation of the log: `touchline ")[1].split("`")[0])

    assert "lead.events has 6 partitions where 4 are configured" in told
    assert ["rebuild", "--generation", "g2"] == [words[0], *words[words.index("--generation") :][:2]]
    assert (await second.rebuilt()).cut_over
    assert before == (await second.table())[0]


async def test_a_lost_table_is_folded_again_where_the_log_is_whole(first: Generation) -> None:
    await first.score(life(LEADS, rounds=3))
    before, _ = await first.table()
    said = await first.ripe()
    await first.delete(LEAD_STATE)
    await first.make()

    done = await first.rebuilt()
    again = await first.rebuilt()

    assert before == (await first.table())[0]
    assert said == await first.ripe()
    assert ("log", LEADS, len(life(LEADS, rounds=3))) == (done.base, done.leads, done.folded)
    assert "nothing: every partition of the table has its control record" in again.next[0]


async def test_a_lost_table_is_refused_where_the_log_is_not_whole_and_comes_back_from_a_snapshot(
    first: Generation, tmp_path: Path
) -> None:
    await first.score(life(LEADS, rounds=3))
    controls = (await first.table())[1]
    await first.snapshot(tmp_path / "shelf")
    await first.score(life(LEADS, rounds=1, first=3 * LEADS))
    before, _ = await first.table()
    await first.forget_before(LEAD_EVENTS, {p: control.applied for p, control in controls.items()})
    await first.delete(LEAD_STATE)
    await first.make()

    told = await first.refusal()
    with pytest.raises(Refused, match="holds no control record"):
        await first.rebuilt()
    done = await first.rebuilt(snapshots=tmp_path / "shelf")
    await first.score([])

    assert "holds no control record, and " in told
    assert "rebuild --from-snapshot FOLDER" in told
    assert ("snapshot", LEADS) == (done.base, done.leads)
    assert before == (await first.table())[0]


async def test_a_snapshot_older_than_the_logs_retention_is_refused(first: Generation, tmp_path: Path) -> None:
    await first.score(life(LEADS, rounds=3))
    await first.snapshot(tmp_path / "shelf")
    controls = (await first.table())[1]
    await first.score(life(LEADS, rounds=2, first=3 * LEADS))
    await first.forget_before(LEAD_EVENTS, {1: controls[1].applied + 4})
    await first.delete(LEAD_STATE)
    await first.make()

    with pytest.raises(Refused, match=r"older than the log's retention, and 3 events between them are gone"):
        await first.rebuilt(snapshots=tmp_path / "shelf")

    assert 3 == (await first.rebuilt(snapshots=tmp_path / "shelf", accept_loss=True)).missing


async def test_a_lost_table_of_a_later_generation_is_not_folded_from_half_a_log(
    first: Generation, tmp_path: Path
) -> None:
    await first.score(life(LEADS, rounds=3))
    await first.snapshot(tmp_path / "shelf")
    second = first.named("g2", 2)
    await second.rebuilt(snapshots=tmp_path / "shelf")
    await second.snapshot(tmp_path / "shelf")
    before, _ = await second.table()
    await second.delete(LEAD_STATE)
    await second.make()

    with pytest.raises(Refused, match="taken over from an earlier table"):
        await second.rebuilt(came_from="g2")
    await second.rebuilt(came_from="g2", snapshots=tmp_path / "shelf")

    assert before == (await second.table())[0]


async def test_workers_of_two_releases_hand_partitions_over_and_what_is_newer_is_refused_in_words(
    first: Generation,
) -> None:
    """The earlier release is told by what it leaves behind: states and control records of its schema."""
    await first.score(life(LEADS, rounds=2))
    await put_back(first, schema=1)
    assert {1} == await schemas(first)

    one = await first.scoring()
    await first.say(life(LEADS, rounds=1, first=2 * LEADS))
    await first.until_scored()
    assert 0 == await one.terminate()

    assert {STATE_SCHEMA} == await schemas(first)
    assert {3} == set((await touches(first)).values())
    await put_back(first, schema=STATE_SCHEMA + 1)
    told = await first.refused()
    assert f"written with state schema {STATE_SCHEMA + 1}, this release reads up to {STATE_SCHEMA}: run the" in told


async def schemas(generation: Generation) -> set[int]:
    """Of the last state of each lead."""
    records = await generation.kafka.read_all(LEAD_STATE)
    return set({r.key: r.value[0] for r in records if r.key != CONTROL_KEY}.values())


def as_schema_1(state: list[Any]) -> list[Any]:
    """The array of a state as the first release wrote it: what is packed now lay open."""
    state[1] = dict(iter_unpack("<QI", state[1]))
    state[2] = {number: highest for number, *highest in iter_unpack("<Iqq", state[2])}
    for burst in state[5].values():
        burst[1] = [msgspec.msgpack.decode(ref) for ref in entries(burst[1])]
    for surge in state[6].values():
        surge.append(0)
    state[19] = [msgspec.msgpack.decode(touch) for touch in entries(state[19])]
    return state[:28]


async def put_back(generation: Generation, schema: int) -> None:
    """The table as a release with another schema would have written it: a layout of its own, of the same lives."""
    records = {r.key: r for r in await generation.kafka.read_all(LEAD_STATE) if r.key != CONTROL_KEY}
    _, controls = await generation.table()
    await generation.delete(LEAD_STATE)
    await generation.make()
    for key, record in records.items():
        state = msgspec.msgpack.decode(encode(decode(record.value), 0)[17:])
        body = msgspec.msgpack.encode(as_schema_1(state) if schema == 1 else [*state, "new"])
        await generation.kafka.say(
            LEAD_STATE, bytes([schema]) + record.value[1:17] + body, key=key, partition=record.partition
        )
    for partition, control in controls.items():
        told = msgspec.structs.replace(control, state_schema=schema)
        await generation.kafka.say(LEAD_STATE, told, key=CONTROL_KEY, partition=partition)


async def test_a_table_deleted_under_a_worker_ends_it_and_it_says_so(first: Generation) -> None:
    one = await first.scoring()
    await first.say(life(LEADS, rounds=4))
    await first.until_scored()
    await first.delete(LEAD_STATE)
    await first.make()

    await first.say(life(LEADS, rounds=1, first=4 * LEADS))

    async def ended() -> bool:
        return not one.running

    await until(ended, "the worker to end", within_s=40.0)
    assert "was the topic made anew?" in one.excerpt(40)
    await first.score([])
    assert {5} == set((await touches(first)).values())
