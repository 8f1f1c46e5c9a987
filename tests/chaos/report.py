"""What runs came to, in one line of figures."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tests.chaos.driver import Ran
from tests.chaos.fleet import failed


class Report(Struct, frozen=True, kw_only=True):
    """Of one seed. Field names are read by others: they stay."""

    inputs: int
    touches: int
    counted: float
    lost: int
    twice: int
    people: int
    merges: int
    handed_on: int
    welded: int
    apart: int
    withdrawn: int
    handoffs: int
    handoffs_missing: int
    handoff_repeats: int
    faults: int
    faults_by_kind: dict[str, int]
    same_id_again: int
    logged_again: int
    compacted: int
    """Records of the score table's changelog."""
    snapshots: int
    """Times a worker put its partitions into the folder."""
    snapshots_refused: int
    """Times the folder would not take them."""
    restarts: int
    ended_by_themselves: int
    reasons: dict[str, int]
    """Stated by those; without one the run is not well."""
    liveness_failures: int
    """Three in a row not answered."""
    liveness_misses: dict[str, int]
    """Single ones, by worker."""
    settled: bool
    wrong: list[str]
    seeds: list[int]
    seconds: float

    @classmethod
    def of(cls, ran: Ran, seed: int, took_s: float) -> "Report":
        """Of a run."""
        verdict = {k: v for k, v in msgspec.structs.asdict(ran.verdict).items() if k != "wrong"}
        scores = [
            line["event"] for slot in ran.fleet.slots.values() if slot.stage == "score" for line in slot.log_lines(0)
        ]
        kinds = Counter(strike.fault.value for *_, strike in ran.struck)
        silent = [
            f"{ended.worker} ended with {ended.code} and no reason" for ended in ran.fleet.ended if not ended.reason
        ]
        return cls(
            **verdict,
            faults=len(ran.struck),
            faults_by_kind=dict(sorted(kinds.items())),
            snapshots=scores.count("snapshots taken"),
            snapshots_refused=scores.count("snapshot failed"),
            restarts=ran.fleet.restarts,
            ended_by_themselves=len(ran.fleet.ended),
            reasons=dict(Counter(ended.reason for ended in ran.fleet.ended)),
            liveness_failures=sum(failed(told) for told in ran.fleet.asked.values()),
            liveness_misses=dict(
                Counter(name for name, told in ran.fleet.asked.items() for asked in told if not asked.live)
            ),
            settled=not ran.unsettled,
            wrong=[*ran.verdict.wrong, *([ran.unsettled] if ran.unsettled else []), *silent],
            seeds=[seed],
            seconds=round(took_s, 1),
        )

    @property
    def well(self) -> bool:
        """Nothing lost, doubled, missing or silent."""
        bad = (
            self.lost or self.twice or self.welded or self.apart or self.handoffs_missing or self.handoff_repeats
            or self.liveness_failures
        )  # fmt: skip
        return not bad and self.settled and not self.wrong


def total(reports: Sequence[Report]) -> Report:
    """All seeds together."""
    figures = msgspec.structs.asdict(reports[0])
    for report in reports[1:]:
        figures = {name: _joined(mine, getattr(report, name)) for name, mine in figures.items()}
    return Report(**figures)


def _joined(mine: Any, other: Any) -> Any:
    match mine:
        case bool():
            return mine and other
        case dict():
            return dict(Counter(mine) + Counter(other))
        case float():
            return round(mine + other, 1)
    return mine + other
