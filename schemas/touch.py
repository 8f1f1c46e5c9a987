"""A touch as its producer saw it: something a person did, on `touches.*`."""

from typing import Any, Literal

from msgspec import Struct

from schemas.units import At

Scalar = str | int | float | bool | None


class Touch(Struct, frozen=True, kw_only=True):
    """A person did something at one moment. Fields are only ever added, with a default."""

    touch_id: str
    """Set by the producer; the same for a repeat."""
    kind: str
    """Open: a kind no rule knows scores nothing, and is counted."""
    at: At
    """When the person acted, not when we read it."""
    who: dict[str, str]
    """Identities by namespace, as the producer knows them; at least one."""
    channel: str = ""
    """Where it happened; empty: the channel of the topic it came through."""
    direction: Literal["in", "out"] = "in"
    """`out` is our own send or call: an attempt, never scored."""
    source: str = "unknown"
    medium: str = ""
    campaign: str = ""
    message: str = ""
    """The e-mail, post or advertisement it answers."""
    page: str = ""
    """URL or path; only the path is kept, since people type personal data into queries."""
    product: str = ""
    history: bool = False
    """A backfill: it scores and starts no clock."""
    cost: float | None = None
    """What the touch cost, in the currency of the account."""
    props: dict[str, Any] = {}
    """Open properties; those on the keep-list reach the log. Calls: `answered`, `duration_s`, `recording`."""
