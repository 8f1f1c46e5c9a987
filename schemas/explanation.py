"""Why a lead has the score it has at one moment, in full: what `touchline lead explain --json` prints."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from schemas.card import Card
from schemas.handoff import Forecast
from schemas.units import Millis, Points


class Standing(StrEnum):
    """What a touch is to a rule that asks for such touches."""

    COUNTS = "counts"
    REPEAT = "repeat"
    """The rule's `repeat` counts others instead."""
    CLOSED = "closed"
    """It counted, and its window has closed."""


class TouchBehind(Struct, frozen=True, kw_only=True):
    """A touch behind a line, and where it entered."""

    touch_id: str
    at: str
    """RFC 3339."""
    kind: str
    standing: Standing
    points: Points
    """What it earned in full; 0 for a repeat."""
    left: Points
    """What is left of that before limits, decayed by its own age."""
    topic: str
    partition: int
    offset: int
    """Of the input message, on the topic it entered by."""
    log_offset: int
    """On `lead.events`, in the partition of `Source`."""
    channel: str = ""
    page: str = ""
    campaign: str = ""
    source: str = ""


class RuleTold(Struct, frozen=True, kw_only=True):
    """One engagement rule: `earned + decayed + closed + limited + shut = left`."""

    rule: str
    model: str
    """`id@version`."""
    kinds: list[str]
    each: Points
    """What one touch earns."""
    times: int
    """Touches that count or counted."""
    earned: Points
    """`times * each`."""
    decayed: Points
    """Lost by age, never above 0 for a rule of plus points."""
    closed: Points
    """Lost because a window closed."""
    limited: Points
    """Cut by the rule's own limit."""
    shut: Points
    """All of it, while what the rule asks of the lead's facts is not known or not true."""
    left: Points
    how: str
    """Limit, window, half-life, repeat, group: in words."""
    unknown: int = 0
    """Touches that count and are no longer on the log."""
    waits: str = ""
    """What must be known and true of the lead before it counts, in words; empty: it counts."""
    touches: list[TouchBehind] = []
    """The latest first."""


class LimitTold(Struct, frozen=True, kw_only=True):
    """A limit of a group, or of all engagement, that cuts something."""

    name: str
    """The group, or `total`."""
    limit: Points
    before: Points
    cut: Points


class BurstTold(Struct, frozen=True, kw_only=True):
    """A burst: so many touches within so long."""

    burst: str
    kinds: list[str]
    points: Points
    """What it gives now; 0 where it is not in force."""
    needs: int
    within: str
    seen: int
    """Matching touches in the window that ends now."""
    fired_at: str | None = None
    """When it last fired."""
    until: str | None = None
    """When it ends; null: not in force."""
    touches: list[TouchBehind] = []
    """Of the window in which it last fired, or of the one that ends now; the latest first."""


class SurgeTold(Struct, frozen=True, kw_only=True):
    """A surge: points gained within so long. It gives no points."""

    surge: str
    gained: Points
    """In the window that ends now."""
    needs: Points
    within: str
    hand_off: bool


class WordTold(Struct, frozen=True, kw_only=True):
    """What somebody said about one fact."""

    value: Any
    by: str
    at: str


class FactBehind(Struct, frozen=True, kw_only=True):
    """A fact, who is believed, and who is not."""

    fact: str
    believed: WordTold | None
    """Null: nobody said anything."""
    others: list[WordTold] = []
    """Words that lost to it, by the model's trust, then by time."""
    usable: bool = True
    """False: said, but not of the type that the model declares, so as good as not known."""


class CriterionTold(Struct, frozen=True, kw_only=True):
    """One criterion of fit."""

    criterion: str
    primary: bool
    asks: str
    """What it asks, in words."""
    met: bool | None
    """Null: not known."""
    points: Points
    facts: list[FactBehind]


class KnownTold(Struct, frozen=True, kw_only=True):
    """A fact that counts for completeness."""

    fact: str
    weight: Points
    known: bool


class PriorityTold(Struct, frozen=True, kw_only=True):
    """How the place in the queue comes about."""

    formula: str
    numbers: str
    """The same with this lead's numbers."""
    engagement: Points
    fit: Points
    pace: Points
    priority: Points


class LevelTold(Struct, frozen=True, kw_only=True):
    """Where the lead stands, and what it lacks for more."""

    label: str
    """`A/hot`."""
    level: str | None
    why: str
    """What makes it that level, in words; empty: it has none."""
    lacks: list[str]
    """By label or level above: what is missing, in words."""


class Change(Struct, frozen=True, kw_only=True):
    """What would change the score at this moment."""

    what: str
    engagement: Points = 0.0
    """Gain."""
    fit: Points = 0.0
    completeness: Points = 0.0
    engagement_after: Points
    fit_after: Points
    crosses: list[str] = []
    """Lines that would be met, in words."""


class Fall(Struct, frozen=True, kw_only=True):
    """A line that is met on the way down if nothing more happens."""

    line: str
    points: Points
    at: str | None
    """Null: not within a year."""


class HandoffStanding(Struct, frozen=True, kw_only=True):
    """The handoff that stands open at this moment."""

    handoff_id: str
    episode: int
    revision: int
    status: str
    opened_at: str
    trigger: str
    rule: str
    touch_id: str
    """Of the event that opened it."""
    owner: str = ""
    queue: str = ""
    respond_by: str | None = None
    why: str = ""
    """The sentence it was last said with; empty where the log no longer holds the event."""


class Source(Struct, frozen=True, kw_only=True):
    """The part of the log this was folded from."""

    topic: str
    partition: int
    events: int
    """Of this lead, up to the moment."""
    complete: bool
    """False: the log begins after events that count; their touches cannot be named."""
    later: int = 0
    """Events of this lead on the log that are not in it: they came after the moment."""
    quarantined_offset: int | None = None
    """An event that could not be applied."""


class Explanation(Struct, frozen=True, kw_only=True):
    """Everything behind one lead's score at one moment."""

    lead_id: str
    at: str
    """The moment asked about, RFC 3339; the lead's last event may lie before it."""
    at_ms: Millis
    model: str
    """`id@version` in force for this lead then."""
    digest: str
    time_zone: str
    card: Card
    """The score card of that moment; the lines below are its numbers in full."""
    rules: list[RuleTold]
    limits: list[LimitTold]
    bursts: list[BurstTold]
    """`sum of rules.left + limits.cut + bursts.points = card.engagement`."""
    surges: list[SurgeTold]
    criteria: list[CriterionTold]
    """`sum of points = card.fit`."""
    completeness: list[KnownTold]
    """`sum of weights of what is known = card.completeness`."""
    priority: PriorityTold
    level: LevelTold
    changes: list[Change]
    """What would change it, the greatest gain first."""
    falls: list[Fall]
    forecast: Forecast
    handoff: HandoffStanding | None
    held: str
    """Why a lead that is ripe is not handed off; empty: it is not ripe, or it is handed off."""
    source: Source
