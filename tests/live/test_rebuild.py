"""`touchline rebuild` on a real broker: a log moves to another generation, and no lead notices."""

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from agents.delivery.producer import partition_for
from agents.rebuild.order import Refused
from streams.generations.log_marks import MARK_KEY
from streams.lead_codec import applied_of, decode, encode
from streams.topology import LEAD_EVENTS, LEAD_STATE
from tests.conftest import StartWorker
from tests.live.rebuilding import Generation, life, lives

pytestmark = pytest.mark.live

PARTITIONS = 6


async def test_leads_move_to_more_partitions_with_the_states_they_had(first: Generation) -> None:
    await first.score(life(leads=60, rounds=4))
    before, _ = await first.table()
    said = await first.ripe()
    assert len(said) > 0
    second = first.named("g2", PARTITIONS)

    done = await second.rebuilt()

    after, controls = await second.table()
    assert before == after
    assert (60, 60, "log", True) == (done.leads, done.compared, done.base, done.cut_over)
    assert set(range(PARTITIONS)) == set(controls)
    assert {"g2"} == {control.suffix for control in controls.values()}
    assert said == await second.ripe()
    places = {(r.key, r.partition) for r in await second.kafka.read_all(LEAD_EVENTS) if r.key != MARK_KEY}
    assert {(key, partition_for(key, PARTITIONS)) for key, _ in places} == places


async def test_each_lead_keeps_its_order_and_the_time_at_which_kafka_got_each_event(first: Generation) -> None:
    await first.score(life(leads=20, rounds=5))
    second = first.named("g2", PARTITIONS)
    await second.rebuilt()

    assert lives(await first.kafka.read_all(LEAD_EVENTS)) == lives(await second.kafka.read_all(LEAD_EVENTS))


@pytest.mark.long
async def test_a_lost_table_of_a_later_generation_is_folded_again_past_its_cut_over(first: Generation) -> None:
    await first.score(life(leads=20, rounds=2))
    second = first.named("g2", PARTITIONS)
    await second.rebuilt()
    await second.score(life(leads=20, rounds=2, first=40))
    before, _ = await second.table()
    await second.delete(LEAD_STATE)
    await second.make()

    told = await second.refusal()
    await second.rebuilt(came_from="g2")

    assert "holds no control record, though a rebuild wrote one, so the table was lost" in told
    assert before == (await second.table())[0]


@pytest.mark.long
async def test_it_fills_while_the_stages_work_and_cuts_over_once_they_stop(first: Generation) -> None:
    told = life(leads=40, rounds=8)
    half = len(told) // 2
    await first.say(told[:half])
    one = await first.scoring()
    await first.until_scored()
    second = first.named("g2", PARTITIONS)

    early = await second.rebuilt()
    await first.say(told[half:])
    await first.until_scored()
    await one.terminate()
    late = await second.rebuilt()

    assert (False, "workers are at work: score (1)") == (early.cut_over, early.held_up)
    assert "stop all workers of identify, score and route" in early.next[0]
    assert (half, len(told) - half) == (early.copied, late.copied)
    assert (await first.table())[0] == (await second.table())[0]


async def test_what_nobody_scored_yet_is_said_by_the_new_generation_and_said_once(first: Generation) -> None:
    told = life(leads=30, rounds=2)
    half = len(told) // 2
    await first.score(told[:half])
    await first.say(told[half:])
    said = await first.ripe()
    second = first.named("g2", PARTITIONS)

    done = await second.rebuilt()
    moved = await second.ripe()
    await second.score(life(leads=30, rounds=1, first=60))

    whole = Generation(first.settings.model_copy(update={"prefix": f"{first.settings.prefix}whole."}), first._worker)
    await whole.make()
    await whole.score([*told, *life(leads=30, rounds=1, first=60)])
    assert len(told) - half == done.unsaid
    assert said == moved
    assert await whole.ripe() == await second.ripe()
    assert {lead: s.touches for lead, s in (await whole.table())[0].items()} == {
        lead: s.touches for lead, s in (await second.table())[0].items()
    }
    await whole.kafka.close()


async def test_a_generation_left_behind_is_refused_and_a_forgotten_worker_cannot_write_there(
    first: Generation, worker: StartWorker
) -> None:
    await first.score(life(leads=10, rounds=2))
    await first.named("g2", PARTITIONS).rebuilt()

    with pytest.raises(MessageSizeTooLargeError):
        await first.say(life(leads=10, rounds=1, first=20))
    told = await first.refused()
    again = await first.named("g2", PARTITIONS).rebuilt()

    name = f"{first.settings.prefix}lead.events"
    assert f"{name} is closed: its leads moved to generation g2 (6 partitions): start with that generation" in told
    assert "TOUCHLINE_GENERATION" in told
    assert (True, 0) == (again.cut_over, again.copied)


async def test_a_generation_that_is_still_filled_is_refused(first: Generation) -> None:
    await first.say(life(leads=10, rounds=2))
    one = await first.scoring()
    await first.until_scored()
    second = first.named("g2", PARTITIONS)
    await second.rebuilt()
    await one.terminate()

    told = await second.refused()

    assert (
        "lead.events.g2 is being filled by a rebuild that has not cut over yet: let it finish, or continue it" in told
    )
    assert "touchline rebuild" in told


async def test_a_dry_run_changes_nothing(first: Generation) -> None:
    await first.score(life(leads=10, rounds=2))
    second = first.named("g2", PARTITIONS)

    ended = await second.rebuild("--dry-run", "--json")

    assert 0 == ended.code
    assert (10, "a dry run changes nothing") == (ended.json()["leads"], ended.json()["held_up"])
    assert "lead.events.g2 is missing" in await second.refused()


async def test_a_state_that_its_log_does_not_explain_stops_the_cut_over(first: Generation) -> None:
    await first.score(life(leads=10, rounds=2))
    records = await first.kafka.read_all(LEAD_STATE)
    wrong = next(r for r in records if r.key == b"lead-0003")
    state = decode(wrong.value)
    state.touches += 1
    applied = applied_of(wrong.value)
    await first.kafka.say(LEAD_STATE, encode(state, applied + 1), key=b"lead-0003", partition=wrong.partition)

    with pytest.raises(Refused, match="the states of lead-0003 differ between generation first and what was made of"):
        await first.named("g2", PARTITIONS).rebuilt()

    await first.score(life(leads=10, rounds=1, first=20))


@pytest.mark.long
async def test_a_log_that_has_lost_its_beginning_moves_with_its_table(first: Generation) -> None:
    told = life(leads=30, rounds=4)
    await first.score(told)
    before, controls = await first.table()
    await first.forget_before(LEAD_EVENTS, {p: c.applied // 2 for p, c in controls.items()})
    await first.say(life(leads=30, rounds=1, first=120))

    second = first.named("g2", PARTITIONS)
    done = await second.rebuilt()
    third = first.named("g3", 3)
    await second.score(life(leads=30, rounds=1, first=150))
    again = await third.rebuilt(came_from="g2")

    assert ("table", 30, "table", 30) == (done.base, done.compared, again.base, again.compared)
    assert {lead: s.touches + 2 for lead, s in before.items()} == {
        lead: s.touches for lead, s in (await third.table())[0].items()
    }
