"""The lines of an explained engagement: rules, limits, bursts and surges, and the touches behind them."""

from enum import StrEnum

from msgspec import Struct

from schemas.units import Points


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
