"""Bursts and surges of two leads as those of one: bursts fire anew over the touches of both, gains stand together."""

from bisect import bisect_right

from msgspec import msgpack

from schemas.lead_state import BurstSeen, LeadState, SurgeSeen
from schemas.scoring_model import Burst, Surge
from streams.judge import Judge
from streams.kin.counters import together
from streams.scoring.roll import rolled
from streams.scoring.velocity import LATENESS_MS, burst_touches, lose_gain, surging


def unite_bursts(ours: LeadState, theirs: LeadState, judge: Judge, doubled: int) -> None:
    """Take theirs into ours, whose clock is that of both; `theirs` has its own still."""
    for name, seen in theirs.bursts.items():
        own = ours.bursts.setdefault(name, BurstSeen([], b"", []))
        _unite(judge.bursts[name], own, seen, ours.as_of_ms, doubled)


def _unite(rule: Burst, ours: BurstSeen, theirs: BurstSeen, clock_ms: int, doubled: int) -> None:
    """Before the horizon of a lead its touches are forgotten, and only that it fired is known."""
    horizon_ms = rule.within_ms + rule.lasts_ms + LATENESS_MS
    known_ms = max((seen.times[-1] - horizon_ms for seen in (ours, theirs) if seen.times), default=0)
    times, _ = together(ours.times, theirs.times, doubled)
    told = {(ref.at_ms, ref.touch_id): ref for seen in (ours, theirs) for ref in burst_touches(seen)}
    ours.refs = rolled([msgpack.encode(told[key]) for key in sorted(told)[-rule.count :]])
    fired: list[int] = []
    for at_ms in sorted({*ours.fired, *theirs.fired}):
        if at_ms <= known_ms and not (fired and at_ms < fired[-1] + rule.lasts_ms):
            fired.append(at_ms)
    for i in range(bisect_right(times, known_ms), len(times)):
        if fired and times[i] < fired[-1] + rule.lasts_ms:
            continue
        if i + 1 >= rule.count and times[i + 1 - rule.count] > times[i] - rule.within_ms:
            fired.append(times[i])
    oldest = clock_ms - horizon_ms
    ours.times = times[bisect_right(times, oldest) :]
    ours.fired = fired[bisect_right(fired, oldest) :]


def unite_surges(ours: LeadState, theirs: LeadState, judge: Judge, lost: list[tuple[int, int]]) -> str:
    """Take theirs into ours, but for gains lost to repeats (time, micro-points); a surge that only both make."""
    made = ""
    for name, surge in judge.surges.items():
        one, other = ours.surges.get(name), theirs.surges.get(name)
        both = _summed(surge, one or SurgeSeen([], []), other or SurgeSeen([], []), ours.as_of_ms)
        for at_ms, points in lost:
            lose_gain(both, at_ms, points)
        if one is not None and other is not None and not made and _anew(surge, both, one, other):
            made = name
        if one is not None or other is not None:
            ours.surges[name] = both
    return made


def _summed(surge: Surge, one: SurgeSeen, other: SurgeSeen, clock_ms: int) -> SurgeSeen:
    oldest = clock_ms - surge.within_ms - LATENESS_MS
    gained = [*zip(one.times, one.gains, strict=True), *zip(other.times, other.gains, strict=True)]
    kept = sorted((gain for gain in gained if gain[0] > oldest), key=lambda gain: gain[0])
    return SurgeSeen([at_ms for at_ms, _ in kept], [points for _, points in kept])


def _anew(surge: Surge, both: SurgeSeen, one: SurgeSeen, other: SurgeSeen) -> bool:
    """Was enough gained at some moment, and by neither alone?"""
    return any(
        surging(surge, both, at_ms) and not surging(surge, one, at_ms) and not surging(surge, other, at_ms)
        for at_ms in both.times
    )
