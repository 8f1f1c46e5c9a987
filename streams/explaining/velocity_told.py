"""How fast the score was gained: bursts and surges, with the touches in their windows."""

from bisect import bisect_right

from schemas.explained_lines import BurstTold, Standing, SurgeTold
from schemas.scoring_model import Burst
from schemas.units import MICRO
from streams.explaining.rules_told import touch_behind
from streams.explaining.trace import Seen, Traced
from streams.moments import rfc3339, span
from streams.scoring.velocity import burst_counts


def bursts_told(traced: Traced, at_ms: int) -> list[BurstTold]:
    """Every burst of which a matching touch was seen."""
    return [_told(burst, traced, at_ms) for name, burst in traced.judge.bursts.items() if name in traced.state.bursts]


def _told(burst: Burst, traced: Traced, at_ms: int) -> BurstTold:
    seen = traced.state.bursts[burst.name]
    counts = burst_counts(burst, seen, at_ms)
    before = bisect_right(seen.fired, at_ms)
    fired_ms = seen.fired[before - 1] if before else None
    end_ms = fired_ms if counts and fired_ms is not None else at_ms
    matching = [
        one for one in traced.touches
        if one.touch.kind in burst.of and end_ms - burst.within_ms < one.touch.at_ms <= end_ms
    ]  # fmt: skip
    return BurstTold(
        burst=burst.name,
        kinds=list(burst.of),
        points=burst.points / MICRO if counts else 0.0,
        needs=burst.count,
        within=span(burst.within_ms),
        seen=sum(at_ms - burst.within_ms < t <= at_ms for t in seen.times),
        fired_at=None if fired_ms is None else rfc3339(fired_ms),
        until=rfc3339(fired_ms + burst.lasts_ms) if counts and fired_ms is not None else None,
        touches=[touch_behind(one, 0, 0.0, Standing.COUNTS) for one in sorted(matching, key=_latest_first)],
    )


def _latest_first(one: Seen) -> tuple[int, int]:
    return -one.touch.at_ms, -one.log_offset


def surges_told(traced: Traced, at_ms: int) -> list[SurgeTold]:
    """Every surge, with the points gained in the window that ends now."""
    told = []
    for name, surge in traced.judge.surges.items():
        seen = traced.state.surges.get(name)
        gained = 0
        if seen is not None:
            pairs = zip(seen.times, seen.gains, strict=True)
            gained = sum(gain for t, gain in pairs if at_ms - surge.within_ms < t <= at_ms)
        told.append(
            SurgeTold(
                surge=name, gained=gained / MICRO, needs=surge.gain / MICRO, within=span(surge.within_ms),
                hand_off=surge.hand_off,
            )
        )  # fmt: skip
    return told
