"""What a policy would decide about a lead at a moment, for people to read: the rule, who may take it, by when."""

from msgspec import Struct

from schemas.routing_policy import RoutingPolicy
from schemas.units import Millis
from streams.routing.calendar import Calendar
from streams.routing.choosing import Chooser, Option, Passed, Situation
from streams.routing.promising import moments, plan


class Planned(Struct, frozen=True):
    """An attempt, its moment on the policy's clock."""

    due: str
    channel: str


class Decided(Struct, frozen=True, kw_only=True):
    """The answer."""

    policy: str
    options: tuple[Option, ...]
    """The first with anybody who has room is taken; the last holds the lead until somebody has."""
    passed: tuple[Passed, ...]
    moments: dict[str, str]
    """`respond by`, `remind`, `escalate`, `reassign`, `call back`: on the policy's clock."""
    attempts: tuple[Planned, ...]


def decided(policy: RoutingPolicy, situation: Situation, at_ms: Millis) -> Decided:
    """As a worker decides; load, which it alone knows, is left out."""
    chooser = Chooser(policy)
    chosen = chooser.choose(situation, at_ms)
    calendar = chooser.calendar
    promised = moments(policy.promise, calendar, at_ms)
    named = {
        "respond by": promised.respond_by_ms, "remind": promised.remind_ms, "escalate": promised.escalate_ms,
        "reassign": promised.reassign_ms,
    }  # fmt: skip
    if chosen.options and (call_back := chosen.options[-1].call_back) is not None:
        named["call back"] = calendar.sure_open(at_ms) if call_back.at_opening else at_ms
    return Decided(
        policy=f"{policy.policy}@{policy.version}",
        options=chosen.options,
        passed=chosen.passed,
        moments={what: _said(calendar, moment_ms) for what, moment_ms in named.items() if moment_ms is not None},
        attempts=tuple(
            Planned(_said(calendar, attempt.due_ms), attempt.channel)
            for attempt in plan(policy.follow_up, calendar, at_ms)
        ),
    )


def _said(calendar: Calendar, moment_ms: Millis) -> str:
    return calendar.local(moment_ms).isoformat(timespec="seconds")
