"""A log on which models took effect moves to other partitions: every lead is judged as it was."""

import pytest

from agents.activation import activate
from agents.table.model_shelf import document_of
from schemas.scoring_model import ModelDocument
from streams.generations.log_marks import MODEL_KEY
from streams.model import read_model
from streams.topology import LEAD_EVENTS
from tests.live.rebuilding import M1, Generation, life

pytestmark = [pytest.mark.live, pytest.mark.long]

PARTITIONS = 6


def document(version: int, *changes: tuple[str, str]) -> ModelDocument:
    """M1 as another version."""
    text = M1.read_text().replace("version: 7\n", f"version: {version}\n")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    model = read_model(text)
    assert not isinstance(model, list), model
    return document_of(model, text)


DEARER = document(8, ("watched-video: {when: video_view, points: 2", "watched-video: {when: video_view, points: 3"))
CHEAPER = document(
    9, ("asked-demo:    {when: demo_request, points: 30", "asked-demo:    {when: demo_request, points: 20")
)


async def put_in_force(one: Generation, model: ModelDocument, partitions: set[int] | None = None) -> None:
    numbers = set(range(one.settings.partitions)) if partitions is None else partitions
    await activate(
        one.settings, model, dict.fromkeys(numbers), by="test", rescore=False, rollback=False,
    )  # fmt: skip


async def activations(one: Generation) -> dict[int, list[bytes]]:
    """By partition of its log."""
    told: dict[int, list[bytes]] = {number: [] for number in range(one.settings.partitions)}
    for record in await one.kafka.read_all(LEAD_EVENTS):
        if record.key == MODEL_KEY:
            told[record.partition].append(record.value)
    return told


async def in_force(one: Generation) -> set[str]:
    return {control.models[0].split()[0] for control in (await one.table())[1].values()}


async def test_leads_move_with_every_model_that_took_effect_and_stand_as_they_stood(first: Generation) -> None:
    await first.score(life(leads=60, rounds=2))
    await put_in_force(first, DEARER)
    await first.score(life(leads=60, rounds=2, first=40))
    await put_in_force(first, CHEAPER)
    await first.score(life(leads=40, rounds=1, first=80))
    (told,) = {tuple(values) for values in (await activations(first)).values()}
    before, said = (await first.table())[0], await first.ripe()
    second = first.named("g2", PARTITIONS)

    done = await second.rebuilt()

    assert (60, 60, "log", True) == (done.leads, done.compared, done.base, done.cut_over), done.held_up
    assert before == (await second.table())[0]
    assert {number: list(told) for number in range(PARTITIONS)} == await activations(second)
    assert {"b2b-services@9"} == await in_force(second)
    assert 3 == len({state.model for state in before.values()})
    assert said == await second.ripe()


async def test_an_activation_that_nobody_scored_yet_goes_along_with_what_follows_it(first: Generation) -> None:
    await first.score(life(leads=30, rounds=2))
    await put_in_force(first, DEARER)
    later = life(leads=30, rounds=1, first=40)
    await first.say(later)
    second = first.named("g2", PARTITIONS)

    done = await second.rebuilt()
    await second.score(life(leads=30, rounds=1, first=60))

    assert (True, len(later)) == (done.cut_over, done.unsaid)
    assert [1] * PARTITIONS == [len(values) for values in (await activations(second)).values()]
    assert {"b2b-services@8"} == await in_force(second)
    assert {DEARER.digest.removeprefix("sha256:")[:16]} == {
        state.model for state in (await second.table())[0].values() if not state.episode
    }


async def test_partitions_that_stand_on_different_models_are_not_moved_and_nothing_is_done(first: Generation) -> None:
    await first.score(life(leads=30, rounds=2))
    await put_in_force(first, DEARER, {0})
    await first.score(life(leads=30, rounds=1, first=40))
    second = first.named("g2", PARTITIONS)

    held_up = await second.rebuilt()

    assert (False, 0) == (held_up.cut_over, held_up.copied)
    assert "b2b-services@8 is in force on some partitions, and partition " in held_up.held_up
    assert "never heard of it" in held_up.held_up
    assert "`touchline model apply FILE`" in held_up.next[0]
    await put_in_force(first, DEARER)
    await first.score(life(leads=30, rounds=1, first=60))
    done = await second.rebuilt()
    assert (True, 30) == (done.cut_over, done.compared)
