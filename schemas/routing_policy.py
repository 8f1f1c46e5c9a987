"""A routing policy: who gets a ripe lead, in whose working time, by when, and what follows when nobody answers.

The compiled meaning of a YAML document (`deploy/routing/`); `streams.routing.document` reads it.
"""

from typing import Literal

from msgspec import Struct

from schemas.condition import Test
from schemas.units import DurationMs, Micro, Millis

Minute = int
"""Of a day, 0 to 1440, local time."""

Stop = Literal["reply", "meeting", "refusal", "unsubscribe"]

FIELDS = (
    "page", "channel", "campaign", "source", "origin", "segment", "stage", "level", "grade", "temperature", "model",
    "trigger",
)  # fmt: skip
"""What a rule may ask of the handoff itself; any other word is a fact of the lead."""


class Shift(Struct, frozen=True):
    """`mon-fri: 09:00-18:00`: minutes of some days of the week. One that ends before it begins spans midnight."""

    days: tuple[int, ...]
    """0 is Monday."""
    opens: Minute
    closes: Minute


class Hours(Struct, frozen=True, kw_only=True):
    """Working time, local to the policy's time zone."""

    always: bool = False
    """Every minute of every day; holidays, too."""
    shifts: tuple[Shift, ...] = ()


class Span(Struct, frozen=True):
    """From a moment on, until another that is no part of it."""

    begins_ms: Millis
    ends_ms: Millis


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who may get leads."""

    name: str
    role: str = ""
    weight: int = 1
    """Share among others: twice the weight gets twice the leads."""
    capacity: int | None = None
    """Open leads at most; None: no end."""
    per_day: int | None = None
    """New leads a day at most, by days of the policy's time zone."""
    hours: Hours | None = None
    """None: the policy's."""
    absent: tuple[Span, ...] = ()
    skills: tuple[str, ...] = ()


class Team(Struct, frozen=True, kw_only=True):
    """People who share leads."""

    name: str
    members: tuple[str, ...]
    share: Literal["weight", "fewest_open"] = "weight"
    lead: str = ""
    """Who is told when nobody answers."""


class Partner(Struct, frozen=True, kw_only=True):
    """A company that takes the leads which are not for us."""

    name: str
    gets: tuple[str, ...]
    """Parts of a handoff: `contacts`, `need`, `facts`, `touches`, `score`, `ledger`."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a rule asks. All that it names must hold; of a field's globs any."""

    fields: dict[str, tuple[str, ...]] = {}
    """Globs, case ignored, by field: one of `FIELDS`."""
    facts: dict[str, Test] = {}
    """A fact not known holds nothing."""
    time: Shift | None = None
    """Of day, at the touch, in the policy's time zone."""
    partner_only: bool | None = None
    """The lead fails a primary criterion: it is not for our own sales."""
    has: tuple[str, ...] = ()
    """`owner`: the lead has one."""
    seen_within_ms: DurationMs | None = None
    """The owner was heard of with this lead no longer ago; who knows nothing of that, passes."""


class Target(Struct, frozen=True, kw_only=True):
    """Where a rule sends leads."""

    kind: Literal["owner", "captured_by", "person", "team", "role", "partner", "queue"]
    name: str = ""
    """Of the person, team, role, partner or queue."""


class CallBack(Struct, frozen=True, kw_only=True):
    """A task made with the decision."""

    note: str
    at_opening: bool = True
    """Due when working hours begin; otherwise at once."""


class RoutingRule(Struct, frozen=True, kw_only=True):
    """The first rule that holds decides."""

    name: str
    asked: Asked = Asked()
    to: Target
    else_next: bool = False
    """When nobody of the target can take it, go on with the next rule instead of waiting."""
    priority: Micro = 0
    """Added to the lead's priority in the queue."""
    call_back: CallBack | None = None
    needs: tuple[str, ...] = ()
    """Skills that a person must have."""


class Hold(Struct, frozen=True, kw_only=True):
    """When nobody is free."""

    order: tuple[Literal["sql", "priority", "time_left"], ...] = ("sql", "priority", "time_left")
    tell: str = ""
    """Who is told when the oldest has waited for so long."""
    tell_after_ms: DurationMs | None = None


class Promise(Struct, frozen=True, kw_only=True):
    """By when a lead is contacted, and what happens when it is not. Times are from the touch."""

    within_ms: DurationMs
    working: bool = False
    """Counted in working time."""
    remind_ms: DurationMs | None = None
    escalate_ms: DurationMs | None = None
    escalate_to: str = ""
    """A person; empty: the team's lead."""
    reassign_ms: DurationMs | None = None
    reassign_to: str = ""
    """A team; empty: whom the rule would choose."""
    reassign_most: int = 1


class FollowUp(Struct, frozen=True, kw_only=True):
    """The planned attempts to reach a lead that does not answer."""

    offsets_ms: tuple[DurationMs, ...] = ()
    """Of each attempt from the assignment; the first is 0."""
    channels: tuple[str, ...] = ()
    """One per attempt."""
    stop_on: tuple[Literal["reply", "meeting", "refusal", "unsubscribe"], ...] = (
        "reply",
        "meeting",
        "refusal",
        "unsubscribe",
    )
    then_stage: str = ""
    then_task: str = ""
    again_ms: DurationMs | None = None
    """Try again so long after the last attempt."""


class RoutingPolicy(Struct, frozen=True, kw_only=True):
    """All of it. People, teams and partners by name."""

    policy: str
    version: int
    time_zone: str = "UTC"
    hours: Hours = Hours(always=True)
    holidays: tuple[int, ...] = ()
    """Days without working time, as proleptic Gregorian ordinals."""
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    partners: dict[str, Partner] = {}
    rules: tuple[RoutingRule, ...]
    hold: Hold = Hold()
    promise: Promise
    follow_up: FollowUp = FollowUp()
