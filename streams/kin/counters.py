"""What two leads counted for one rule, as one: as if the touches of both had come to one lead in their own time."""

from collections import Counter as Times
from heapq import merge
from itertools import islice
from math import exp2

from schemas.lead_state import Counted, Daily, Decayed, Firsts, Tally, Windowed
from streams.scoring.counting import Counter


def united(counter: Counter, ours: Counted, theirs: Counted, doubled: int) -> list[int]:
    """Take theirs into ours; the times of touches that gain nothing any more: repeats, now that both are one lead.

    `doubled`: how many events came to both. Where times are kept, that many alike are one touch; a sum cannot tell.
    """
    match ours, theirs:
        case Tally(), Tally():
            ours.n += theirs.n
        case Decayed(), Decayed():
            _decayed(ours, theirs, counter.rule.half_life_ms or 1)
        case Windowed(), Windowed():
            ours.times, lost = together(ours.times, theirs.times, doubled)
            return lost
        case Firsts(), Firsts():
            return _firsts(ours, theirs)
        case Daily(), Daily():
            return _daily(ours, theirs, counter.rule.repeat.per_day, doubled)
        case _:
            raise TypeError(f"{counter.rule.name}: two leads under one model count it by different counters")
    return []


def together(ours: list[int], theirs: list[int], doubled: int) -> tuple[list[int], list[int]]:
    """Ascending times of both in one list, and those left out since they are the same touch."""
    whole = list(merge(ours, theirs))
    alike = list(islice((Times(ours) & Times(theirs)).elements(), doubled)) if doubled else []
    for at_ms in alike:
        whole.remove(at_ms)
    return whole, alike


def _decayed(ours: Decayed, theirs: Decayed, half_life_ms: int) -> None:
    """Both sums as of the later landmark: shrinking loses nothing that counts, growing might be too much."""
    landmark_ms = max(ours.landmark_ms, theirs.landmark_ms)
    ours.sum = sum(one.sum * exp2((one.landmark_ms - landmark_ms) / half_life_ms) for one in (ours, theirs))
    ours.n, ours.landmark_ms = ours.n + theirs.n, landmark_ms


def _firsts(ours: Firsts, theirs: Firsts) -> list[int]:
    lost = []
    for value, at_ms in theirs.first_ms.items():
        first_ms = ours.first_ms.get(value)
        if first_ms is not None:
            lost.append(max(first_ms, at_ms))
        ours.first_ms[value] = at_ms if first_ms is None else min(first_ms, at_ms)
    return lost


def _daily(ours: Daily, theirs: Daily, most: int, doubled: int) -> list[int]:
    lost = []
    for day, times in theirs.times.items():
        whole, alike = together(ours.times.get(day, []), times, doubled)
        ours.times[day] = whole[:most]
        lost += [*alike, *whole[most:]]
    return lost
