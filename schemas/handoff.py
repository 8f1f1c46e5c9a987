"""The message that asks sales to act: `ripe` (internal, no personal data) and `handoffs` (CloudEvents, for CRMs)."""

from enum import StrEnum
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from schemas.card import Line, Velocity
from schemas.card import TouchTold as TouchTold
from schemas.units import Millis, Points


class HandoffType(StrEnum):
    """What is said about an episode."""

    REQUESTED = "requested"
    ASSIGNED = "assigned"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    CLOSED = "closed"


class TriggerKind(StrEnum):
    """Why a lead became ripe."""

    THRESHOLD = "threshold"
    VELOCITY = "velocity"
    FAST_PATH = "fast_path"
    MANUAL = "manual"


class Trigger(Struct, frozen=True, kw_only=True):
    """What fired."""

    kind: TriggerKind
    rule: str
    """The line of the model: `handoff`, or the surge's name."""
    fired_at: str
    """The lead's clock, RFC 3339."""
    touch_id: str
    """Id of the event that fired it."""


class ScoreAt(Struct, frozen=True, kw_only=True):
    """The scores when it was said, beside the line they crossed."""

    engagement: Points
    previous: Points
    """Engagement before the event that fired."""
    line: Points
    fit: Points
    completeness: Points
    priority: Points


class FactTold(Struct, frozen=True, kw_only=True):
    """What is known about an attribute, and who said so."""

    value: Any
    by: str
    at: str


class Forecast(Struct, frozen=True, kw_only=True):
    """When the score falls if nothing more happens; null: never within a year."""

    under_line_at: str | None
    """The instant at which engagement meets the line on its way down."""
    rearmed_at: str | None
    """The instant at which it meets the re-arm line."""


class Outcome(Struct, frozen=True, kw_only=True):
    """How an episode ended."""

    result: str
    """`won`, `lost`, `returned`..."""
    amount: float | None = None
    currency: str = ""
    side: str = ""
    """`refused`: `us` or `client`."""
    cause: str = ""
    owner: str = ""
    cadence_kept: bool | None = None
    """Were the planned attempts made, or was the lead reached before? Null: none were planned."""
    kept: str = ""
    """`1/5`: made of planned."""


class Ripe(Struct, frozen=True, kw_only=True):
    """The score's word to `route`: what to say about an episode, with its final id, free of personal data."""

    type: HandoffType
    handoff_id: str
    revision: int
    episode: int
    lead_id: str
    at_ms: Millis
    """The lead's clock when it was decided."""
    touch_at_ms: Millis
    """When the person acted: routing speed is counted from here."""
    received_ms: Millis
    """When Kafka got the touch (its broker's clock)."""
    cause_id: str
    """Id of the event that caused it."""
    why: str
    ids: dict[str, str]
    score: ScoreAt
    temperature: str
    grade: str
    breakdown: list[Line]
    fit_breakdown: list[Line]
    trigger: Trigger
    velocity: Velocity
    sources: list[str]
    inquiries: int
    attempts: int
    touches: list[TouchTold]
    facts: dict[str, FactTold]
    consent: dict[str, bool]
    forecast: Forecast
    model: str
    channel: str = ""
    """Of the event that caused it; with `page` and `campaign`, what routing rules ask."""
    page: str = ""
    campaign: str = ""
    override: str = ""
    """The campaign whose points and line judged the lead; empty: none, the model's own."""
    history: bool = False
    level: str | None = None
    stage: str = ""
    segment: str = ""
    origin: str = ""
    owner: str = ""
    queue: str = ""
    """The queue or owner already assigned in this episode, and the promise made then; empty before that."""
    partner: str = ""
    respond_by_ms: Millis | None = None
    time_in_stage_s: float | None = None
    reason: str = ""
    outcome: Outcome | None = None
    trace: str = ""
    reassign: bool = False
    """Its owner did not answer: it is to be given to somebody else."""
    partner_only: bool = False
    """The lead fails a primary criterion: it is for partners, not for our own sales."""
    contacted_ms: Millis | None = None
    """When somebody first tried to reach the lead in this episode; None: not that we know."""
    first_contact: bool = False
    """It is said because somebody just did."""
    owner_seen_ms: Millis | None = None
    """When the owner was last heard of with this lead; None: not that we know."""


class HandoffData(Struct, frozen=True, kw_only=True):
    """The handoff as a CRM reads it: the sentence first."""

    why: str
    handoff_id: str
    """The idempotency key: the same on every repeat and every event of the episode."""
    revision: int
    lead_id: str
    crm_ids: dict[str, str]
    episode: int
    contact: dict[str, str]
    """`name`, `email`, `phone`...: what the profile holds."""
    consent: dict[str, bool]
    score: ScoreAt | None
    """Null, as the labels and breakdowns are empty, for a partner who does not get the score."""
    temperature: str
    grade: str
    level: str | None
    breakdown: list[Line]
    fit_breakdown: list[Line]
    trigger: Trigger
    velocity: Velocity | None
    segment: str
    stage: str
    time_in_stage_s: float | None
    origin: str
    sources: list[str]
    inquiries: int
    touches: list[TouchTold]
    facts: dict[str, FactTold]
    respond_by: str | None
    """The promise: first contact by this moment; null where there is none (history)."""
    forecast: Forecast | None
    model: str
    late: bool = False
    """The touch reached Kafka long after it happened, so the promise counts from its arrival."""
    owner: str = ""
    queue: str = ""
    partner: str = ""
    override: str = ""
    """The campaign whose points and line judged the lead; empty: none, the model's own."""
    reason: str = ""
    outcome: Outcome | None = None
    campaign: str = ""
    """Of the touch that caused the event."""
    contacted_at: str | None = None
    """The first attempt to reach the lead in this episode, as reported; null: not that we know."""


class HandoffEvent(Struct, frozen=True, kw_only=True):
    """Structured CloudEvents 1.0 around `HandoffData`. Source of the format: CloudEvents spec 1.0, Kafka binding."""

    id: str
    """`<handoff_id>/<revision>`."""
    type: str
    """`io.touchline.handoff.<what>.v1`."""
    source: str
    subject: str
    """Lead id."""
    time: str
    partitionkey: str
    correlationid: str
    """Episode: the handoff id."""
    causationid: str
    """Id of the event that caused it."""
    sequence: str
    """Revision, zero-padded, so that text order is order."""
    data: HandoffData
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | UnsetType = UNSET
