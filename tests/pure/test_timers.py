"""Deadlines of a partition, and when they go onto the log: never twice, never before the inputs are read, paced."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agents.delivery.read_to import Heard, ReadTo
from agents.group_commit import Position
from agents.settings import Settings
from agents.table.deadlines import SPARE, Deadlines
from agents.table.score_partition import ScorePartition
from agents.timers import Timers
from schemas.lead_event import TimerFired
from schemas.lead_state import LeadState
from schemas.log_mark import Watermark
from streams.generations.log_marks import WATERMARK_KEY
from streams.generations.watermarks import InputsRead, Place, read_in, watermark_bytes
from streams.lead_codec import encode
from streams.topology import INPUTS, LEAD_EVENTS
from tests.pure.diary import Diary
from tests.pure.lives import Logged

COUNTS = {topic.name: 2 for topic in INPUTS}
PLACES = [(topic, p) for topic, count in COUNTS.items() for p in range(count)]


def record(deadline_ms: int) -> bytes:
    return encode(LeadState(deadline_ms=deadline_ms), 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 50), st.booleans()), max_size=60))
def test_each_deadline_in_force_comes_up_once_in_its_order_and_no_other(steps: list[tuple[int, int, bool]]) -> None:
    deadlines, naive, fired = Deadlines(), dict[bytes, int](), dict[bytes, int]()
    for number, moment_ms, take in steps:
        if take:
            due = sorted((d, k) for k, d in naive.items() if d <= moment_ms)
            assert due == sorted(deadlines.take(moment_ms, 100))
            for _, lead in due:
                fired[lead] = naive.pop(lead)
        else:
            lead = f"L{number}".encode()
            deadlines.folded({lead: record(moment_ms)})
            if moment_ms and fired.get(lead) != moment_ms:
                naive[lead] = moment_ms
            if not moment_ms:
                naive.pop(lead, None)
            if fired.get(lead) != moment_ms:
                fired.pop(lead, None)
        assert len(naive) == len(deadlines)


def test_deadlines_put_forward_again_and_again_do_not_fill_the_memory() -> None:
    deadlines = Deadlines()
    for deadline_ms in range(100 * SPARE, 0, -1):
        deadlines.folded({b"L1": record(deadline_ms)})

    assert len(deadlines._heap) <= 2 + SPARE
    assert [(1, b"L1")] == deadlines.take(10**9, 100)


class Stand:
    """Timers over one partition, a clock that is set, and an out box that writes down."""

    def __init__(self, **changes: Any) -> None:
        settings = Settings(**changes)
        self.now_ms, self.out = 1_000_000, Diary(settings)
        self.held = ScorePartition(0)
        table: Any = self
        self.timers = Timers(settings, table, lambda: self.now_ms)
        self.timers.assigned()

    def ours(self) -> list[ScorePartition]:
        return [self.held]

    def due(self, *leads: str, at_ms: int) -> None:
        self.held.deadlines.folded({lead.encode(): record(at_ms) for lead in leads})

    def read(self, at_ms: int, places: list[Place] = PLACES) -> None:
        value = watermark_bytes(dict.fromkeys(places, at_ms), COUNTS)
        self.timers.hear(0, [Logged(0, WATERMARK_KEY, value)])

    async def look(self) -> list[tuple[str, bool]]:
        """What fires: (lead, degraded)."""
        self.out.items.clear()
        await self.timers.look(self.out)
        items = self.out.items.get(LEAD_EVENTS.name, [])
        fired = [msgspec.json.decode(value or b"", type=TimerFired) for _, _, value, _ in items]
        return [((key or b"").decode(), one.degraded) for (_, key, _, _), one in zip(items, fired, strict=True)]


async def test_a_deadline_fires_once_when_the_clock_and_every_input_have_passed_it() -> None:
    one = Stand()
    one.due("a", at_ms=1_000_500)
    one.read(2_000_000)
    early = await one.look()
    one.now_ms = 1_000_500

    assert [] == early
    assert [("a", False)] == await one.look()
    one.due("a", at_ms=1_000_500)  # folded before the timer came to its turn
    assert [] == await one.look()


async def test_one_input_partition_that_nobody_spoke_of_holds_every_deadline_until_the_hold_is_over() -> None:
    one = Stand(timer_hold_s=30)
    one.due("a", at_ms=1_000_000)
    one.read(2_000_000, PLACES[1:])
    one.now_ms += 29_999
    held = await one.look()
    one.now_ms += 1

    assert [] == held
    assert [("a", True)] == await one.look()


async def test_deadlines_missed_while_nobody_was_there_are_held_from_the_assignment_on() -> None:
    one = Stand(timer_hold_s=30)
    one.due("a", at_ms=5_000)
    first = await one.look()
    one.read(4_999)
    second = await one.look()
    one.read(5_000)

    assert [[], []] == [first, second]
    assert [("a", False)] == await one.look()


async def test_a_crowd_of_deadlines_is_paced_and_partitions_given_away_fire_none() -> None:
    one = Stand(timers_at_once=3)
    one.due(*"abcdefgh", at_ms=1)
    one.read(2_000_000)
    sizes = [len(await one.look()) for _ in range(2)]
    one.timers.revoked()

    assert [3, 3] == sizes
    assert [] == await one.look()


@given(st.dictionaries(st.sampled_from(PLACES), st.integers(1, 5), min_size=1))
def test_a_watermark_says_what_it_was_told_however_it_is_written(read: dict[Place, int]) -> None:
    assert read == dict(read_in(msgspec.json.decode(watermark_bytes(read, COUNTS), type=Watermark)))


@given(st.lists(st.dictionaries(st.sampled_from(PLACES), st.integers(1, 9)), max_size=20))
def test_all_inputs_are_read_as_far_as_the_least_of_them(said: list[dict[Place, int]]) -> None:
    known, best = InputsRead(), dict.fromkeys(PLACES, 0)
    for read in said:
        known.hear(watermark_bytes(read, COUNTS))
        best.update({place: max(at_ms, best[place]) for place, at_ms in read.items()})

    assert min(best.values()) == known.all_before_ms


def test_a_partition_read_to_its_end_advances_by_answers_asked_for_after_the_last_and_else_stands() -> None:
    position, answers = Position(5), [Heard(100, 5, 5), Heard(100, 5, 5), Heard(200, 5, 5), Heard(300, 7, 5)]
    told = iter(answers)
    look = ReadTo(lambda: {("facts", 0): position}, lambda *_: next(told))
    reached = [look().get(("facts", 0), 0) for _ in answers]

    assert [0, 0, 100, 100] == reached


def test_a_record_that_waits_holds_its_partition_at_the_time_kafka_got_it() -> None:
    position = Position(5)
    look = ReadTo(lambda: {("facts", 0): position}, lambda *_: Heard(900, 9, 9))
    position.waiting.append((8, 700, 701))
    waits = look()
    position.waiting.clear()
    position.acknowledged, position.flushed_ms = 9, 750

    assert [{("facts", 0): 700}, {("facts", 0): 750}] == [waits, look()]
