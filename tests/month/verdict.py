"""What a month came to: figures, and everything that did not hold, in words."""

from msgspec import Struct

from tests.chaos.complaints import Complaints
from tests.month.checks import episodes, figures, people, promises, work
from tests.month.play import REDIS, Played
from tests.month.world import World, read


class Verdict(Struct, frozen=True, kw_only=True):
    """Field names are read by others: they stay."""

    leads: int
    days: float
    inputs: int
    handoffs: int
    events: int
    tasks: int
    assigned: int
    """Handoffs that somebody had by name."""
    partner: int
    waited: int
    """For whom nobody was free at first."""
    escalated: int
    degraded: int
    reassigned: int
    accepted: int
    returned: int
    refused: int
    won: int
    lost: int
    unreachable: int
    withdrawn: int
    open: int
    opted_out: int
    merged: int
    full: int
    """Times somebody got the last lead that fits."""
    shares: dict[str, int]
    cadence: dict[str, int]
    promises: dict[str, int]
    letters: int
    kills: int
    forgotten: int
    """Times Redis lost all it held."""
    restarts: int
    wrong: list[str]


def judge(played: Played, world: World | None = None) -> Verdict:
    """Check all of it; `world`: as read from the records, unless somebody has changed it."""
    world, complaints = read(played) if world is None else world, Complaints()
    episodes.numbers_are_whole(world, complaints)
    episodes.one_at_a_time(world, complaints)
    episodes.partners_never_get_the_score(world, complaints)
    episodes.nothing_is_lost(world, complaints, played.sent)
    queue = {row["handoff_id"] for row in played.reports["queue"]["waiting"]}
    episodes.every_ripe_lead_is_somewhere(world, complaints, queue)
    held = people.holdings(world)
    full = people.nobody_is_over_capacity(world, complaints, held)
    people.nobody_gets_a_lead_while_away(world, complaints, held)
    shares = people.shares_are_as_weighed(complaints, held)
    told = promises.who_is_not_called_is_escalated(world, complaints)
    promises.moments_follow_from_the_policy(world, complaints)
    opted_out = work.nobody_who_opted_out_is_contacted(world, complaints)
    work.tasks_are_due_when_the_policy_says(world, complaints)
    cadence = figures.compliance_is_as_counted(world, complaints, played.reports["cadence"])
    kept = figures.promises_are_as_counted(world, complaints, played.reports["sla"])
    silent = (f"{one.worker}: {one.code}" for one in played.ended if not one.reason)
    complaints.add_all("a worker ended by itself, and did not say why", silent)
    return _verdict(played, world, complaints, full, shares, told, opted_out, cadence, kept)


def _verdict(
    played: Played, world: World, complaints: Complaints, full: int, shares: dict[str, int], told: promises.Told,
    opted_out: int, cadence: dict[str, int], kept: dict[str, int],
) -> Verdict:  # fmt: skip
    handoffs = [handoff for handoff in world.handoffs.values() if handoff.events]
    ends = [handoff.end for handoff in handoffs]
    results = [e.data["outcome"]["result"] for e in ends if e is not None and e.kind == "closed"]

    def ended(kind: str) -> int:
        return sum(end is not None and end.kind == kind for end in ends)

    return Verdict(
        leads=played.month.leads, days=played.month.plan.days, inputs=played.sent, handoffs=len(handoffs),
        events=sum(len(handoff.events) for handoff in handoffs), tasks=len(world.tasks),
        assigned=sum(any(event.data["owner"] for event in handoff.events) for handoff in handoffs),
        partner=sum(handoff.partner for handoff in handoffs),
        waited=sum(any(a.said.get("waiting") for a in handoff.answers) for handoff in handoffs),
        escalated=told.escalated, degraded=told.degraded,
        reassigned=sum(bool(line.said.get("reassign")) for handoff in handoffs for line in handoff.asked.values()),
        accepted=sum(any(event.kind == "accepted" for event in handoff.events) for handoff in handoffs),
        returned=ended("returned"), refused=results.count("refused"), won=results.count("won"),
        lost=results.count("lost"), unreachable=results.count("unreachable"), withdrawn=ended("withdrawn"),
        open=sum(end is None for end in ends), opted_out=opted_out, merged=len(world.merged), full=full, shares=shares,
        cadence=cadence, promises=kept, letters=len(world.letters),
        kills=sum(kill.target != REDIS for kill in played.month.kills),
        forgotten=sum(kill.target == REDIS for kill in played.month.kills), restarts=played.restarts,
        wrong=complaints.told(),
    )  # fmt: skip
