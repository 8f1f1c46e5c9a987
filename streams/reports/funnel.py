"""The way through stages or levels: who goes on, who is lost between neighbours, and how long each holds them.

The order is that in which leads come to them, unless somebody gives it: stages are data, each deployment has its own.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from schemas.journal import StageChanged
from schemas.units import DAY_MS, SECOND_MS
from streams.moments import to_ms
from streams.replay.report import share

DAY_S = DAY_MS / SECOND_MS
NONE = "none"
"""Before the first, or after one was lost."""


class Step(Struct, frozen=True, kw_only=True):
    """One stage."""

    name: str
    reached: int
    """Leads that were ever in it."""
    went_on: int
    """Of them, later in one further on."""
    still: int
    """Of the others, in it now."""
    lost: int
    """Of the others, gone: back, aside, or out of all."""
    mean_days: float | None
    """A stay that has ended took so long; None: none has."""

    @property
    def passed(self) -> float | None:
        """Share that went on."""
        return share(self.went_on, self.reached)

    @property
    def loss(self) -> float | None:
        """Share that was lost."""
        return share(self.lost, self.reached)


class Crossing(Struct, frozen=True, kw_only=True):
    """From one stage to another."""

    begin: str
    end: str
    count: int
    mean_days: float | None


class _Lead(Struct):
    path: list[tuple[int, int, str]] = []
    """(moment, number of the word, stage)."""


class Funnel(Struct):
    """Of one dimension."""

    dimension: str
    since_ms: int = 0
    leads: dict[str, _Lead] = field(default_factory=dict)
    crossings: dict[tuple[str, str], list[float | None]] = field(default_factory=dict)
    said: set[tuple[str, str, str, str]] = field(default_factory=set)

    def hear(self, word: StageChanged) -> None:
        """A transition; a repeat changes nothing, and what another model alone changed is no lead's way."""
        if word.dimension != self.dimension or word.cause == "model":
            return
        mark = word.lead_id, word.at, word.previous, word.to
        at_ms = to_ms(datetime.fromisoformat(word.at))
        if mark in self.said or at_ms < self.since_ms:
            return
        self.said.add(mark)
        lead = self.leads.setdefault(word.lead_id, _Lead(path=[]))
        if not lead.path and word.previous:
            lead.path.append((at_ms - round((word.seconds_in_from or 0) * SECOND_MS), -1, word.previous))
        lead.path.append((at_ms, len(self.said), word.to))
        crossed = word.previous or NONE, word.to or NONE
        self.crossings.setdefault(crossed, []).append(word.seconds_in_from)

    def order(self) -> list[str]:
        """Stages by how many others a lead has seen when it first comes to them, on average."""
        ranks: dict[str, list[int]] = {}
        for lead in self.leads.values():
            firsts = list(dict.fromkeys(stage for _, _, stage in sorted(lead.path) if stage))
            for rank, stage in enumerate(firsts):
                ranks.setdefault(stage, []).append(rank)
        return sorted(ranks, key=lambda stage: (sum(ranks[stage]) / len(ranks[stage]), -len(ranks[stage]), stage))

    def steps(self, order: Sequence[str] = ()) -> list[Step]:
        """One for each stage of the order; stages outside of it are aside: who is there is lost to it."""
        names = list(order) or self.order()
        place = {name: number for number, name in enumerate(names)}
        tally = {name: [0, 0, 0, 0] for name in names}
        for lead in self.leads.values():
            path = [stage for _, _, stage in sorted(lead.path)]
            furthest = max((place[stage] for stage in path if stage in place), default=-1)
            for stage in {stage for stage in path if stage in place}:
                row = tally[stage]
                row[0] += 1
                row[1 if furthest > place[stage] else 2 if path[-1] == stage else 3] += 1
        return [
            Step(name=name, reached=row[0], went_on=row[1], still=row[2], lost=row[3], mean_days=self._days(name))
            for name, row in tally.items()
        ]

    def crossed(self) -> list[Crossing]:
        """Every transition, the most frequent first."""
        return [
            Crossing(begin=begin, end=end, count=len(stays), mean_days=_mean_days(stays))
            for (begin, end), stays in sorted(self.crossings.items(), key=lambda one: (-len(one[1]), one[0]))
        ]

    def _days(self, name: str) -> float | None:
        return _mean_days([stay for (begin, _), stays in self.crossings.items() if begin == name for stay in stays])


def _mean_days(stays: Sequence[float | None]) -> float | None:
    known = [stay for stay in stays if stay is not None]
    return sum(known) / len(known) / DAY_S if known else None
