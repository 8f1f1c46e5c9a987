"""What a replay found: counters and a bounded number of examples, summed over the partitions of the log."""

from enum import StrEnum
from heapq import nlargest

from msgspec import Struct, field


class Change(StrEnum):
    """What the candidate does differently for a lead, by its first handoff."""

    ADDITIONAL = "additional"
    NO_LONGER = "no_longer"
    EARLIER = "earlier"
    LATER = "later"


class Example(Struct, frozen=True, kw_only=True):
    """A lead that the candidate treats otherwise."""

    lead_id: str
    current_ms: int | None
    """First handoff by the model in force; null: none."""
    candidate_ms: int | None
    engagement: float
    """Points when it was handed off: by the candidate, or where it hands off no longer, by the model in force."""
    why: str
    outcome: str = ""
    """What came of the lead, as the log says: `won`, `accepted`, `returned`, `lost`; empty: nothing is known."""

    @property
    def by_ms(self) -> int:
        """How much earlier or later; 0 where one of them hands off never."""
        if self.current_ms is None or self.candidate_ms is None:
            return 0
        return abs(self.candidate_ms - self.current_ms)


class Week(Struct, kw_only=True):
    """Seven days from a Monday, UTC."""

    new: int = 0
    """Leads that the log shows for the first time."""
    current: int = 0
    """Leads handed off, each once a week."""
    candidate: int = 0

    def add(self, other: "Week") -> None:
        """Sum."""
        self.new += other.new
        self.current += other.current
        self.candidate += other.candidate


class Answered(Struct, kw_only=True):
    """What became of some leads."""

    leads: int = 0
    heard: int = 0
    """Of whom the CRM said something."""
    accepted: int = 0
    """Accepted and not returned since."""
    returned: int = 0
    won: int = 0
    lost: int = 0

    def count(self, outcome: "Outcome") -> None:
        """One lead more."""
        self.leads += 1
        self.heard += outcome.taken != 0 or outcome.dealt != 0
        self.accepted += outcome.accepted
        self.returned += outcome.returned
        self.won += outcome.won
        self.lost += outcome.lost

    def add(self, other: "Answered") -> None:
        """Sum."""
        self.leads += other.leads
        self.heard += other.heard
        self.accepted += other.accepted
        self.returned += other.returned
        self.won += other.won
        self.lost += other.lost

    @property
    def acceptance(self) -> float | None:
        """Accepted of all that were accepted or returned; null: none was."""
        return share(self.accepted, self.accepted + self.returned)

    @property
    def win_rate(self) -> float | None:
        """Won of all that were won or lost."""
        return share(self.won, self.won + self.lost)


class Outcome(Struct, gc=False):
    """What the CRM said of one lead: the later word wins, of acceptance and of the deal apart."""

    taken: int = 0
    """1 accepted, -1 returned; 0: no word."""
    taken_ms: int = 0
    dealt: int = 0
    """1 won, -1 lost."""
    dealt_ms: int = 0

    @property
    def accepted(self) -> bool:
        """A deal was won or lost by somebody who took the lead, too, where nothing else is known."""
        return self.taken > 0 or (self.taken == 0 and self.dealt != 0)

    @property
    def returned(self) -> bool:
        """Handed back."""
        return self.taken < 0

    @property
    def won(self) -> bool:
        """A deal."""
        return self.dealt > 0

    @property
    def lost(self) -> bool:
        """None."""
        return self.dealt < 0

    def __str__(self) -> str:
        return "won" if self.won else "lost" if self.lost else "returned" if self.returned else "accepted"


class Judged(Struct, kw_only=True):
    """One model on the log."""

    handoffs: int = 0
    leads: int = 0
    """Handed off at least once."""
    withdrawn: int = 0
    answered: Answered = field(default_factory=Answered)
    """What became of the leads it hands off."""
    rules: dict[str, Answered] = {}
    """The same of those to whose handoff a rule contributed."""
    spread: dict[int, int] = {}
    """Leads by engagement at the end, in steps of ten points: the step's lower line."""

    def add(self, other: "Judged") -> None:
        """Sum."""
        self.handoffs += other.handoffs
        self.leads += other.leads
        self.withdrawn += other.withdrawn
        self.answered.add(other.answered)
        for rule, answered in other.rules.items():
            self.rules.setdefault(rule, Answered()).add(answered)
        for step, leads in other.spread.items():
            self.spread[step] = self.spread.get(step, 0) + leads


class Report(Struct, kw_only=True):
    """The comparison, of one partition or of all."""

    events: int = 0
    leads: int = 0
    answered: Answered = field(default_factory=Answered)
    """All leads of whom the CRM said something."""
    current: Judged = field(default_factory=Judged)
    candidate: Judged = field(default_factory=Judged)
    changes: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))
    examples: dict[Change, list[Example]] = field(default_factory=lambda: {change: [] for change in Change})
    weeks: dict[int, Week] = {}
    """By the ms of their Monday."""
    first_ms: int = 0
    """When the first record that was folded was written; 0: there is none."""

    def add(self, other: "Report", most: int) -> None:
        """Sum, with at most so many examples of each kind."""
        self.events += other.events
        self.leads += other.leads
        self.answered.add(other.answered)
        self.current.add(other.current)
        self.candidate.add(other.candidate)
        for change, count in other.changes.items():
            self.changes[change] += count
            self.examples[change] = foremost(change, [*self.examples[change], *other.examples[change]], most)
        for monday, week in other.weeks.items():
            self.weeks.setdefault(monday, Week()).add(week)
        self.first_ms = min(filter(None, (self.first_ms, other.first_ms)), default=0)


def foremost(change: Change, examples: list[Example], most: int) -> list[Example]:
    """Those that say most: the greatest shift, or the highest score; in an order that no partition changes."""
    if change in (Change.EARLIER, Change.LATER):
        return nlargest(most, examples, key=lambda one: (one.by_ms, one.lead_id))
    return nlargest(most, examples, key=lambda one: (one.engagement, one.lead_id))


def share(part: int, whole: int) -> float | None:
    """Null: of nothing there is no share."""
    return part / whole if whole else None
