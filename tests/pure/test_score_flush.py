"""The order of a flush of the score stage: said, remembered, acknowledged; what fails stops everything after it."""

from collections.abc import Sequence

import msgspec
import pytest

from agents.group_commit import Group
from agents.model_file import PRESET
from agents.score import Score
from agents.score_table import GapFound
from agents.settings import Settings
from agents.table.changelog import LogEnds
from agents.table.score_partition import ScorePartition
from schemas.lead_state import Control
from streams.lead_codec import CONTROL_KEY
from streams.model import read_model
from streams.topology import LEAD_STATE
from tests.pure import diary as diary_of
from tests.pure.diary import Diary
from tests.pure.lives import touched


def stage() -> tuple[Score, Diary]:
    """Score with partition 0, empty, and no broker."""
    settings, text = Settings(), PRESET.read_text()
    model = read_model(text)
    assert not isinstance(model, list)
    score, diary = Score(settings, model, text), Diary(settings)
    score._out, table = diary, score._table
    table._held, table._assigned = {0: ScorePartition(0)}, frozenset({0})
    table._ends = LogEnds(generation="g", partitions=24, first={0: 0}, end={0: 0})
    return score, diary


def group(diary: Diary, offsets: Sequence[int]) -> Group:
    value = msgspec.json.encode(touched("demo_request"))
    return diary_of.group(diary, "lead.events", [value] * len(offsets), offsets)


async def test_outputs_are_durable_before_states_and_states_before_the_acknowledgement() -> None:
    score, diary = stage()
    await score.flush(group(diary, [0]))

    assert {"lead.cards", "lead.ledger", "lead.stages"} <= set(diary.done[:-2])
    assert [LEAD_STATE.name, "acknowledged"] == diary.done[-2:]


async def test_the_control_record_is_the_last_of_a_flush_and_names_its_last_offset() -> None:
    score, diary = stage()
    await score.flush(group(diary, [0, 1, 2]))

    keys = [key for _, key, _, _ in diary.items[LEAD_STATE.name]]
    assert [b"L1", CONTROL_KEY] == keys
    assert 2 == msgspec.json.decode(diary.items[LEAD_STATE.name][-1][2] or b"", type=Control).applied


@pytest.mark.parametrize("topic", ["lead.cards", "lead.ledger", "lead.stages", "lead.state"])
async def test_what_a_broker_refuses_is_neither_remembered_nor_acknowledged(topic: str) -> None:
    score, diary = stage()
    diary.refuses = topic
    with pytest.raises(OSError, match="refused"):
        await score.flush(group(diary, [0]))

    assert {LEAD_STATE.name, "acknowledged"}.isdisjoint(diary.done)


@pytest.mark.parametrize("offsets", [[1], [0, 2], [5, 6]])
async def test_a_gap_in_the_log_stops_the_stage_before_anything_is_written(offsets: list[int]) -> None:
    score, diary = stage()
    with pytest.raises(GapFound, match="wanted offset 0 next"):
        await score.flush(group(diary, offsets))

    assert [] == diary.done
