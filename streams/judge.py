"""A scoring model made ready to judge: rules indexed by kind, globs compiled, days known. One per model in force."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.condition import Aged, Soon
from schemas.lead_event import TouchSeen
from schemas.scoring_model import Burst, Criterion, Label, Rule, ScoringModel, Surge
from schemas.units import DAY_MS
from streams.model import model_digest
from streams.model.facts import DERIVED
from streams.moments import EPOCH
from streams.scoring.counting import Counter, counter_of

QUARTER_MS = 15 * 60 * 1000
"""Zones change their offset at quarter hours at the finest, so a quarter hour lies within one day."""


def glob(pattern: str) -> Callable[[str], bool]:
    """`*` stands for any run of characters, `/` included; case is ignored."""
    if "*" not in pattern:
        exact = pattern.casefold()
        return lambda text: text.casefold() == exact
    compiled = re.compile(".*".join(map(re.escape, pattern.casefold().split("*"))), re.DOTALL)
    return lambda text: compiled.fullmatch(text.casefold()) is not None


def any_glob(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """True for a text that matches one of the patterns; no patterns: for any text."""
    if not patterns:
        return lambda _text: True
    tests = [glob(p) for p in patterns]
    return lambda text: any(test(text) for test in tests)


class Judge:
    """Everything the fold asks of a model. Immutable."""

    def __init__(self, model: ScoringModel, digest: str = "") -> None:
        self.model = model
        self.name = f"{model.model}@{model.version}"
        self.digest = digest or model_digest(model)
        self.rules: dict[str, Rule] = {r.name: r for r in model.rules}
        self.counters: dict[str, Counter] = {r.name: counter_of(r, self.day) for r in model.rules}
        self.groups = model.groups
        self.bursts: dict[str, Burst] = {b.name: b for b in model.bursts}
        self.surges: dict[str, Surge] = {s.name: s for s in model.surges}
        self.surges_that_hand_off = tuple(s for s in model.surges if s.hand_off)
        self.criteria: tuple[Criterion, ...] = (*model.primary, *model.secondary)
        self.fact_types = {f.name: f.type for f in model.facts} | DERIVED
        self.scales = {f.name: f.values for f in model.facts if f.values}
        self.zone = ZoneInfo(model.time_zone)
        self.moving_facts = frozenset(c.fact for c in self.criteria if isinstance(c.test, Aged | Soon))
        """Facts whose worth time alone can change."""
        self.engagement_moves = bool(model.bursts) or any(r.half_life_ms or r.window_ms for r in model.rules)
        """Can time alone change an engagement?"""
        self._bursts_of = _by_kind(model.bursts)
        self._tests = {r.name: _touch_test(r) for r in model.rules}
        self._by_kind: dict[str, list[Rule]] = {}
        for rule in model.rules:
            for kind in rule.when:
                self._by_kind.setdefault(kind, []).append(rule)
        self._match = lru_cache(maxsize=65_536)(self._rules_for)
        self.day_of = lru_cache(maxsize=65_536)(self._day_of_quarter) if model.time_zone != "UTC" else None

    @classmethod
    def of(cls, model: ScoringModel) -> "Judge":
        """The judge of a model."""
        return cls(model)

    def matching(self, touch: TouchSeen) -> tuple[Counter, ...]:
        """The counters of the engagement rules that count this touch, in the model's order."""
        return self._match(touch.kind, touch.page, touch.channel, touch.source, touch.campaign)

    def _rules_for(self, kind: str, page: str, channel: str, source: str, campaign: str) -> tuple[Counter, ...]:
        asked = (page, channel, source, campaign)
        return tuple(self.counters[r.name] for r in self._by_kind.get(kind, ()) if self._tests[r.name](asked))

    def bursts_of(self, kind: str) -> tuple[Burst, ...]:
        """The bursts that count touches of this kind."""
        return self._bursts_of.get(kind, ())

    def day(self, at_ms: int) -> int:
        """Number of the day in the model's time zone: days since 1970-01-01 there."""
        return at_ms // DAY_MS if self.day_of is None else self.day_of(at_ms // QUARTER_MS)

    def _day_of_quarter(self, quarter: int) -> int:
        local = datetime.fromtimestamp(quarter * QUARTER_MS / 1000, self.zone)
        return local.date().toordinal() - EPOCH.date().toordinal()

    def temperature(self, engagement: int) -> str:
        """Label of an engagement in micro-points."""
        return _label(self.model.temperature, engagement)

    def grade(self, fit: int) -> str:
        """Label of a fit in micro-points."""
        return _label(self.model.grade, fit)


def _label(labels: tuple[Label, ...], score: int) -> str:
    """The first label, highest line first, whose line is met; the last one catches what is under them all."""
    for label in labels:
        if score >= label.at_least:
            return label.name
    return labels[-1].name if labels else ""


def _by_kind(bursts: tuple[Burst, ...]) -> dict[str, tuple[Burst, ...]]:
    kinds = {kind for burst in bursts for kind in burst.of}
    return {kind: tuple(b for b in bursts if kind in b.of) for kind in kinds}


def _touch_test(rule: Rule) -> Callable[[tuple[str, str, str, str]], bool]:
    page, channel = any_glob(rule.page), any_glob(rule.channel)
    source, campaign = any_glob(rule.source), any_glob(rule.campaign)
    return lambda asked: page(asked[0]) and channel(asked[1]) and source(asked[2]) and campaign(asked[3])
