"""What happened to a lead, in one ordered sequence per lead: the log, `lead.events`. No direct identifiers."""

from typing import Any, Literal

from msgspec import Raw, Struct

from schemas.units import Int64, Millis

Value = str | Int64 | float | bool | None
"""What may be known of somebody: a text (dates too), a number, a yes-no."""


class Origin(Struct, frozen=True, array_like=True, gc=False):
    """Where a message entered: `[topic, partition, offset, append_ms]`. Recognises our own re-emissions."""

    topic: str
    partition: Int64
    offset: Int64
    append_ms: Millis
    """When Kafka got it (the broker's clock)."""


class TouchSeen(Struct, frozen=True, kw_only=True, tag_field="type", tag="touch", omit_defaults=True, gc=False):
    """A touch, its person resolved and personal data removed."""

    id: str
    """The producer's `touch_id`."""
    at_ms: Millis
    origin: Origin
    kind: str
    channel: str = ""
    direction: Literal["in", "out"] = "in"
    source: str = "unknown"
    medium: str = ""
    campaign: str = ""
    message: str = ""
    page: str = ""
    """Path only."""
    product: str = ""
    history: bool = False
    cost: float | None = None
    props: dict[str, Any] = {}
    """Those on the keep-list."""
    ids: dict[str, str] = {}
    """External ids that are not personal (`crm:*`)."""
    trace: str = ""
    """W3C traceparent of the intake."""
    via: str = ""
    """The lead its person is at home with, where that is merged into the one it is written to; empty: this one."""


class FactLearned(Struct, frozen=True, kw_only=True, tag_field="type", tag="fact", omit_defaults=True, gc=False):
    """Attributes learned at one moment from one source; contact details stay in the profile."""

    id: str
    at_ms: Millis
    origin: Origin
    by: str
    facts: dict[str, Value]
    """Value by name: text, number, yes-no, or a date as text."""
    ids: dict[str, str] = {}
    trace: str = ""
    via: str = ""
    """The lead its person is at home with, where that is merged into the one it is written to; empty: this one."""


class CrmSaid(Struct, frozen=True, kw_only=True, tag_field="type", tag="crm", omit_defaults=True, gc=False):
    """A report of `crm.updates`, its lead resolved."""

    id: str
    at_ms: Millis
    origin: Origin
    kind: str
    """One of `CrmKind`."""
    handoff_id: str = ""
    by: str = ""
    sequence: Int64 | None = None
    reason: str = ""
    channel: str = ""
    answered: bool | None = None
    stage: str = ""
    side: str = ""
    cause: str = ""
    amount: float | None = None
    currency: str = ""
    purpose: str = ""
    given: bool | None = None
    owner: str = ""
    level: str = ""
    until_ms: Millis | None = None
    ids: dict[str, str] = {}
    trace: str = ""
    via: str = ""
    """The lead its person is at home with, where that is merged into the one it is written to; empty: this one."""


class Assigned(Struct, frozen=True, kw_only=True, tag_field="type", tag="assigned", omit_defaults=True, gc=False):
    """`route` decided who gets a handoff. Its time is the trigger's, so that it moves no lead's clock.

    What the policy promises is here, as moments: the fold that keeps the promise reads no policy.
    """

    id: str
    """`<handoff_id>/<revision>/assigned`: a repeat carries the same."""
    at_ms: Millis
    handoff_id: str
    revision: Int64
    owner: str = ""
    queue: str = ""
    partner: str = ""
    waiting: bool = False
    """Nobody of the queue was free; the owner comes later."""
    waited: bool = False
    """Nobody was free when it was asked for: the request said a queue, and its owner is told now."""
    kept: bool = False
    """It was to be given to somebody else, and there is nobody: its owner keeps it, and the team's lead is told."""
    rule: str = ""
    """Of the routing policy."""
    policy: str = ""
    """`id@version`."""
    respond_by_ms: Millis | None = None
    remind_ms: Millis | None = None
    escalate_ms: Millis | None = None
    escalate_to: str = ""
    reassign_ms: Millis | None = None
    """When it is given to somebody else; none: it is not."""
    plan: list[tuple[Millis, str]] = []
    """Attempts to reach the lead: due, channel."""
    stop_on: list[str] = []
    """What ends them: `reply`, `meeting`, `refusal`, `unsubscribe`."""
    then_stage: str = ""
    """After the last of them without an answer."""
    then_task: str = ""
    again_ms: Millis | None = None
    """So long after the last attempt it is tried again."""
    call_back: tuple[Millis, str] | None = None
    """A task made with it: due, note."""
    trace: str = ""


class TimerFired(Struct, frozen=True, kw_only=True, tag_field="type", tag="timer", omit_defaults=True, gc=False):
    """A lead's deadline has passed: time alone may have changed something. One that is not the lead's now is stale."""

    id: str
    """`<lead id>/<deadline>`."""
    at_ms: Millis
    """The deadline."""
    degraded: bool = False
    """It did not wait until all inputs were read past it."""
    fired_ms: Millis = 0
    """When it was written, by the worker's clock: what was overtaken by then is not said any more."""
    model: str = ""
    """No deadline: the model of this key (`Judge.key`) took effect, and a lead to which nothing happens comes under it
    now."""


class MergedInto(Struct, frozen=True, kw_only=True, tag_field="type", tag="merged_into", gc=False):
    """Two leads are one person: from here on this one, the greater id, is a pointer to the other. Moves no clock."""

    id: str
    """`<loser>/merged/<survivor>`."""
    at_ms: Millis
    """When Kafka got what shows it."""
    survivor: str


class MergedFrom(Struct, frozen=True, kw_only=True, tag_field="type", tag="merged_from", gc=False):
    """All that a lead was when it was merged into this one. Moves this one's clock to the other's, if that is later."""

    id: str
    """That of the `MergedInto` which it answers."""
    at_ms: Millis
    """When Kafka got what shows it."""
    loser: str
    number: Int64
    """Counts what the loser sent on, from 1: what is not above the highest heard is a repeat."""
    state: bytes
    """Its record of `lead.state`, base64."""


class Forwarded(Struct, frozen=True, kw_only=True, tag_field="type", tag="forwarded"):
    """What came to a lead that was merged away, and was no repeat there."""

    id: str
    """The event's."""
    at_ms: Millis
    """The event's."""
    loser: str
    number: Int64
    """Counts what the loser sent on, from 1: what is not above the highest heard is a repeat."""
    event: Raw
    """A `LeadEvent`, as it stood on the loser's log."""


class Restated(Struct, frozen=True, kw_only=True, tag_field="type", tag="restated", omit_defaults=True, gc=False):
    """A lead's state worked out anew from its log: after a split, a late withdrawal, a repair.

    It counts only while the lead is as it was when that was done: otherwise it is stale, and who wrote it tries again.
    """

    id: str
    at_ms: Millis
    through: Int64
    """The last event of the lead that the new state knows lies at this offset at the latest."""
    was: str = ""
    """`streams.kin.restating.mark_of` the state replaced; unlike an offset it stays true on another log. Empty: only
    `through` counts."""
    state: bytes
    """Its record of `lead.state`, base64."""
    why: str
    """`split`, `consent`, `overlap`, `repair`."""


class Erased(Struct, frozen=True, kw_only=True, tag_field="type", tag="erased", gc=False):
    """The person wants to be forgotten: the lead is a grave, which takes nothing in any more."""

    id: str
    at_ms: Millis
    """When it was asked for."""


Heard = TouchSeen | FactLearned | CrmSaid
"""What came in at a door: it has an origin."""

Told = Heard | TimerFired | MergedFrom | Restated | Erased
"""What can change a score, a level, or where a handoff stands."""

LeadEvent = Heard | Assigned | TimerFired | MergedInto | MergedFrom | Forwarded | Restated | Erased
"""Everything the log may say, told apart by `type`."""
