"""How fast: bursts (n matching touches within a window) and surges (points gained within one), in event time.

A burst fires at the first touch whose window `(t - within, t]` holds n matching touches, counts for as long as it
lasts, then may fire again. A late touch is put in its place and everything after it is judged anew, so the order of
arrival does not matter while touches are at most `LATENESS_MS` late.
"""

from bisect import bisect_left, bisect_right, insort

from msgspec import msgpack

from schemas.lead_state import BurstSeen, SurgeSeen, TouchRef
from schemas.scoring_model import Burst, Surge
from schemas.units import DAY_MS
from streams.scoring.roll import added, entries, rolled

LATENESS_MS = 7 * DAY_MS
"""How late a touch may be and still find its place: as long as the input topics keep it."""


def see_burst(rule: Burst, seen: BurstSeen, ref: TouchRef, clock_ms: int) -> list[int]:
    """Put a matching touch in its place; the times at which the burst now fires and did not before."""
    times, at_ms = seen.times, ref.at_ms
    oldest = clock_ms - rule.within_ms - rule.lasts_ms - LATENESS_MS
    if at_ms <= oldest:
        return []
    if times and times[0] <= oldest:
        del times[: bisect_right(times, oldest)]
        del seen.fired[: bisect_right(seen.fired, oldest)]
    if not times or at_ms > times[-1]:
        times.append(at_ms)
        seen.refs = added(seen.refs, _encode(ref), rule.count)
    else:
        insort(times, at_ms)
        told = sorted([*burst_touches(seen), ref], key=_time_then_id)
        seen.refs = rolled([_encode(one) for one in told[-rule.count :]])
    before = seen.fired[bisect_left(seen.fired, at_ms) :]
    del seen.fired[len(seen.fired) - len(before) :]
    for i in range(bisect_left(times, at_ms), len(times)):
        if seen.fired and times[i] < seen.fired[-1] + rule.lasts_ms:
            continue
        if i + 1 >= rule.count and times[i + 1 - rule.count] > times[i] - rule.within_ms:
            seen.fired.append(times[i])
    return [t for t in seen.fired[bisect_left(seen.fired, at_ms) :] if t not in before]


def burst_touches(seen: BurstSeen) -> list[TouchRef]:
    """The latest touches that match, by time."""
    return [_decode(told) for told in entries(seen.refs)]


def _time_then_id(ref: TouchRef) -> tuple[int, str]:
    return ref.at_ms, ref.touch_id


def burst_counts(rule: Burst, seen: BurstSeen, at_ms: int) -> bool:
    """Is a burst in force at this moment?"""
    last = bisect_right(seen.fired, at_ms)
    return last > 0 and at_ms < seen.fired[last - 1] + rule.lasts_ms


def see_gain(rule: Surge, seen: SurgeSeen, at_ms: int, gain: int, clock_ms: int) -> bool:
    """Put points gained in their place; does a window that holds them reach the surge's gain?"""
    times, gains = seen.times, seen.gains
    oldest = clock_ms - rule.within_ms - LATENESS_MS
    if at_ms <= oldest:
        return False
    if times and times[0] <= oldest:
        stale = bisect_right(times, oldest)
        del times[:stale]
        del gains[:stale]
    place = bisect_right(times, at_ms)
    times.insert(place, at_ms)
    gains.insert(place, gain)
    reach = bisect_left(times, at_ms + rule.within_ms)
    return any(_reached(rule, times, gains, end) for end in range(place, reach))


def lose_gain(seen: SurgeSeen, at_ms: int, gain: int) -> None:
    """Points gained at this time are another touch's; nothing to do once they are forgotten."""
    for i in range(bisect_left(seen.times, at_ms), bisect_right(seen.times, at_ms)):
        if seen.gains[i] >= gain:
            seen.gains[i] -= gain
            return


def surging(rule: Surge, seen: SurgeSeen, at_ms: int) -> bool:
    """Were enough points gained in `(at - within, at]`?"""
    times = seen.times
    end = bisect_right(times, at_ms) - 1
    return end >= 0 and _reached(rule, times, seen.gains, end, at_ms)


def _reached(rule: Surge, times: list[int], gains: list[int], end: int, at_ms: int | None = None) -> bool:
    """Sum backwards from `end` until the window closes; gains are positive, so stop when it is enough."""
    opens = (times[end] if at_ms is None else at_ms) - rule.within_ms
    gained = 0
    while end >= 0 and times[end] > opens:
        gained += gains[end]
        if gained >= rule.gain:
            return True
        end -= 1
    return False


_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(TouchRef).decode
