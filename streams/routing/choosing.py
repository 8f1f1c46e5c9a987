"""Which rule of the policy decides about a lead, and who may take it. The same question gives the same answer.

Who of several gets it rests on their load, which the route stage keeps. Here are the options, in order, each with the
people who are at work: the first that has anybody with room is taken; where none has, the lead waits for the last.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from schemas.handoff import Ripe
from schemas.routing_policy import Asked, CallBack, Person, RoutingPolicy, RoutingRule, Shift, Target
from schemas.units import Micro, Millis
from streams.asked import any_glob, as_asked, passes
from streams.routing.calendar import Calendar

NO_RULE = "no rule"
"""Of a lead about which no rule of the policy says anything: it waits in the policy's own queue."""


class Situation(Struct, frozen=True, kw_only=True):
    """What rules are asked about."""

    at_ms: Millis
    """When the person acted."""
    fields: Mapping[str, tuple[str, ...]] = {}
    """By name (`schemas.routing_policy.FIELDS`); where there are several, any of them may match."""
    facts: Mapping[str, Any] = {}
    owner: str = ""
    owner_seen_ms: Millis = 0
    """When the owner was last heard of with this lead; 0: not known."""
    captured_by: str = ""
    partner_only: bool = False


class Member(Struct, frozen=True):
    """Somebody who may take the lead now."""

    name: str
    weight: int
    capacity: int | None
    per_day: int | None


class Option(Struct, frozen=True, kw_only=True):
    """A rule that holds, and whom it names."""

    rule: str
    kind: str
    """Of the target."""
    target: str
    """Name of the team, role, partner, queue or person."""
    members: tuple[Member, ...] = ()
    """At work now, by name."""
    everybody: tuple[str, ...] = ()
    """All who may ever take it, at work or not, by name."""
    share: str = "weight"
    lead: str = ""
    """Of the team: who is told when nobody answers."""
    priority: Micro = 0
    call_back: CallBack | None = None


class Passed(Struct, frozen=True):
    """A rule that did not decide, and why."""

    rule: str
    why: str


class Chosen(Struct, frozen=True):
    """The answer."""

    options: tuple[Option, ...]
    passed: tuple[Passed, ...]


class Chooser:
    """A policy made ready to be asked."""

    def __init__(self, policy: RoutingPolicy) -> None:
        self.policy = policy
        self.calendar = Calendar(policy.hours, policy.time_zone, policy.holidays)
        self._calendars = {person.name: self.calendar_of(person) for person in policy.people.values()}

    def calendar_of(self, person: Person) -> Calendar:
        """Of somebody: own hours or the policy's, and the policy's holidays."""
        policy = self.policy
        return Calendar(person.hours or policy.hours, policy.time_zone, policy.holidays, person.absent)

    def choose(
        self,
        situation: Situation,
        now_ms: Millis,
        away: frozenset[str] = frozenset(),
        without: frozenset[str] = frozenset(),
    ) -> Chosen:
        """Options in order. `away`: people reported absent now; `without`: people who shall not get it again."""
        options: list[Option] = []
        passed: list[Passed] = []
        for rule in self.policy.rules:
            why = self._why_not(rule.asked, situation)
            if not why and situation.partner_only and rule.to.kind != "partner":
                why = "the lead is for partners only"
            option = None if why else self._option(rule, situation, now_ms, away | without)
            if option is None:
                passed.append(Passed(rule.name, why or f"there is no {rule.to.kind} to give it to"))
                continue
            options.append(option)
            if not rule.else_next:
                break
        return Chosen(tuple(options), tuple(passed))

    def of_team(self, name: str, now_ms: Millis, away: frozenset[str] = frozenset()) -> tuple[Option, ...]:
        """The people of a team who are at work, whatever the rules say."""
        rule = RoutingRule(name="given to somebody else", to=Target(kind="team", name=name))
        option = self._option(rule, Situation(at_ms=now_ms), now_ms, away)
        return () if option is None else (option,)

    def _option(
        self, rule: RoutingRule, situation: Situation, now_ms: Millis, without: frozenset[str]
    ) -> Option | None:
        policy, to = self.policy, rule.to
        share, lead, target = "weight", "", to.name
        match to.kind:
            case "owner" | "captured_by":
                target = situation.owner if to.kind == "owner" else situation.captured_by
                names = [target] if target in policy.people else []
                if not names:
                    return None
            case "person":
                names = [to.name]
            case "team":
                team = policy.teams[to.name]
                names, share, lead = list(team.members), team.share, team.lead
            case "role":
                names = [person.name for person in policy.people.values() if person.role == to.name]
            case _:
                names = []
        able = [policy.people[name] for name in sorted(names) if set(rule.needs) <= set(policy.people[name].skills)]
        return Option(
            rule=rule.name,
            kind=to.kind,
            target=target,
            members=tuple(
                Member(person.name, person.weight, person.capacity, person.per_day)
                for person in able
                if person.name not in without and self._calendars[person.name].is_open(now_ms)
            ),
            everybody=tuple(person.name for person in able),
            share=share,
            lead=lead,
            priority=rule.priority,
            call_back=rule.call_back,
        )

    def _why_not(self, asked: Asked, situation: Situation) -> str:
        """The first thing asked that does not hold, in words; empty: all holds."""
        for name, globs in asked.fields.items():
            said = situation.fields.get(name, ())
            if not any(map(any_glob(globs), said)):
                return f"{name} is {' and '.join(said) or 'not known'}, not {' or '.join(globs)}"
        for name, test in asked.facts.items():
            value = as_asked(test, situation.facts.get(name), self.calendar.zone)
            if value is None:
                return f"{name} is not known"
            if not passes(test, value, situation.at_ms):
                return f"{name} is {value:g}" if isinstance(value, float) else f"{name} is {value}"
        if asked.time is not None and not self._within(asked.time, situation.at_ms):
            return f"it was {self.calendar.local(situation.at_ms):%H:%M} on the policy's clock"
        if asked.partner_only is not None and asked.partner_only != situation.partner_only:
            return "the lead is for partners only" if situation.partner_only else "the lead is for our own sales"
        if "owner" in asked.has and not situation.owner:
            return "the lead has no owner yet"
        seen_ms = situation.owner_seen_ms
        if asked.seen_within_ms is not None and seen_ms and seen_ms < situation.at_ms - asked.seen_within_ms:
            return "its owner was heard of too long ago"
        return ""

    def _within(self, time: Shift, at_ms: Millis) -> bool:
        local = self.calendar.local(at_ms)
        minute = local.hour * 60 + local.minute
        if time.opens < time.closes:
            return time.opens <= minute < time.closes
        return minute >= time.opens or minute < time.closes


def situation_of(ripe: Ripe) -> Situation:
    """What a policy may ask about a ripe lead."""
    fields = {
        "page": ripe.page, "channel": ripe.channel, "campaign": ripe.campaign, "origin": ripe.origin,
        "segment": ripe.segment, "stage": ripe.stage, "level": ripe.level or "", "grade": ripe.grade,
        "temperature": ripe.temperature, "model": ripe.model.rpartition("@")[0], "trigger": ripe.trigger.kind.value,
    }  # fmt: skip
    return Situation(
        at_ms=ripe.touch_at_ms,
        fields={name: (said,) for name, said in fields.items() if said} | {"source": tuple(ripe.sources)},
        facts={name: fact.value for name, fact in ripe.facts.items()},
        owner="" if ripe.reassign else ripe.owner,  # it is to be given to anybody else
        owner_seen_ms=ripe.owner_seen_ms or 0,
        captured_by=ripe.origin,
        partner_only=ripe.partner_only,
    )
