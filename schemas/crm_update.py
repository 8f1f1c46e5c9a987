"""What a CRM or a seller reports back, on `crm.updates`."""

from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct, field

from schemas.units import At


class CrmKind(StrEnum):
    """The closed set of reports."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    ATTEMPT = "attempt"
    STAGE = "stage"
    REFUSED = "refused"
    WON = "won"
    LOST = "lost"
    OVERRIDE = "override"
    OVERRIDE_RELEASED = "override_released"
    OWNER = "owner"
    ABSENT = "absent"
    CONSENT = "consent"
    UNQUALIFIED = "unqualified"
    REVIEW_REQUESTED = "review_requested"
    REVIEWED = "reviewed"
    PROBLEM = "problem"
    QUESTION = "question"
    NOTE = "note"


class CrmUpdate(Struct, frozen=True, kw_only=True):
    """One report about a handoff or a person. Fields not used by a kind are ignored."""

    update_id: str
    """Set by the producer; the same for a repeat."""
    at: At
    """When it happened."""
    kind: CrmKind
    handoff_id: str = ""
    """The handoff it answers; either this or `who` is given."""
    who: dict[str, str] = {}
    """Identities by namespace, when no handoff is named."""
    by: str = ""
    """Who says so: a person or a system."""
    sequence: int | None = None
    """Orders the updates of one handoff."""
    reason: str = ""
    """`returned`: why."""
    channel: str = ""
    """`attempt`: call, messenger, email..."""
    answered: bool | None = None
    """`attempt`: did the person answer?"""
    stage: str = ""
    side: Literal["", "us", "client"] = ""
    """`refused`: who refused whom."""
    cause: str = ""
    """`refused`, `lost`, `unqualified`: why."""
    amount: float | None = None
    """`won`: in `currency`."""
    currency: str = ""
    """`won`: ISO 4217."""
    purpose: str = ""
    """`consent`: `scoring`, `contact`, or a channel."""
    given: bool | None = None
    """`consent`: given or withdrawn."""
    owner: str = ""
    level: str = ""
    until: At | None = None
    person: str = ""
    """`absent`: the seller."""
    begins: At | None = field(name="from", default=None)
    """`absent`: since when; none: at once."""
    to: At | None = None
    """`absent`: until when."""
    props: dict[str, Any] = {}
