"""The order of a flush of the score stage: said, remembered, acknowledged; what fails stops everything after it."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord

from agents.changelog import LogEnds
from agents.group_commit import Group
from agents.model_file import PRESET
from agents.producer import Item, Landed, Outbox
from agents.score import Score
from agents.score_partition import ScorePartition
from agents.score_table import GapFound
from agents.settings import Settings
from schemas.lead_event import LeadEvent
from schemas.lead_state import Control
from streams.lead_codec import CONTROL_KEY
from streams.model import read_model
from streams.topology import LEAD_STATE, Topic
from tests.pure.lives import touched


class Diary(Outbox):
    """An out box that writes down what it was to send, and may refuse a topic."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.done: list[str] = []
        self.items: dict[str, list[Item]] = {}
        self.refuses = ""

    async def write(self, topic: Topic, items: Iterable[Item], stamps: Any = None) -> dict[int, list[Landed]]:
        if topic.name == self.refuses:
            raise OSError(f"{topic.name} refused")
        self.done.append(topic.name)
        self.items[topic.name] = list(items)
        return {0: [Landed(0, len(self.items[topic.name]))]}


class Told:
    """A delivery of records, as the transport hands it out."""

    def __init__(self, diary: Diary, records: list[Any]) -> None:
        self.value, self.message, self._diary = records, records[-1], diary

    def ack(self) -> bool:
        self._diary.done.append("acknowledged")
        return True


def stage() -> tuple[Score, Diary]:
    """Score with partition 0, empty, and no broker."""
    settings, text = Settings(), PRESET.read_text()
    model = read_model(text)
    assert not isinstance(model, list)
    score, diary = Score(settings, model, text), Diary(settings)
    score._out, table = diary, score._table
    table._held, table._assigned = {0: ScorePartition(0, 10)}, frozenset({0})
    table._ends = LogEnds(generation="g", partitions=24, first={0: 0}, end={0: 0})
    return score, diary


def group(diary: Diary, offsets: Iterable[int], event: LeadEvent | None = None) -> Group:
    value = msgspec.json.encode(event or touched("demo_request"))
    records = [ConsumerRecord("lead.events", 0, n, 0, 0, b"L1", value, None, 2, 9, ()) for n in offsets]
    return Group([Told(diary, records)], str, lambda: False)


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
