"""Tasks: none for who opted out, each due when the policy says."""

from datetime import datetime

from tests.chaos.complaints import Complaints
from tests.month.hours import HOUR_MS
from tests.month.team import CHANNELS, OFFICE, SELLERS
from tests.month.world import Fields, Handoff, Line, World

CONTACTS = ("attempt", "call_back", "remind", "reactivate", "nurture_entered")
"""Kinds that make somebody contact the lead."""
ALL = "contact"


def cause_of(task: Fields) -> str:
    """The event on the lead's log that brought it about."""
    rest: str = task["task_id"].removeprefix(f"{task['lead_id']}/")
    number = "" if task["attempt_no"] is None else f"/{task['attempt_no']}"
    return rest.removesuffix(f"/{task['kind']}{number}")


def nobody_who_opted_out_is_contacted(world: World, complaints: Complaints) -> int:
    """By the order of the log: after the word, before it is taken back; how many leads said such a word."""
    words = {lead: _words(lines) for lead, lines in world.log.items()}
    for task in world.tasks:
        said = task.said
        if said["kind"] not in CONTACTS or not words.get(said["lead_id"]):
            continue
        place = world.places.get((said["lead_id"], cause_of(said)))
        if place is None:
            complaints.add(True, "a task of nothing that is on the log", said["task_id"])
            continue
        shut = _shut(words[said["lead_id"]], place)
        refused = ALL in shut or f"contact:{said['channel']}" in shut
        complaints.add(
            refused, f"a task to contact who opted out: {said['kind']}", f"{said['task_id']}: {sorted(shut)}"
        )
    for lead, events in world.of_lead.items():
        for event in events:
            if event.kind == "requested" and words[lead]:
                shut = _shut(words[lead], world.places.get((lead, event.cause), -1))
                complaints.add(ALL in shut, "a handoff of who opted out", event.id)
    return sum(bool(said) for said in words.values())


Word = tuple[int, str, int, bool]
"""Place on the log, purpose, moment, given."""


def _words(lines: list[Line]) -> list[Word]:
    found: list[Word] = []
    for line in lines:
        said = line.said
        if said["type"] == "crm" and said["kind"] == "consent":
            found.append((line.place, said["purpose"], said["at_ms"], said["given"]))
        elif said["type"] == "touch" and said["kind"] == "unsubscribe":
            found.append((line.place, "contact:email", said["at_ms"], False))
    return found


def _shut(words: list[Word], place: int) -> set[str]:
    last: dict[str, tuple[int, bool]] = {}
    for at, purpose, moment, given in words:
        if at <= place and moment >= last.get(purpose, (0, True))[0]:
            last[purpose] = moment, given
    return {purpose for purpose, (_, given) in last.items() if not given}


def tasks_are_due_when_the_policy_says(world: World, complaints: Complaints) -> None:
    """Attempts by the plan, in their owner's working time; a reminder by the promise; another try when it is time."""
    moved = {event.lead for handoff in world.handoffs.values() if handoff.moved for event in handoff.events}
    plans = {handoff.id: plan for handoff in world.handoffs.values() if (plan := plan_of(handoff)) is not None}
    for handoff in world.handoffs.values():
        for answer in handoff.answers:
            if answer.said.get("plan"):
                _plan(world, handoff, answer, complaints)
    for task in world.tasks:
        said = task.said
        if said["kind"] not in ("attempt", "remind", "reactivate", "call_back"):
            continue
        due_ms = round(datetime.fromisoformat(said["due"]).timestamp() * 1000)
        whose = _handoff_at(world, said)
        if said["lead_id"] in moved:
            continue
        if whose is None:
            complaints.add(True, "a task of no handoff", said["task_id"])
            continue
        complaints.add(not _due(world, whose, plans, said, due_ms), f"{said['kind']} due otherwise", f"{said}")


def plan_of(handoff: Handoff) -> list[tuple[int, str]] | None:
    """The attempts planned: the first plan stands."""
    return next(
        ([(due, channel) for due, channel in a.said["plan"]] for a in handoff.answers if a.said.get("plan")), None
    )


def _plan(world: World, handoff: Handoff, answer: Line, complaints: Complaints) -> None:
    said, asked = answer.said, handoff.asked[answer.said["revision"]]
    calendar = SELLERS[said["owner"]].by_policy if said.get("owner") else OFFICE
    offsets = world.month.plan.offsets_ms
    # Of a decision that came back after Redis had lost it, rule and moment are not known: it counts from the request.
    begin_ms = asked.stamp_ms if said.get("rule") else asked.said["at_ms"]
    fine = [channel for _, channel in said["plan"]] == list(CHANNELS)
    for (due_ms, _), offset_ms in zip(said["plan"], offsets, strict=True):
        low_ms = calendar.next_open(begin_ms + offset_ms)
        high_ms = calendar.next_open(answer.stamp_ms + world.tick_ms + offset_ms)
        fine = fine and low_ms <= due_ms <= high_ms and calendar.open_at(due_ms)
    complaints.add(not fine, "a plan of attempts that is not the policy's", f"{handoff.id}: {said}")


def _handoff_at(world: World, task: Fields) -> Handoff | None:
    """The lead's latest handoff when the task came about."""
    lead = task["lead_id"]
    place = world.places.get((lead, cause_of(task)), -1)
    begun = [e for e in world.of_lead[lead] if e.kind == "requested" and world.places.get((lead, e.cause), 0) <= place]
    return world.handoffs[begun[-1].data["handoff_id"]] if begun else None


def _due(world: World, handoff: Handoff, plans: dict[str, list[tuple[int, str]]], said: Fields, due_ms: int) -> bool:
    match said["kind"]:
        case "attempt":
            planned = plans.get(handoff.id, [])
            number = said["attempt_no"]
            return 0 < number <= len(planned) and planned[number - 1] == (due_ms, said["channel"])
        case "remind":
            return due_ms in {answer.said.get("respond_by_ms") for answer in handoff.answers}
        case "call_back":
            return due_ms == OFFICE.next_open(handoff.asked[1].said["touch_at_ms"])
    if handoff.end is None:
        return False
    cause = world.log[handoff.lead][world.places[handoff.lead, handoff.end.cause]].said
    begun_ms = handoff.asked[1].said["at_ms"]
    return due_ms == max(cause["at_ms"], begun_ms) + world.month.plan.again_h * HOUR_MS
