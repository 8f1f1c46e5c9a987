"""A scoring model: what counts, for how much, how long; the compiled meaning of YAML. Same meaning, same digest."""

from typing import Literal

from msgspec import Struct

from schemas.condition import Condition, Test
from schemas.stage import Stage
from schemas.units import DurationMs, Micro, Millis


class Repeat(Struct, frozen=True, kw_only=True):
    """How often a rule counts. None set: every time."""

    once: bool = False
    """The earliest touch only."""
    per_prop: str = ""
    """Once per distinct value of this property."""
    per_day: int = 0
    """The earliest n of a day in the model's time zone."""


class Rule(Struct, frozen=True, kw_only=True):
    """Points for touches that match."""

    name: str
    when: tuple[str, ...]
    """Kinds of touch, any of them."""
    points: Micro
    page: tuple[str, ...] = ()
    """Globs over the path, any of them; `*` crosses `/`; case ignored. Empty: any page."""
    channel: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    campaign: tuple[str, ...] = ()
    group: str = ""
    limit: Micro | None = None
    """Of the rule's own decayed sum when read."""
    half_life_ms: DurationMs | None = None
    window_ms: DurationMs | None = None
    """A touch counts while it is in `(t - window, t]`."""
    repeat: Repeat = Repeat()
    where: Condition | None = None
    """Over the touch alone (`TouchIs`, `PropIs`): which touches count, beside the fields above."""
    gate: Condition | None = None
    """Over facts alone: while it does not hold, the rule's points count nothing. Read with the score, not kept with the
    touch, so the order in which facts and touches arrive does not matter."""


class Criterion(Struct, frozen=True, kw_only=True):
    """Points for a fact."""

    name: str
    fact: str
    """Empty where `where` says it."""
    test: Test | None = None
    """What the fact must be; None: points by value, or `where`."""
    points: Micro = 0
    by_value: dict[str, int] = {}
    """Micro-points per value of an ordered scale."""
    where: Condition | None = None
    """Several facts together."""
    redirect: bool = False
    """While it holds marketing is asked, once per lead, to leave such people out of its campaigns. Primary criteria ask
    so when they are known to be false, unasked."""


class Burst(Struct, frozen=True, kw_only=True):
    """n matching touches within a window: points for as long as it lasts, then it may fire again."""

    name: str
    count: int
    of: tuple[str, ...]
    """Kinds of touch."""
    within_ms: DurationMs
    points: Micro
    lasts_ms: DurationMs
    hand_off: bool = False


class Surge(Struct, frozen=True, kw_only=True):
    """Gross points gained within a window, bursts not counted."""

    name: str
    gain: Micro
    within_ms: DurationMs
    hand_off: bool = False


class FactDeclared(Struct, frozen=True, kw_only=True):
    """An attribute a model knows."""

    name: str
    type: str
    """`number`, `text`, `date`, `yes-no` or `scale`."""
    values: tuple[str, ...] = ()
    """Of a scale, weakest first."""
    sensitive: bool = False
    """Stored, never scored, unless `because` says why."""
    because: str = ""
    """Why a sensitive fact may score: under `allow_sensitive`."""
    unit: str = ""
    """What its values are counted in, shown with them; scores nothing."""


class Label(Struct, frozen=True):
    """A name for scores from a line up."""

    name: str
    at_least: Micro


NO_LINE: Micro = -(10**15)
"""A line that every lead is above: points are at most a million, so no sum comes near it."""


class HandoffLine(Struct, frozen=True, kw_only=True):
    """When a lead is ripe, and when it may be ripe again."""

    engagement: Micro
    fit: Micro
    """`NO_LINE` where the document names none."""
    rearm_under: Micro
    not_within_ms: DurationMs
    never: tuple[str, ...] = ()
    partners: bool = False
    """Who fails a primary criterion is handed off all the same: to partners alone."""


class Segment(Struct, frozen=True, kw_only=True):
    """A group of leads; the first that matches is theirs."""

    name: str
    where: Condition | None
    """None: everyone."""


class Level(Struct, frozen=True, kw_only=True):
    """MQL, SAL, SQL: held while all that it asks holds. The last one in the model's order that holds is the lead's."""

    name: str
    engagement: Micro | None = None
    """At least so much; None: not asked."""
    fit: Micro | None = None
    without: tuple[str, ...] = ()
    """Kinds of touch that take the lead out of it."""
    primary: bool = False
    """Every primary criterion known and true."""
    frameworks: dict[str, int] = {}
    """By framework: so many of its facts known."""
    where: Condition | None = None
    means: Literal["", "accepted", "offered"] = ""
    """Held while a handoff stands accepted, or stands at all; then nothing else is asked."""


class FastPath(Struct, frozen=True, kw_only=True):
    """`SQL at once`: one of these is enough, whatever the score."""

    level: str
    hand_off: bool
    """Past the lines, too."""
    any: tuple[Condition, ...]


class Campaign(Struct, frozen=True, kw_only=True):
    """What is different for one campaign."""

    name: str
    until_ms: Millis | None = None
    """Touches and handoffs from then on are as everybody's; None: no end."""
    engagement: Micro | None = None
    """Handoff line of leads whose latest campaign this is; None: the model's."""
    fit: Micro | None = None
    points: dict[str, Micro] = {}
    """By rule: what a touch that carries the campaign is worth. Such touches are a line of their own, `rule@name`."""


CLOSES = "unsubscribe"
"""The kind of touch that closes a channel where a model names no other."""


class Consent(Struct, frozen=True, kw_only=True):
    """What may not be done without a yes, and which touches are a no."""

    needed: tuple[str, ...] = ()
    """Purposes that count as refused until they are given: `scoring`, `contact`, `contact:email`... All others count as
    given until they are withdrawn."""
    closed_by: dict[str, tuple[str, ...]] = {}
    """By channel: kinds of touch that close it for contact, where not `unsubscribe` alone does."""

    def kinds_that_close(self, channel: str) -> tuple[str, ...]:
        """Touches of these kinds are a no to contact through the channel."""
        usual = (CLOSES,) if channel in ("email", "messenger") else ()
        return self.closed_by.get(channel, usual)


class ScoringModel(Struct, frozen=True, kw_only=True):
    """The whole meaning of one model document."""

    model: str
    version: int
    starts_ms: Millis
    time_zone: str
    facts: tuple[FactDeclared, ...]
    trust: tuple[str, ...]
    """Who wins when two sources disagree, first is strongest; then the later word."""
    limit: Micro | None
    groups: dict[str, int]
    """Limit per group, micro-points."""
    rules: tuple[Rule, ...]
    primary: tuple[Criterion, ...]
    """Known and false: not to sales."""
    secondary: tuple[Criterion, ...]
    completeness: dict[str, int]
    """Micro-points per known fact."""
    bursts: tuple[Burst, ...]
    surges: tuple[Surge, ...]
    temperature: tuple[Label, ...]
    """Highest first, by engagement."""
    grade: tuple[Label, ...]
    """Highest first, by fit."""
    handoff: HandoffLine | None
    """None: this model hands nothing off."""
    frameworks: dict[str, tuple[str, ...]] = {}
    """BANT, CHAMP: the facts that fill them."""
    segments: tuple[Segment, ...] = ()
    """First match wins."""
    levels: tuple[Level, ...] = ()
    """Lowest first."""
    fast_paths: tuple[FastPath, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    grid: dict[str, str] = {}
    """What a pair such as `A/hot` is called; a pair that is absent is told by itself."""
    consent: Consent = Consent()
    refusals: dict[str, tuple[str, ...]] = {}
    """Causes that count, by side (`us`, `client`); empty: the usual ones."""
    stages: tuple[Stage, ...] = ()
    """In the document's order; empty: the usual ones."""


class ModelDocument(Struct, frozen=True, kw_only=True):
    """What is said on `scoring.models`: the text as written, named by the digest of its meaning."""

    model: str
    version: int
    digest: str
    """`sha256:` and 64 hexadecimal digits, of the canonical meaning."""
    text: str
    """The YAML, byte for byte."""
