"""Faults put into what a month left behind, one at a time: what the checks must then say."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tests.month.hours import HOUR_MS
from tests.month.people import CRM
from tests.month.team import SELLERS, SHARED
from tests.month.world import Event, Handoff, Line, World

Reports = dict[str, Any]


class Fault(Struct, frozen=True):
    """A change, and the beginning of the complaint it must bring."""

    change: Callable[[World, Reports], None]
    """Of what was read, and of the product's reports."""
    complaint: str


def _handoffs(world: World) -> list[Handoff]:
    return [one for one in world.handoffs.values() if one.events and not one.moved]


def _with(world: World, kind: str) -> tuple[Handoff, Event]:
    return next((one, event) for one in _handoffs(world) for event in one.events if event.kind == kind)


def _task(world: World, kind: str) -> Line:
    return next(task for task in world.tasks if task.said["kind"] == kind and "/merged/" not in task.said["task_id"])


def _an_event_is_missing(world: World, _: Reports) -> None:
    del next(one for one in _handoffs(world) if len(one.events) > 2).events[1]


def _a_second_handoff(world: World, _: Reports) -> None:
    event = next(e for events in world.of_lead.values() for e in events if e.kind == "requested")
    events = world.of_lead[event.lead]
    again = Event(
        id="x/1", kind="requested", revision=1, lead=event.lead, cause=event.cause, stamp_ms=0, data=event.data
    )
    events.insert(events.index(event) + 1, again)


def _nowhere(world: World, _: Reports) -> None:
    _handoffs(world)[0].events[0].data |= {"owner": "", "queue": "", "partner": ""}


def _never_answered(world: World, _: Reports) -> None:
    _handoffs(world)[0].answers.clear()


def _forgotten_in_the_queue(_: World, reports: Reports) -> None:
    reports["queue"]["waiting"].append({"handoff_id": "somebody"})


def _all_to(world: World, name: str, team: str | None = None) -> None:
    for one in _handoffs(world):
        for event in one.events:
            owner = event.data["owner"]
            if owner and (team is None or SELLERS[owner].team == team):
                event.data["owner"] = name
        for answer in one.answers:
            owner = answer.said.get("owner")
            if owner and (team is None or SELLERS[owner].team == team):
                answer.said["owner"] = name


def _all_to_one(world: World, _: Reports) -> None:
    _all_to(world, "eve")


def _to_who_is_away(world: World, _: Reports) -> None:
    _all_to(world, "finn")


def _unfair(world: World, _: Reports) -> None:
    _all_to(world, "quinn", SHARED)


def _escalation_kept_back(world: World, _: Reports) -> None:
    one, event = _with(world, "escalated")
    event.kind = "updated"
    world.log[one.lead][world.places[one.lead, event.cause]].stamp_ms += 60 * 24 * HOUR_MS


def _clocks_stand_still(world: World, _: Reports) -> None:
    """Nobody answers, nobody is told, and the promise was for the first day."""
    one = next(one for one in _handoffs(world) if one.answers and not one.partner and not world.moved(one))
    one.events = [event for event in one.events if event.kind in ("requested", "updated")]
    for answer in one.answers:
        answer.said["escalate_ms"], answer.stamp_ms = world.month.plan.begins_ms, world.over_ms
    for line in world.log[one.lead]:
        if line.said["type"] in ("timer", "crm"):
            line.said = line.said | {"type": ""}


def _escalated_for_nothing(world: World, _: Reports) -> None:
    for one in _handoffs(world):
        causes = {event.cause for event in one.events}
        begin = world.places[one.lead, one.events[0].cause]
        for line in world.log[one.lead][begin + 1 :]:
            promise_ms = [answer.said.get("escalate_ms") or 2**62 for answer in one.answers]
            early = line.said["type"] == "timer" and line.said["at_ms"] < min(promise_ms, default=0)
            if early and line.said["id"] not in causes and one.end is None:
                said = Event(
                    id="x", kind="escalated", revision=len(one.events) + 1, lead=one.lead, cause=line.said["id"],
                    stamp_ms=0, data=one.events[-1].data,
                )  # fmt: skip
                one.events.append(said)
                return
    raise AssertionError("no timer comes before a promise")


def _an_attempt_that_waited(world: World, _: Reports) -> None:
    one, event = _with(world, "escalated")
    place = world.places[one.lead, event.cause]
    timer = world.log[one.lead][place]
    said = {"type": "crm", "kind": "attempt", "id": "late", "handoff_id": one.id, "answered": False,
            "at_ms": 0, "origin": [CRM, 0, 0, timer.said["at_ms"] - HOUR_MS]}  # fmt: skip
    world.log[one.lead].insert(place + 1, Line(said, 0, place))


def _escalates_later(world: World, _: Reports) -> None:
    answer = next(a for one in _handoffs(world) for a in one.answers if a.said.get("escalate_ms"))
    answer.said["escalate_ms"] += 90 * HOUR_MS


def _promises_more(world: World, _: Reports) -> None:
    answer = next(a for one in _handoffs(world) for a in one.answers if a.said.get("respond_by_ms"))
    answer.said["respond_by_ms"] += 1


def _opted_out_before(world: World, _: Reports) -> None:
    lead = _task(world, "attempt").said["lead_id"]
    said = {"type": "crm", "kind": "consent", "id": "no", "purpose": "contact", "at_ms": 1, "given": False}
    world.log[lead].append(Line(said, 0, -1))


def _due_another_day(world: World, _: Reports) -> None:
    _task(world, "attempt").said["due"] = "2026-03-20T12:00:00.000Z"


def _plans_otherwise(world: World, _: Reports) -> None:
    answer = next(a for one in _handoffs(world) for a in one.answers if a.said.get("plan"))
    answer.said["plan"][1][0] += 400 * HOUR_MS


def _claims_an_attempt(world: World, _: Reports) -> None:
    outcome = next(
        one.end.data["outcome"] for one in _handoffs(world)
        if one.end is not None and one.end.kind == "closed" and (one.end.data["outcome"] or {}).get("kept")
    )  # fmt: skip
    outcome["kept"] = "9/5"


def _reports_more(name: str, field: str) -> Callable[[World, Reports], None]:
    def change(_: World, reports: Reports) -> None:
        reports[name]["sellers"][0][field] += 1

    return change


def _tells_a_partner(world: World, _: Reports) -> None:
    one = next(one for one in _handoffs(world) if one.partner)
    one.events[-1].data["score"] = {"engagement": 50}


def _loses_an_input(world: World, _: Reports) -> None:
    world.heard.pop()


def _cannot_read_an_input(world: World, _: Reports) -> None:
    world.letters.append(("wrong_shape", "x"))


def _says_it_otherwise(world: World, _: Reports) -> None:
    one = _handoffs(world)[0]
    one.doubled.append(one.events[0].id)


FAULTS = {
    "an event is missing": Fault(_an_event_is_missing, "events of a handoff with gaps"),
    "an event is said again with another owner": Fault(_says_it_otherwise, "an event said again, otherwise"),
    "a lead has two handoffs": Fault(_a_second_handoff, "a second open handoff"),
    "a ripe lead is given to nobody": Fault(_nowhere, "a ripe lead that is nowhere"),
    "route does not answer": Fault(_never_answered, "a request that was never answered"),
    "the queue holds somebody else": Fault(_forgotten_in_the_queue, "is in the queue, and does not wait"),
    "one seller gets everything": Fault(_all_to_one, "somebody over capacity"),
    "who works on Sundays gets Monday's leads": Fault(_to_who_is_away, "a lead for somebody who is away"),
    "one gets another's share": Fault(_unfair, "a share unlike its weight"),
    "an escalation is kept back": Fault(_escalation_kept_back, "a promise passed, and nobody was told"),
    "clocks stand still": Fault(_clocks_stand_still, "unowned past its promise, and not escalated"),
    "somebody is escalated for nothing": Fault(_escalated_for_nothing, "escalated, and nothing was due"),
    "an outage escalates": Fault(_an_attempt_that_waited, "escalated although an attempt was reported in time"),
    "the escalation is put off": Fault(_escalates_later, "escalate not as the policy has it"),
    "the promise is a millisecond longer": Fault(_promises_more, "respond_by not as the policy has it"),
    "somebody had opted out": Fault(_opted_out_before, "a task to contact who opted out"),
    "an attempt is due another day": Fault(_due_another_day, "attempt due otherwise"),
    "attempts are planned otherwise": Fault(_plans_otherwise, "a plan of attempts that is not the policy's"),
    "an attempt is claimed": Fault(_claims_an_attempt, "attempts kept"),
    "the report of attempts is off by one": Fault(_reports_more("cadence", "made"), "report cadence counts otherwise"),
    "the report of promises is off by one": Fault(_reports_more("sla", "within"), "report sla counts otherwise"),
    "a partner hears the score": Fault(_tells_a_partner, "a partner is told the score"),
    "an input is lost": Fault(_loses_an_input, "inputs"),
    "an input becomes a dead letter": Fault(_cannot_read_an_input, "a dead letter"),
}
