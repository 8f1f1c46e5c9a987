"""Why a lead has the score it has at one moment, in full: what `touchline lead explain --json` prints."""

from typing import Any

from msgspec import Struct

from schemas.card import Card
from schemas.explained_lines import BurstTold, LimitTold, RuleTold, SurgeTold
from schemas.handoff import Forecast
from schemas.units import Millis, Points


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
    unit: str = ""
    """What its values are counted in, where the model says so."""


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
