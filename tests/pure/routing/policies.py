"""A sales department in Almaty, as the example policy describes it."""

from datetime import UTC, date, datetime

from schemas.condition import AtLeast, OneOf, Under
from schemas.routing_policy import (
    Asked,
    CallBack,
    FollowUp,
    Hours,
    Partner,
    Person,
    Promise,
    RoutingPolicy,
    RoutingRule,
    Shift,
    Span,
    Target,
    Team,
)
from schemas.units import DAY_MS, MINUTE_MS
from streams.moments import to_ms

ALMATY = "Asia/Almaty"
WEEKDAYS = (0, 1, 2, 3, 4)
OFFICE = Hours(shifts=(Shift(WEEKDAYS, 9 * 60, 18 * 60),))
HOLIDAYS = (date(2026, 12, 16).toordinal(), date(2027, 1, 1).toordinal())


def utc(written: str) -> int:
    """Milliseconds of a moment written in UTC."""
    return to_ms(datetime.fromisoformat(written).replace(tzinfo=UTC))


def almaty(written: str) -> int:
    """Milliseconds of a moment written in Almaty's time (UTC+5 since 2024)."""
    return to_ms(datetime.fromisoformat(f"{written}+05:00"))


POLICY = RoutingPolicy(
    policy="b2b-sales",
    version=3,
    time_zone=ALMATY,
    hours=OFFICE,
    holidays=HOLIDAYS,
    people={
        "ann": Person(name="ann", role="sdr", weight=2, capacity=12),
        "bob": Person(
            name="bob", role="sdr", capacity=12, hours=Hours(shifts=(Shift(WEEKDAYS, 12 * 60, 21 * 60),))
        ),
        "eve": Person(
            name="eve", role="sdr", capacity=8,
            absent=(Span(almaty("2026-12-03 14:00"), almaty("2026-12-03 16:00")),),
        ),
        "dina": Person(name="dina", role="sales manager", capacity=20),
    },
    teams={
        "sdr-desk": Team(name="sdr-desk", members=("ann", "bob", "eve"), lead="dina"),
        "enterprise": Team(name="enterprise", members=("dina",), share="fewest_open", lead="dina"),
    },
    partners={"incubator": Partner(name="incubator", gets=("contacts", "need"))},
    rules=(
        RoutingRule(
            name="known owner", asked=Asked(has=("owner",), seen_within_ms=90 * DAY_MS), to=Target(kind="owner"),
            else_next=True,
        ),
        RoutingRule(
            name="too small", asked=Asked(facts={"headcount": Under(20)}), to=Target(kind="partner", name="incubator")
        ),
        RoutingRule(
            name="big deal", asked=Asked(facts={"headcount": AtLeast(500), "product": OneOf(("seo", "ppc"))}),
            to=Target(kind="team", name="enterprise"),
        ),
        RoutingRule(
            name="call at night",
            asked=Asked(fields={"channel": ("call",)}, time=Shift((), 21 * 60, 9 * 60)),
            to=Target(kind="queue", name="voicemail"), call_back=CallBack(note="call back at opening"),
        ),
        RoutingRule(
            name="price page",
            asked=Asked(fields={"page": ("/pricing*",)}, facts={"city": OneOf(("Almaty", "Astana"))}),
            to=Target(kind="team", name="sdr-desk"), priority=10_000_000,
        ),
        RoutingRule(
            name="spring e-book", asked=Asked(fields={"campaign": ("ebook-spring",)}),
            to=Target(kind="role", name="sdr"),
        ),
        RoutingRule(name="everyone else", to=Target(kind="team", name="sdr-desk")),
    ),
    promise=Promise(
        within_ms=30 * MINUTE_MS, working=True, remind_ms=20 * MINUTE_MS, escalate_ms=30 * MINUTE_MS,
        reassign_ms=45 * MINUTE_MS, reassign_to="sdr-desk", reassign_most=2,
    ),
    follow_up=FollowUp(
        offsets_ms=(0, DAY_MS, 4 * DAY_MS, 9 * DAY_MS, 16 * DAY_MS),
        channels=("call", "messenger", "email", "call", "messenger"),
    ),
)  # fmt: skip
