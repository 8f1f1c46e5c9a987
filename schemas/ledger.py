"""Every change of a score, with its reason, on `lead.ledger`: summing the deltas gives the score."""

from enum import StrEnum

from msgspec import Struct

from schemas.units import Points


class Dimension(StrEnum):
    """Which of the three numbers changed."""

    ENGAGEMENT = "engagement"
    FIT = "fit"
    COMPLETENESS = "completeness"


class Cause(StrEnum):
    """Why it changed."""

    TOUCH = "touch"
    FACT = "fact"
    VELOCITY = "velocity"
    TIME = "time"
    CAP = "cap"
    MERGE = "merge"
    SPLIT = "split"
    MODEL = "model"
    OVERRIDE = "override"
    CONSENT = "consent"


class TouchAt(Struct, frozen=True, kw_only=True, gc=False):
    """A touch and where it entered."""

    touch_id: str
    topic: str
    partition: int
    offset: int


class LedgerEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One change of one number."""

    lead_id: str
    offset: int
    """Of the event on `lead.events` that caused it."""
    at: str
    """The lead's clock, RFC 3339."""
    dimension: Dimension
    rule: str
    """The rule, limit or burst; `time` for decay and closing windows together."""
    delta: Points
    score_after: Points
    cause: Cause
    by: str = ""
    """Who said it, for facts."""
    touches: list[TouchAt] = []
    channel: str = ""
    source: str = ""
    campaign: str = ""
    message: str = ""
    page: str = ""
    segment: str = ""
    model: str = ""
