"""How often identify says how far it has read: often while something comes in, seldom in a quiet hour."""

from typing import Any

from agents.settings import Settings
from agents.watermarks import IDLE_AFTER_S, LOOK_EVERY_S, Watermarks


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def spoken(for_s: float, moves_s: tuple[float, ...] = (), **given: Any) -> list[float]:
    """Seconds at which it speaks, when something is read at these; looked at as often as at work."""
    clock = Clock()
    marks = Watermarks(Settings(partitions=1, **given), dict, clock)
    began_s, told, moves = clock.now_s, list[float](), list(moves_s)
    while clock.now_s - began_s < for_s:
        if moves and clock.now_s - began_s >= moves[0]:
            marks.moved()
            moves.pop(0)
        if marks.due():
            marks._told_s = clock.now_s
            told.append(round(clock.now_s - began_s, 3))
        clock.now_s += LOOK_EVERY_S
    return told


async def test_it_speaks_twice_a_second_for_a_minute_after_the_last_input_and_then_every_five() -> None:
    told = await spoken(IDLE_AFTER_S + 60)
    busy = [at_s for at_s in told if at_s < IDLE_AFTER_S]
    quiet = [at_s for at_s in told if at_s > IDLE_AFTER_S + 5]

    assert 95 <= len(busy) <= 121
    assert 10 <= len(quiet) <= 12


async def test_it_speaks_within_half_a_second_of_something_read_after_a_quiet_time() -> None:
    move_s = IDLE_AFTER_S + 33.0
    told = await spoken(IDLE_AFTER_S + 40, (move_s,))

    assert next(at_s for at_s in told if at_s >= move_s) - move_s <= 0.7


async def test_a_quiet_day_costs_a_partition_a_tenth_of_a_busy_one() -> None:
    quiet_hour = len(await spoken(IDLE_AFTER_S + 3_600)) - len(await spoken(IDLE_AFTER_S))

    assert 24 * quiet_hour <= 24 * 3_600 / 0.5 / 10


async def test_a_pace_slower_than_that_of_quiet_hours_is_kept() -> None:
    assert 4 == len(await spoken(IDLE_AFTER_S + 10, watermark_every_s=20.0))
