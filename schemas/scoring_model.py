"""A scoring model: what counts, for how much and for how long, as the compiled meaning of a YAML document.

`streams.model` reads the YAML; two documents of the same meaning have the same digest.
"""

from msgspec import Struct

from schemas.units import DurationMs, Micro, Millis


class AtLeast(Struct, frozen=True, tag="at_least"):
    """`20 or more`."""

    value: float


class Under(Struct, frozen=True, tag="under"):
    """`under 20`."""

    value: float


class Between(Struct, frozen=True, tag="between"):
    """`20 to 50`, both ends included."""

    low: float
    high: float


class OneOf(Struct, frozen=True, tag="one_of"):
    """A set of texts, case ignored; `*` stands for any run of characters."""

    globs: tuple[str, ...]


class Is(Struct, frozen=True, tag="is"):
    """Yes-no, or a number equal to."""

    value: bool | float


class Aged(Struct, frozen=True, tag="aged"):
    """`2y ago or earlier` / `2y ago or later`: a date against the lead's clock. A year is 365.25 days."""

    ago_ms: DurationMs
    or_earlier: bool


class Soon(Struct, frozen=True, tag="soon"):
    """`within 14d`: a date from the lead's clock on, at most so far ahead."""

    within_ms: DurationMs


Test = AtLeast | Under | Between | OneOf | Is | Aged | Soon


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


class Criterion(Struct, frozen=True, kw_only=True):
    """Points for a fact."""

    name: str
    fact: str
    test: Test | None = None
    """What the fact must be; None: points by value."""
    points: Micro = 0
    by_value: dict[str, int] = {}
    """Micro-points per value of an ordered scale."""


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
    """Stored, never scored."""


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


class ModelDocument(Struct, frozen=True, kw_only=True):
    """What is said on `scoring.models`: the text as written, named by the digest of its meaning."""

    model: str
    version: int
    digest: str
    """`sha256:` and 64 hexadecimal digits, of the canonical meaning."""
    text: str
    """The YAML, byte for byte."""
