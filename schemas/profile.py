"""What identifies a person: contact details (`lead.profiles`) and links from identities to leads (`identity.links`)."""

from typing import Any

from msgspec import Struct

from schemas.units import Millis


class Detail(Struct, frozen=True, array_like=True):
    """`[value, at_ms, id]`: the latest word on one attribute; later time wins, then the greater id."""

    value: Any
    at_ms: Millis
    id: str


class Profile(Struct, frozen=True, kw_only=True):
    """All contact details of a lead: the only compacted topic with personal data. Erased by a tombstone."""

    lead_id: str
    details: dict[str, Detail]
    """By name: `email`, `phone`, `name`, `telegram`, and facts that must not reach the log."""


class IdentityLink(Struct, frozen=True, kw_only=True):
    """An identity belongs to a lead. Key: `<namespace>:<keyed hash>`, or the clear value for `crm:*`."""

    lead_id: str
    at_ms: Millis
    """Append time of the message that first showed it."""
