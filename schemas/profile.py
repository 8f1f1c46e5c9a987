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


class IdentityLink(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose an identity is. Key: `<namespace>:<keyed hash>` (`crm:*`: the clear value); for merges `lead:<id>`.

    Of two that somebody split also `lead:<id>/<other id>`, which no later merge overwrites.
    """

    lead_id: str
    """The lead that the identity was first seen with, whatever is merged later; empty: erased.

    Under `lead:<id>`: the lead that this one was merged into, always a smaller id; empty: it stands alone (again).
    """
    at_ms: Millis
    """Append time of the message that first showed it, or when somebody split or erased it."""
    shared_ms: Millis = 0
    """From this append time on too many leads have it: it is nobody's identity any more; 0: it is somebody's."""
    erasures: int = 0
    """How often it was erased: its next lead is another one."""
    erased_ms: Millis = 0
    """Messages appended until then say nothing any more; 0: never erased."""
    apart: tuple[str, ...] = ()
    """Under `lead:<id>`: leads that somebody split it from; they are never merged again."""
