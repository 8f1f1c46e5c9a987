"""Nobody gets more than they can carry, nor anything while away, and shares are as weighed."""

from collections import Counter

from msgspec import Struct

from tests.chaos.complaints import Complaints
from tests.month.team import SELLERS, SHARED
from tests.month.world import ENDS, Handoff, World

SHARED_RULE = "called the hotline"
WITHIN = 0.02
REPORTED_MS_TICKS = 3_000
"""A reported absence is known after so many of the broker's milliseconds."""


class Held(Struct, frozen=True):
    """A lead with somebody, for certain: from when it was written who has it until something was said that ends it."""

    handoff: str
    owner: str
    begin_ms: int
    end_ms: int
    routed: bool
    """By route's decision, not by people's word."""
    earliest_ms: int
    """The decision cannot have been earlier."""
    rule: str


def holdings(world: World) -> list[Held]:
    """Of all handoffs."""
    return [held for handoff in world.handoffs.values() for held in _of(world, handoff)]


def _of(world: World, handoff: Handoff) -> list[Held]:
    found: list[Held] = []
    answers = {(line.said["revision"], line.said.get("owner", "")): line for line in handoff.answers}
    owner, since_ms, routed, earliest_ms, rule = "", 0, False, 0, ""

    def over(end_ms: int) -> None:
        if owner:
            found.append(Held(handoff.id, owner, since_ms, end_ms, routed, earliest_ms, rule))

    for event in handoff.events:
        asked = handoff.asked.get(event.revision)
        asked_ms = event.stamp_ms if asked is None else asked.stamp_ms
        if event.kind in ENDS:
            over(asked_ms)
            return found
        if event.kind == "escalated" and asked is not None and asked.said.get("reassign"):
            over(asked_ms)
            owner = ""
        elif event.data["owner"] != owner and event.kind != "escalated":
            over(asked_ms)
            owner, since_ms, earliest_ms, rule = event.data["owner"], event.stamp_ms, asked_ms, ""
            routed = event.kind == "requested" or event.cause.endswith("/assigned")
            revision = int(event.cause.split("/")[1]) if event.cause.endswith("/assigned") else 1
            if routed and (answer := answers.get((revision, owner))) is not None:
                rule = answer.said.get("rule", "")
                if event.kind == "assigned":
                    since_ms, earliest_ms = answer.stamp_ms, handoff.asked[revision].stamp_ms
    over(world.over_ms)
    return found


def nobody_is_over_capacity(world: World, complaints: Complaints, held: list[Held]) -> int:
    """At the moment route gives a lead, its owner has no more than fit; how often somebody was full to the brim."""
    brim = 0
    for name, seller in SELLERS.items():
        if seller.capacity is None:
            continue
        own = [one for one in held if one.owner == name and one.end_ms > one.begin_ms]
        begun, over = [(one.begin_ms, 1, one) for one in own], [(one.end_ms, 0, one) for one in own]
        has: set[Held] = set()
        for at_ms, begins, one in sorted([*begun, *over], key=lambda moment: moment[:2]):
            if not begins:
                has.discard(one)
                continue
            has.add(one)
            load = _known_load(has)
            brim += load == seller.capacity
            about = f"{name} has {load} of {seller.capacity} with {one.handoff} at {at_ms}"
            complaints.add(one.routed and load > seller.capacity, "somebody over capacity", about)
    return brim


def _known_load(has: set[Held]) -> int:
    """What whoever decided last must have counted: all that was routed, and what people took before that question."""
    routed = [one for one in has if one.routed]
    last_ms = max((one.earliest_ms for one in routed), default=0)
    return len(routed) + sum(not one.routed and one.begin_ms <= last_ms for one in has)


def nobody_gets_a_lead_while_away(world: World, complaints: Complaints, held: list[Held]) -> None:
    """Between asking and being told there was a moment at which the owner was at work, as far as route could know."""
    policy = {name: seller.by_policy for name, seller in SELLERS.items()}
    really = {name: seller.really for name, seller in SELLERS.items()}
    slack_ms = REPORTED_MS_TICKS * world.tick_ms
    for one in held:
        if not one.routed:
            continue
        calendar = policy[one.owner] if not SELLERS[one.owner].sick else really[one.owner]
        known = calendar.open_within(one.earliest_ms, one.begin_ms + world.tick_ms)
        late = policy[one.owner].open_within(one.earliest_ms, one.begin_ms) and really[one.owner].open_within(
            one.earliest_ms - slack_ms, one.begin_ms
        )
        complaints.add(not known and not late, "a lead for somebody who is away", f"{one.owner}: {one.handoff}")


def shares_are_as_weighed(complaints: Complaints, held: list[Held]) -> dict[str, int]:
    """Of the team that is always at work."""
    got = Counter(one.owner for one in held if one.routed and one.rule == SHARED_RULE)
    weights = {name: seller.weight for name, seller in SELLERS.items() if seller.team == SHARED}
    total, whole = sum(got.values()), sum(weights.values())
    for name, weight in weights.items():
        off = abs(got[name] - total * weight / whole)
        complaints.add(
            off > max(2.0, WITHIN * total),
            "a share unlike its weight",
            f"{name}: {got[name]} of {total}, weight {weight}",
        )
    return dict(sorted(got.items()))
