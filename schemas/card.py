"""The public score card of a lead, on `lead.cards` (compacted): its latest scores and why."""

from typing import Any

from msgspec import Struct

from schemas.units import Millis, Points


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of a breakdown. Limits are lines of their own, negative."""

    rule: str
    points: Points
    note: str = ""


class NextChange(Struct, frozen=True, kw_only=True):
    """What time alone will change next."""

    at: str
    what: str


class Velocity(Struct, frozen=True, kw_only=True):
    """How fast the score was gained."""

    pace: Points
    """Gross points gained, halved every 3 days."""
    bursts: list[str] = []
    """Names of the bursts now counting."""


class TouchTold(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One of the last few touches, for the seller."""

    at: str
    touch_id: str
    kind: str
    channel: str = ""
    page: str = ""
    points: Points = 0.0


class Card(Struct, frozen=True, kw_only=True):
    """Three numbers, never mixed, and the priority derived from them."""

    lead_id: str
    ids: dict[str, str]
    """External ids that are not personal."""
    engagement: Points
    """What they do."""
    fit: Points
    """Who they are."""
    completeness: Points
    """How much we know."""
    priority: Points
    """Orders the queue: engagement + fit / 2 + pace."""
    temperature: str
    grade: str
    label: str
    """`A/hot`: grade and temperature."""
    breakdown: list[Line]
    """Sums to engagement."""
    fit_breakdown: list[Line]
    """Sums to fit."""
    velocity: Velocity
    sources: list[str]
    inquiries: int
    """Inbound touches counted."""
    attempts: int
    captured_by: str
    model: str
    """`id@version`."""
    as_of: str
    """The lead's clock when the card was written, RFC 3339."""
    as_of_ms: Millis
    level: str | None = None
    stage: str = ""
    segment: str = ""
    owner: str = ""
    owner_seen: str | None = None
    """When the owner was last heard of with the lead; null: not that we know."""
    frameworks: dict[str, str] = {}
    gates: list[str] = []
    """Criteria that keep the lead from sales, in words."""
    next_change: NextChange | None = None
    handoff_id: str | None = None
    """The open handoff, if any."""
    facts: dict[str, Any] = {}
    """What is known of it, as settled between its sources; those declared sensitive are left out."""
    touches: list[TouchTold] = []
    """The last three, the latest first."""
    grid: str = ""
    """What a lead's pair of grade and temperature means here; empty: not named."""
