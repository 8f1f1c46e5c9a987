"""What we hold on a person, as one document a person can read, and the receipt of its erasure."""

from typing import Any

from msgspec import Raw, Struct

from schemas.card import Card
from schemas.explanation import Explanation, FactBehind


class HeldIdentity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the person is known by."""

    namespace: str
    value: str = ""
    """In the clear; empty where we keep its keyed hash alone."""
    key: str
    """What we keep: `<namespace>:<keyed hash>`, or the clear value for `crm:*`."""
    lead_id: str
    """The lead it was first seen with."""


class HeldDetail(Struct, frozen=True, kw_only=True):
    """A contact detail, and the message that told it."""

    value: Any
    at: str
    """RFC 3339."""
    told_by: str
    """Id of the touch or fact."""


class HeldConsent(Struct, frozen=True, kw_only=True):
    """The last word on one purpose."""

    purpose: str
    given: bool
    at: str


class HeldEvent(Struct, frozen=True, kw_only=True):
    """One event of the log, as it lies there."""

    at: str
    """When it happened, RFC 3339; of `logged` where the event has no time of its own."""
    logged: str
    """When it reached the log."""
    what: str
    """In words."""
    lead_id: str
    where: str
    """`topic/partition@offset`."""
    event: Raw
    """Itself."""


class Elsewhere(Struct, frozen=True, kw_only=True):
    """A place that holds, or may hold, data of the person beside what is in this document."""

    store: str
    what: str
    kept: str
    """How long, in words."""
    found: list[Raw] | None = None
    """The messages that name the person; null: it was not searched (`--inputs` does)."""


class PersonExport(Struct, frozen=True, kw_only=True):
    """All we hold on a person."""

    about: str
    """Whom was asked for, as it was asked."""
    taken_at: str
    lead_id: str
    retired: list[str]
    """Earlier ids of the same lead: what was merged into it."""
    identities: list[HeldIdentity]
    contact: dict[str, HeldDetail]
    consent: list[HeldConsent]
    facts: list[FactBehind]
    """Attributes, each with who said it and when, and whose word lost."""
    card: Card | None
    explanation: Explanation | None
    """Where the score comes from; null: there is none."""
    events: list[HeldEvent]
    """Every touch, fact and report on the log, by the time it got there."""
    handoffs: list[Raw]
    """Messages that asked sales to act."""
    tasks: list[Raw]
    stages: list[Raw]
    ledger: list[Raw]
    """Every change of the score."""
    news: list[Raw]
    elsewhere: list[Elsewhere]


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of the person's data, store by store."""

    lead_id: str
    retired: list[str]
    erased_at: str
    stores: dict[str, str]
    """`done`, or `gone by <date>`; what is still open says what to do."""
    complete: bool
    """False: run the command again; what is done stays done."""
