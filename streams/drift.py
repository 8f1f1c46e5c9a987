"""How a model's share of leads handed off, and what sales make of them, move over time; and when that is an alarm.

The same formula stands in `deploy/prometheus/rules/drift.yaml`, over counters instead of the log.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import pairwise
from math import sqrt

from msgspec import Struct, field

from schemas.card import Line
from schemas.handoff import HandoffType, Ripe, Trigger, TriggerKind
from schemas.units import DAY_MS, HOUR_MS
from streams.replay.report import share

FEWEST = 50
"""Leads, or answers, on either side: of fewer nothing is said."""
SURE_Z = 3.0
"""Standard errors between the two shares: by chance alone once in 740 looks."""
FOLD = 2.0
"""And this much less, or more: what moved a little is no alarm, however sure."""

COUNTED = (HandoffType.REQUESTED, HandoffType.ACCEPTED, HandoffType.RETURNED)
"""Words on a handoff that are counted here."""


class Tally(Struct, kw_only=True):
    """Words of one batch on handoffs, as counters want them."""

    passed: Counter[str] = field(default_factory=Counter)
    """Leads handed off for the first time, by model."""
    handoffs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (model, word)."""
    rules: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By (model, rule, word): each rule that gave points, or opened the handoff by itself."""


def tally(said: Iterable[Ripe]) -> Tally:
    """Count what the score says of handoffs."""
    done = Tally()
    for word in said:
        if word.type not in COUNTED:
            continue
        kind = word.type.value
        done.handoffs[word.model, kind] += 1
        done.passed[word.model] += word.type is HandoffType.REQUESTED and word.episode == 1
        for rule in contributing(word.breakdown, word.fit_breakdown, word.trigger):
            done.rules[word.model, rule, kind] += 1
    return done


def contributing(breakdown: Iterable[Line], fit_breakdown: Iterable[Line], trigger: Trigger) -> set[str]:
    """Rules that gave points, and the surge or fast path that opened the handoff whatever the points were."""
    rules = {line.rule for lines in (breakdown, fit_breakdown) for line in lines if line.points > 0}
    return rules if trigger.kind is TriggerKind.THRESHOLD else rules | {trigger.rule}


class Flow(Struct, kw_only=True):
    """What happened in a span of time."""

    new: int = 0
    """Leads seen for the first time."""
    passed: int = 0
    """Leads handed off for the first time."""
    requested: int = 0
    """Handoffs, later ones of a lead too."""
    accepted: int = 0
    returned: int = 0

    def add(self, other: "Flow") -> None:
        """Sum."""
        self.new += other.new
        self.passed += other.passed
        self.requested += other.requested
        self.accepted += other.accepted
        self.returned += other.returned

    def count(self, word: HandoffType) -> None:
        """One word on a handoff."""
        match word:
            case HandoffType.REQUESTED:
                self.requested += 1
            case HandoffType.ACCEPTED:
                self.accepted += 1
            case HandoffType.RETURNED:
                self.returned += 1

    @property
    def pass_rate(self) -> float | None:
        """Handed off, of the new ones. A lead may be new in one span and be handed off in the next."""
        return share(self.passed, self.new)

    @property
    def return_rate(self) -> float | None:
        """Handed back, of those accepted or handed back."""
        return share(self.returned, self.accepted + self.returned)


class History(Struct):
    """The flows of each model, by the hour, and of each of its rules."""

    hours: dict[tuple[int, str], Flow] = {}
    """By (ms of the hour, model)."""
    rules: dict[tuple[str, str], Flow] = {}
    """By (model, rule)."""

    def lead(self, model: str, at_ms: int) -> None:
        """A lead was seen for the first time, and this model judged it."""
        self._hour(model, at_ms).new += 1

    def word(self, model: str, at_ms: int, word: HandoffType, rules: Iterable[str], *, first: bool) -> None:
        """Something was said of a handoff that this model opened; `first`: the first of its lead."""
        flow = self._hour(model, at_ms)
        flow.count(word)
        flow.passed += first and word is HandoffType.REQUESTED
        for rule in rules:
            self.rules.setdefault((model, rule), Flow()).count(word)

    def _hour(self, model: str, at_ms: int) -> Flow:
        return self.hours.setdefault((at_ms - at_ms % HOUR_MS, model), Flow())

    def models(self) -> list[str]:
        """In the order in which they began to judge new leads; those that never did, before them."""
        began = {
            model: min((at for (at, name), flow in self.hours.items() if name == model and flow.new), default=-1)
            for model in {name for _, name in self.hours}
        }
        return sorted(began, key=lambda model: (began[model], model))

    def flow(self, model: str, since_ms: int = 0, until_ms: int | None = None) -> Flow:
        """Of one model, of the hours that begin within a span."""
        done = Flow()
        for (hour_ms, name), flow in self.hours.items():
            if name == model and since_ms <= hour_ms and (until_ms is None or hour_ms < until_ms):
                done.add(flow)
        return done

    def spans(self, length_ms: int, offset_ms: int = 0) -> Iterator[tuple[int, str, Flow]]:
        """(beginning, model, flow) of successive spans, those without any left out."""
        done: dict[tuple[int, str], Flow] = {}
        for (hour_ms, model), flow in self.hours.items():
            begin_ms = hour_ms - (hour_ms - offset_ms) % length_ms
            done.setdefault((begin_ms, model), Flow()).add(flow)
        for (begin_ms, model), flow in sorted(done.items(), key=lambda one: one[0]):
            yield begin_ms, model, flow


class Finding(StrEnum):
    """What a share did."""

    FELL = "fell"
    ROSE = "rose"
    STEADY = "steady"
    TOO_FEW = "too_few"


class Share(Struct, frozen=True):
    """A part of a whole."""

    part: int
    whole: int

    @property
    def rate(self) -> float:
        """Of nothing it is 0."""
        return self.part / self.whole if self.whole else 0.0


class Verdict(Struct, frozen=True, kw_only=True):
    """One share now, beside what it was."""

    what: str
    """`pass rate` or `return rate`."""
    model: str
    before: str
    """The model whose share is the measure: the version before, or the same one earlier."""
    now: Share
    then: Share
    z: float
    finding: Finding
    recent: bool
    """The last 24 hours against the days before; otherwise one version against the other."""

    @property
    def alarm(self) -> bool:
        """A pass rate alarms whichever way it goes, a return rate when it rises."""
        return self.finding is Finding.ROSE or (self.finding is Finding.FELL and self.what == PASS_RATE)


PASS_RATE, RETURN_RATE = "pass rate", "return rate"


def z_of(now: Share, then: Share) -> float:
    """How many standard errors lie between two shares, were they of one kind; 0: nothing can be said.

    z = (p1 - p2) / sqrt(p (1 - p) (1/n1 + 1/n2)), p of both together: NIST/SEMATECH e-Handbook of Statistical Methods,
    7.3.3, "How can we determine whether two processes produce the same proportion of defectives?"
    """
    if not now.whole or not then.whole:
        return 0.0
    together = (now.part + then.part) / (now.whole + then.whole)
    error = sqrt(max(0.0, together * (1 - together)) * (1 / now.whole + 1 / then.whole))
    return (now.rate - then.rate) / error if error else 0.0


def finding_of(now: Share, then: Share) -> Finding:
    """Sure, and at least twofold: then it moved."""
    if min(now.whole, then.whole) < FEWEST:
        return Finding.TOO_FEW
    z = z_of(now, then)
    if z <= -SURE_Z and now.rate * FOLD <= then.rate:
        return Finding.FELL
    if z >= SURE_Z and now.rate >= then.rate * FOLD:
        return Finding.ROSE
    return Finding.STEADY


def verdicts(history: History, now_ms: int) -> list[Verdict]:
    """Each version against the one before it, and the last one's last 24 hours against its days before."""
    models = [model for model in history.models() if history.flow(model).new]
    done: list[Verdict] = []
    for before, model in pairwise(models):
        done += _both(model, before, history.flow(model), history.flow(before), recent=False)
    if models:
        model, day_ms = models[-1], now_ms - DAY_MS
        earlier = history.flow(model, until_ms=day_ms)
        if earlier.new:
            done += _both(model, model, history.flow(model, day_ms), earlier, recent=True)
    return done


def _both(model: str, before: str, now: Flow, then: Flow, *, recent: bool) -> list[Verdict]:
    shares = (
        (PASS_RATE, Share(min(now.passed, now.new), now.new), Share(min(then.passed, then.new), then.new)),
        (RETURN_RATE, Share(now.returned, now.accepted + now.returned),
         Share(then.returned, then.accepted + then.returned)),
    )  # fmt: skip
    return [
        Verdict(
            what=what, model=model, before=before, now=ours, then=theirs, z=z_of(ours, theirs),
            finding=finding_of(ours, theirs), recent=recent,
        )
        for what, ours, theirs in shares
    ]  # fmt: skip
