"""What route answers to the lead's log: who got it, the promise, and the attempts planned. The fold needs no policy."""

from contextlib import suppress

from msgspec import Struct

from schemas.handoff import Ripe
from schemas.lead_event import Assigned
from schemas.routing_policy import CallBack, Person, RoutingPolicy, RoutingRule
from schemas.units import Millis
from streams.routing.calendar import NeverOpen
from streams.routing.choosing import NO_RULE, Chooser, Chosen
from streams.routing.promising import Clocks, clocks, plan

UNROUTED = "unrouted"
"""The queue of leads about which no rule says anything."""


class Given(Struct, frozen=True, kw_only=True):
    """Who got a lead, as it was decided once and for all."""

    rule: str
    kind: str
    """Of the target: `team`, `partner`, `queue`..."""
    target: str
    owner: str = ""
    """Empty: a queue or partner has it, or it waits."""
    waiting: bool = False
    """Nobody is free."""
    at_ms: Millis
    """When it was decided."""
    anew: int = 0
    """How many times it was given to somebody else."""
    waited: str = ""
    """Where it lay while nobody was free, and what its request said; empty: somebody was."""
    kept: bool = False
    """It was to be given to somebody else, and there is nobody: its owner keeps it."""
    policy: str = ""
    """Whose rules decided, `id@version`; empty: those in force now."""

    @property
    def queue(self) -> str:
        """Where it lies without an owner."""
        return "" if self.owner or self.kind == "partner" else self.target

    @property
    def partner(self) -> str:
        """Who has it instead of us."""
        return self.target if self.kind == "partner" else ""


def kind_of(policy: RoutingPolicy, queue: str) -> str:
    """What a lead without an owner lies at, by its name: a queue holds it; it waits for one of a team, or somebody."""
    if queue in policy.teams:
        return "team"
    if queue == UNROUTED or any(rule.to.kind == "queue" and rule.to.name == queue for rule in policy.rules):
        return "queue"
    if queue in policy.people:
        return "person"
    return "role" if any(person.role == queue for person in policy.people.values()) else "queue"


def without_people(chosen: Chosen, at_ms: Millis) -> Given:
    """Of a policy that names no people: nobody's load has to be asked."""
    if not chosen.options:
        return Given(rule=NO_RULE, kind="queue", target=UNROUTED, at_ms=at_ms)
    option = chosen.options[-1]
    return Given(rule=option.rule, kind=option.kind, target=option.target, at_ms=at_ms)


def assignment(ripe: Ripe, given: Given, chooser: Chooser) -> Assigned:
    """For the lead's log. A lead that waits has its promise and no plan yet; a partner's has neither."""
    policy = chooser.policy
    ours = given.kind != "partner"
    again = given.anew > 0 or ripe.reassign
    promised = _promised(ripe, given, chooser) if ours else Clocks()
    rule = next((rule for rule in policy.rules if rule.name == given.rule), None)
    planned = ours and not given.waiting and not ripe.history
    person = policy.people.get(given.owner)
    lead = policy.teams[given.target].lead if given.kind == "team" and given.target in policy.teams else ""
    most, hold = policy.promise.reassign_most, policy.hold
    escalate_ms, escalate_to = promised.escalate_ms, policy.promise.escalate_to or lead
    if given.waiting and hold.tell_after_ms is not None and not ripe.history:
        told_ms = given.at_ms + hold.tell_after_ms
        if escalate_ms is None or told_ms < escalate_ms:
            escalate_ms, escalate_to = told_ms, hold.tell
    return Assigned(
        id=f"{ripe.handoff_id}/{ripe.revision}/assigned",
        at_ms=ripe.at_ms,
        handoff_id=ripe.handoff_id,
        revision=ripe.revision,
        owner=given.owner,
        queue=given.queue,
        partner=given.partner,
        waiting=given.waiting,
        waited=bool(given.waited) and not given.waiting,
        kept=given.kept,
        rule=given.rule,
        policy=given.policy or f"{policy.policy}@{policy.version}",
        respond_by_ms=promised.respond_by_ms,
        remind_ms=promised.remind_ms,
        escalate_ms=escalate_ms,
        escalate_to=escalate_to,
        reassign_ms=promised.reassign_ms if given.anew < most and given.owner else None,
        plan=_plan(chooser, person, given.at_ms) if planned and not again else [],
        stop_on=list(policy.follow_up.stop_on) if planned and policy.follow_up.channels else [],
        then_stage=policy.follow_up.then_stage if planned else "",
        then_task=policy.follow_up.then_task if planned else "",
        again_ms=policy.follow_up.again_ms if planned else None,
        call_back=_call_back(rule, chooser, ripe) if ours and not again else None,
        trace=ripe.trace,
    )


def _promised(ripe: Ripe, given: Given, chooser: Chooser) -> Clocks:
    """What has passed by the time a lead is given counts from then: nobody loses a lead for hours it waited."""
    promise, calendar = chooser.policy.promise, chooser.calendar
    if given.kept:
        return Clocks(respond_by_ms=ripe.respond_by_ms)
    if given.anew:
        return clocks(ripe, promise, calendar, given.at_ms)
    said = clocks(ripe, promise, calendar)
    if given.waiting or not any(
        moment is not None and moment <= given.at_ms for moment in (said.remind_ms, said.escalate_ms, said.reassign_ms)
    ):
        return said
    anew = clocks(ripe, promise, calendar, given.at_ms)
    return Clocks(
        respond_by_ms=said.respond_by_ms, remind_ms=anew.remind_ms, escalate_ms=anew.escalate_ms,
        reassign_ms=anew.reassign_ms,
    )  # fmt: skip


def _plan(chooser: Chooser, person: Person | None, start_ms: Millis) -> list[tuple[Millis, str]]:
    """In the owner's working time; of an owner who leaves for long, in the policy's."""
    follow_up, calendar = chooser.policy.follow_up, chooser.calendar
    if person is not None:
        own = chooser.calendar_of(person)
        with suppress(NeverOpen):
            own.next_open(start_ms + max(follow_up.offsets_ms, default=0))
            calendar = own
    return [(one.due_ms, one.channel) for one in plan(follow_up, calendar, start_ms)]


def _call_back(rule: RoutingRule | None, chooser: Chooser, ripe: Ripe) -> tuple[Millis, str] | None:
    said: CallBack | None = None if rule is None or ripe.history else rule.call_back
    if said is None:
        return None
    return (chooser.calendar.sure_open(ripe.touch_at_ms) if said.at_opening else ripe.touch_at_ms), said.note
