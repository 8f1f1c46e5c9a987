"""A scoring model made ready to judge: rules indexed by kind, globs compiled, days known. One per model in force."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from schemas.condition import Aged, Condition, Soon
from schemas.lead_event import TouchSeen
from schemas.lead_state import LeadState
from schemas.scoring_model import Burst, Campaign, Consent, Criterion, HandoffLine, Label, Rule, ScoringModel, Surge
from schemas.units import DAY_MS
from streams import asked
from streams.consent import CHANNELS, through
from streams.model import model_digest
from streams.model.facts import DERIVED
from streams.moments import EPOCH
from streams.scoring.counting import Counter, counter_of
from streams.scoring.wanted import Wanted

QUARTER_MS = 15 * 60 * 1000
"""Zones change their offset at quarter hours at the finest, so a quarter hour lies within one day."""


class Judge:
    """Everything the fold asks of a model. Immutable."""

    def __init__(self, model: ScoringModel, digest: str = "", *, rescore: bool = False) -> None:
        self.model = model
        self.name = f"{model.model}@{model.version}"
        self.digest = digest or model_digest(model)
        self.key = self.digest.removeprefix("sha256:")[:16]
        """What states remember of the model they stand under."""
        self.rescore = rescore
        """Put in force so that leads that are ripe by the change alone are handed off, too."""
        self.rules: dict[str, Rule] = {r.name: r for rule in model.rules for r in (rule, *_variants(rule, model))}
        """With those of campaigns, each behind the rule it varies."""
        self.counters: dict[str, Counter] = {name: counter_of(r, self.day) for name, r in self.rules.items()}
        self.gated: dict[str, Condition] = {n: r.gate for n, r in self.rules.items() if r.gate is not None}
        self.gate_facts = frozenset(fact for gate in self.gated.values() for fact in asked.asked_facts(gate))
        self.asked_kinds = _asked_kinds(model)
        """Kinds of touch whose latest time a lead remembers."""
        self.groups = model.groups
        self.bursts: dict[str, Burst] = {b.name: b for b in model.bursts}
        self.surges: dict[str, Surge] = {s.name: s for s in model.surges}
        self.surges_that_hand_off = tuple(s for s in model.surges if s.hand_off)
        self.criteria: tuple[Criterion, ...] = (*model.primary, *model.secondary)
        self.fact_types = {f.name: f.type for f in model.facts} | DERIVED
        self.units = {f.name: f.unit for f in model.facts if f.unit}
        self.sensitive = frozenset(f.name for f in model.facts if f.sensitive)
        """Facts that leave us on handoffs alone."""
        self.scales = {f.name: f.values for f in model.facts if f.values}
        self.zone = ZoneInfo(model.time_zone)
        self.needed = frozenset(model.consent.needed)
        """Purposes that nobody allows who has not said so."""
        self.closing = _closing(model.consent)
        """By kind and channel of a touch: the purpose it is a no to."""
        self.moving_facts = frozenset(c.fact for c in self.criteria if isinstance(c.test, Aged | Soon)).union(
            *(asked.moving_facts(c.where) for c in self.criteria)
        )
        """Facts whose worth time alone can change."""
        self.engagement_moves = bool(model.bursts) or any(
            r.half_life_ms or r.window_ms or asked.moves(r.gate) for r in model.rules
        )
        """Can time alone change an engagement?"""
        self._bursts_of = _by_kind(model.bursts)
        self._campaigns = {c.name.casefold(): c for c in model.campaigns}
        self._lines = {c.name: _line(c, model.handoff) for c in model.campaigns}
        self._tests = {r.name: _touch_test(r) for r in model.rules}
        self._wanted = {kind: Wanted(wheres) for kind, wheres in _wheres(model.rules).items()}
        """By kind: what its rules ask of a touch beyond page, channel, source and campaign."""
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
        campaign = touch.campaign
        varied = self._in_force(campaign, touch.at_ms) if campaign and self._campaigns else None
        variant = "" if varied is None else varied.name
        wanted = self._wanted.get(touch.kind)
        if wanted is None:
            return self._match(touch.kind, touch.page, touch.channel, touch.source, campaign, variant)
        key = wanted.key(touch, variant)
        found = wanted.known.get(key)
        if found is None:
            counters = self._match(touch.kind, touch.page, touch.channel, touch.source, campaign, variant)
            found = tuple(c for c in counters if c.rule.where is None or asked.fits(c.rule.where, touch, self.zone))
            wanted.remember(key, found)
        return found

    def _rules_for(
        self, kind: str, page: str, channel: str, source: str, campaign: str, variant: str
    ) -> tuple[Counter, ...]:
        told = (page, channel, source, campaign)
        rules = [r.name for r in self._by_kind.get(kind, ()) if self._tests[r.name](told)]
        return tuple(self.counters.get(f"{name}@{variant}" if variant else name, self.counters[name]) for name in rules)

    def _in_force(self, campaign: str, at_ms: int) -> Campaign | None:
        found = self._campaigns.get(campaign.casefold())
        return None if found is None or (found.until_ms is not None and at_ms >= found.until_ms) else found

    def campaign_of(self, state: LeadState, at_ms: int) -> Campaign | None:
        """The campaign in force for a lead: that of its latest touch with one, while it lasts."""
        return self._in_force(state.campaign, at_ms) if self._campaigns else None

    def line_of(self, state: LeadState, at_ms: int) -> HandoffLine | None:
        """The handoff line of a lead, its campaign's numbers put in."""
        campaign = self.campaign_of(state, at_ms) if self._campaigns else None
        return self.model.handoff if campaign is None else self._lines[campaign.name]

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


def _closing(consent: Consent) -> dict[tuple[str, str], str]:
    """A page is where the unsubscribe link of an e-mail leads."""
    closing = {(kind, channel): through(channel) for channel in CHANNELS for kind in consent.kinds_that_close(channel)}
    return closing | {(kind, "web"): through("email") for kind in consent.kinds_that_close("email")}


def _label(labels: tuple[Label, ...], score: int) -> str:
    """The first label, highest line first, whose line is met; the last one catches what is under them all."""
    for label in labels:
        if score >= label.at_least:
            return label.name
    return labels[-1].name if labels else ""


def _by_kind(bursts: tuple[Burst, ...]) -> dict[str, tuple[Burst, ...]]:
    kinds = {kind for burst in bursts for kind in burst.of}
    return {kind: tuple(b for b in bursts if kind in b.of) for kind in kinds}


def _variants(rule: Rule, model: ScoringModel) -> list[Rule]:
    """The rule as campaigns have it: other points, a line of its own, the same otherwise."""
    return [
        replace(rule, name=f"{rule.name}@{c.name}", points=c.points[rule.name])
        for c in model.campaigns
        if rule.name in c.points
    ]


def _line(campaign: Campaign, line: HandoffLine | None) -> HandoffLine | None:
    if line is None:
        return None
    engagement = line.engagement if campaign.engagement is None else campaign.engagement
    # A re-arm line above a lower handoff line would hand a lead off again with every touch.
    rearm_under = line.rearm_under if line.rearm_under < engagement else engagement * 3 // 4
    fit = line.fit if campaign.fit is None else campaign.fit
    return replace(line, engagement=engagement, fit=fit, rearm_under=rearm_under)


def _asked_kinds(model: ScoringModel) -> frozenset[str]:
    conditions = [
        *(r.gate for r in model.rules), *(c.where for c in (*model.primary, *model.secondary)),
        *(s.where for s in model.segments), *(level.where for level in model.levels),
        *(c for path in model.fast_paths for c in path.any), *(s.when for s in model.stages),
    ]  # fmt: skip
    return frozenset(kind for level in model.levels for kind in level.without).union(
        *map(asked.asked_kinds, conditions)
    )


def _wheres(rules: tuple[Rule, ...]) -> dict[str, list[Condition]]:
    wheres: dict[str, list[Condition]] = {}
    for rule in rules:
        if rule.where is not None:
            for kind in rule.when:
                wheres.setdefault(kind, []).append(rule.where)
    return wheres


def _touch_test(rule: Rule) -> Callable[[tuple[str, str, str, str]], bool]:
    page, channel = asked.any_glob(rule.page), asked.any_glob(rule.channel)
    source, campaign = asked.any_glob(rule.source), asked.any_glob(rule.campaign)
    return lambda asked: page(asked[0]) and channel(asked[1]) and source(asked[2]) and campaign(asked[3])
