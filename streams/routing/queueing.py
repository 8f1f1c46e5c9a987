"""In which order those who wait are served: SQL first, then live priority, then who has the least time left."""

from collections.abc import Mapping, Sequence

from schemas.handoff import Ripe
from schemas.routing_policy import RoutingPolicy
from schemas.units import MICRO, Millis
from streams.routing.calendar import Calendar
from streams.routing.promising import clocks

FOR_EVER = 2**63


def in_order(
    waiting: Sequence[Ripe],
    policy: RoutingPolicy,
    calendar: Calendar,
    rules: Mapping[str, str],
    now: Mapping[str, float],
) -> list[Ripe]:
    """`rules`: by handoff the rule that decided, which may add to the priority; `now`: by lead, where known."""
    added = {rule.name: rule.priority / MICRO for rule in policy.rules}

    def rank(ripe: Ripe) -> tuple[float, ...]:
        priority = now.get(ripe.lead_id, ripe.score.priority) + added.get(rules.get(ripe.handoff_id, ""), 0.0)
        left_ms: Millis = clocks(ripe, policy.promise, calendar).respond_by_ms or FOR_EVER
        known = {"sql": float(ripe.level != "SQL"), "priority": -priority, "time_left": float(left_ms)}
        return (*(known[word] for word in policy.hold.order), float(ripe.received_ms))

    return sorted(waiting, key=lambda ripe: (rank(ripe), ripe.handoff_id))
