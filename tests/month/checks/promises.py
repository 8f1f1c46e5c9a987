"""Who is not called is escalated, when the policy says so and only then; every moment follows from the policy."""

from collections import Counter

from msgspec import Struct

from tests.chaos.complaints import Complaints
from tests.month.hours import MINUTE_MS
from tests.month.team import ESCALATE_MS, OFFICE, REASSIGN_MS, REMIND_MS, TELL_MS, WITHIN_MS
from tests.month.world import Fields, Handoff, Line, World

LATE_MS = 5 * MINUTE_MS
REPORTS = ("attempt", "accepted", "owner")
"""Of people, that change what is promised."""


class Clock(Struct):
    """What is in force of one handoff, as its log goes on."""

    answered: bool = False
    revision: int = -1
    waiting: bool = False
    owner: str = ""
    accepted: bool = False
    escalate_ms: int = 0
    reassign_ms: int = 0
    escalate_to: str = ""
    contacted: bool = False
    since_ms: int = 0
    """When the log had these."""


class Told(Struct):
    """What the walk found."""

    escalated: int = 0
    degraded: int = 0
    """By timers that did not wait for the inputs."""


def who_is_not_called_is_escalated(world: World, complaints: Complaints) -> Told:
    """Each handoff's log, walked from its request to its end."""
    told = Told()
    escalations = {line.said["task_id"]: line for line in world.tasks if line.said["kind"] == "escalate"}
    for handoff in world.handoffs.values():
        if handoff.events and not handoff.partner and not world.moved(handoff):
            _walk(world, handoff, complaints, told, escalations)
    return told


def _walk(world: World, handoff: Handoff, complaints: Complaints, told: Told, escalations: dict[str, Line]) -> None:
    lead, clock = handoff.lead, Clock(owner=handoff.events[0].data["owner"])
    lines = world.log[lead]
    place = {event.revision: world.places.get((lead, event.cause), -1) for event in handoff.events}
    end = handoff.end
    last = len(lines) if end is None else place[end.revision]
    escalated = Counter(event.cause for event in handoff.events if event.kind == "escalated")
    for line in lines[place[1] + 1 : last + 1]:
        said = line.said
        match said["type"]:
            case "assigned" if said["handoff_id"] == handoff.id:
                _assigned(clock, line)
            case "crm" if said["kind"] in REPORTS and said.get("handoff_id", handoff.id) == handoff.id:
                revision = max(number for number, at in place.items() if at <= line.place)
                _reported(clock, said, revision)
            case "timer":
                due = [
                    at
                    for at in (clock.escalate_ms, 0 if clock.accepted else clock.reassign_ms)
                    if 0 < at <= said["at_ms"]
                ]
                if due and escalated[said["id"]]:
                    _told(world, handoff, clock, due, line, complaints, escalations)
                    told.escalated += 1
                    told.degraded += said.get("degraded", False)
                    escalated[said["id"]] -= 1
                    if not said.get("degraded"):
                        _not_reported_in_time(world, handoff, line, lines[line.place : last], complaints)
        if clock.escalate_ms and line.stamp_ms > max(clock.escalate_ms, clock.since_ms) + world.late_ms:
            complaints.add(True, "a promise passed, and nobody was told", f"{handoff.id}: {clock}")
            clock.escalate_ms = 0
    complaints.add_all("escalated, and nothing was due", (f"{handoff.id} by {id}" for id in escalated.elements()))
    limit_ms = world.settled_ms
    unowned = end is None and 0 < clock.escalate_ms < limit_ms
    complaints.add(unowned, "unowned past its promise, and not escalated", f"{handoff.id}: {clock}")
    complaints.add(
        not clock.answered and end is None and handoff.events[0].stamp_ms < limit_ms, "asked for, and never answered",
        handoff.id,
    )  # fmt: skip


def _told(
    world: World, handoff: Handoff, clock: Clock, due: list[int], timer: Line, complaints: Complaints,
    escalations: dict[str, Line],
) -> None:  # fmt: skip
    about = f"{handoff.id} by {timer.said['id']}"
    if clock.escalate_ms in due:
        task = escalations.get(f"{handoff.lead}/{timer.said['id']}/escalate")
        fine = task is not None and task.said["owner"] == clock.escalate_to
        complaints.add(not fine, "an escalation of which nobody is told", about)
    clock.escalate_ms = 0 if clock.escalate_ms in due else clock.escalate_ms
    clock.reassign_ms = 0 if clock.reassign_ms in due else clock.reassign_ms


def _assigned(clock: Clock, line: Line) -> None:
    said = line.said
    owner, waiting = said.get("owner", ""), said.get("waiting", False)
    if clock.answered:
        same = (clock.owner, clock.waiting) == (owner, waiting)
        if said["revision"] < clock.revision:
            return
        if said["revision"] == clock.revision and (same or not clock.waiting):
            return
    taken = not clock.answered and clock.accepted
    clock.answered, clock.revision, clock.waiting, clock.since_ms = True, said["revision"], waiting, line.stamp_ms
    clock.owner = clock.owner if taken else owner
    clock.escalate_ms = 0 if clock.contacted else said.get("escalate_ms") or 0
    clock.reassign_ms = 0 if clock.contacted or clock.accepted else said.get("reassign_ms") or 0
    clock.escalate_to = said.get("escalate_to", "")


def _reported(clock: Clock, said: Fields, revision: int) -> None:
    match said["kind"]:
        case "attempt":
            clock.contacted, clock.escalate_ms, clock.reassign_ms = True, 0, 0
        case "accepted" | "owner":
            clock.accepted = clock.accepted or said["kind"] == "accepted"
            clock.owner = said.get("owner") or said.get("by", "")
            clock.waiting, clock.reassign_ms, clock.revision = False, 0, max(revision, clock.revision)


def _not_reported_in_time(
    world: World, handoff: Handoff, timer: Line, later: list[Line], complaints: Complaints
) -> None:
    """No attempt that Kafka had before the moment lies behind the timer on the log: outages escalate nobody falsely."""
    for line in later:
        said = line.said
        if said["type"] == "crm" and said["kind"] == "attempt" and said.get("handoff_id") == handoff.id:
            early = said["origin"][3] < timer.said["at_ms"] - world.tick_ms
            complaints.add(early, "escalated although an attempt was reported in time", f"{handoff.id}: {said['id']}")


def moments_follow_from_the_policy(world: World, complaints: Complaints) -> None:
    """Respond, remind, escalate, reassign: in working time, from the touch, or from the decision."""
    for handoff in world.handoffs.values():
        for answer in handoff.answers:
            asked = handoff.asked.get(answer.said["revision"])
            if asked is None or answer.said.get("partner"):
                continue
            if answer.said.get("kept"):  # nobody else can take it: no clock runs any more
                runs = [name for name in ("remind_ms", "escalate_ms", "reassign_ms") if answer.said.get(name)]
                complaints.add(bool(runs), "a clock of a lead that its owner keeps", f"{handoff.id}: {answer.said}")
                continue
            for name, fine in _moments(world, asked, answer).items():
                complaints.add(not fine, f"{name} not as the policy has it", f"{handoff.id}: {answer.said}")


def _moments(world: World, asked: Line, answer: Line) -> dict[str, bool]:
    said, ripe = answer.said, asked.said
    late = ripe["received_ms"] - ripe["touch_at_ms"] > LATE_MS
    start_ms = ripe["received_ms"] if late else ripe["touch_at_ms"]
    lengths = {"respond_by": WITHIN_MS, "remind": REMIND_MS, "escalate": ESCALATE_MS, "reassign": REASSIGN_MS}
    touched = {name: OFFICE.after(start_ms, length) for name, length in lengths.items()}
    low_ms, high_ms = asked.stamp_ms, answer.stamp_ms + world.tick_ms
    given = {name: (OFFICE.after(low_ms, length), OFFICE.after(high_ms, length)) for name, length in lengths.items()}
    anew = ripe.get("reassign", False)
    first_ms = touched["remind"]
    found: dict[str, bool] = {}
    for name in lengths:
        moment = said.get(f"{name}_ms")
        if moment is None:
            owed = name != "reassign" or (bool(said.get("owner")) and not anew)
            found[name] = not owed
            continue
        low, high = given[name]
        by_decision = low <= moment <= high
        if said.get("waiting") and name == "escalate":
            told = low_ms + TELL_MS <= moment <= high_ms + TELL_MS
            found[name] = told or (by_decision if anew else moment == touched[name])
        elif anew:
            found[name] = by_decision
        elif name == "respond_by" or said.get("waiting"):
            found[name] = moment == touched[name]
        else:
            found[name] = (moment == touched[name] and first_ms > low_ms) or (by_decision and first_ms <= high_ms)
    return found
