"""Is there working time enough for what a policy promises? A worker that found none would have no moment to name."""

from collections.abc import Iterator

from schemas.routing_policy import RoutingPolicy
from schemas.units import DAY_MS, HOUR_MS, Millis
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.yaml.tree import Block
from streams.moments import span, to_ms
from streams.routing.calendar import LONGEST_DAYS, Calendar, NeverOpen, midnight

A_WEEK_DAYS = 7
REFERENCE_DAY = to_ms(midnight(739_000)) // DAY_MS
"""Some day in 2024: of a policy without holidays one week is like the other."""


def tell_never_open(findings: Findings, block: Block, policy: RoutingPolicy) -> None:
    """Refuse hours and holidays that leave no working time within a year, or less than the promise counts."""
    promise = policy.promise
    lengths = {
        "within": promise.within_ms, "remind": promise.remind_ms, "escalate": promise.escalate_ms,
        "reassign": promise.reassign_ms,
    }  # fmt: skip
    word, longest_ms = max(((name, ms or 0) for name, ms in lengths.items()), key=lambda pair: pair[1])
    calendar = Calendar(policy.hours, policy.time_zone, policy.holidays)
    where = "holidays" if policy.holidays and "holidays" in block.entries else "hours"
    for start_ms in _starts(policy):
        try:
            calendar.next_open(start_ms)
        except NeverOpen:
            since = calendar.local(start_ms).date().isoformat()
            _, value = block.entries[where]
            findings.error(
                Code.HOURS, value, where, problem="nobody ever at work",
                why=f"from {since} on there is no working time for {LONGEST_DAYS} days; a lead then has no moment by "
                "which it is answered.",
                remedy="Write hours on days that are no holidays, or take holidays out.",
            )  # fmt: skip
            return
        if not promise.working or "respond" not in block.entries:
            continue
        try:
            calendar.after(start_ms, longest_ms)
        except NeverOpen:
            findings.error(
                Code.PROMISE, block.entries["respond"][1], f"respond.{word}", problem="a promise that cannot be kept",
                why=f"these hours have less than {span(longest_ms)} of working time in {LONGEST_DAYS} days.",
                remedy="Write a shorter time, or longer hours.",
            )  # fmt: skip
            return


def _starts(policy: RoutingPolicy) -> Iterator[Millis]:
    """From where the longest wait may begin: before each run of holidays, and in a week without any."""
    yield from ((REFERENCE_DAY + day) * DAY_MS for day in range(A_WEEK_DAYS))
    days = set(policy.holidays)
    for day in sorted(days):
        if day - 1 not in days:
            for before in range(A_WEEK_DAYS + 1):
                yield to_ms(midnight(day - before)) + 12 * HOUR_MS
