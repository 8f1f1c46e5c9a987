"""The reports of the product, held against a count by hand."""

import re
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from tests.chaos.complaints import Complaints
from tests.month.world import Fields, Handoff, World

DIRECT = ("call", "messenger")
_ANSWERS = re.compile("reply|answer|meeting")
Figures = dict[str, dict[str, int]]


def compliance_is_as_counted(world: World, complaints: Complaints, report: Any) -> dict[str, int]:
    """Attempts made of those planned, by seller, of handoffs that were closed."""
    counted: Figures = defaultdict(lambda: {"ended": 0, "kept": 0, "made": 0, "planned": 0})
    for handoff in world.handoffs.values():
        end = handoff.end
        if end is None or end.kind != "closed":
            continue
        outcome = end.data["outcome"]
        # Of who was merged meanwhile attempts lie on two logs: taken as told, so that sums are held against sums.
        made, planned, kept = _told(outcome) if handoff.moved else _made(world, handoff)
        mine = (f"{made}/{planned}", kept) if planned else ("", None)
        about = f"{handoff.id}: {mine}, told {outcome['kept']} {outcome['cadence_kept']}"
        complaints.add(mine != (outcome["kept"], outcome["cadence_kept"]), "attempts kept", about)
        for name in ("all", _seller(handoff)) if planned else ():
            row = counted[name]
            row["ended"] += 1
            row["kept"] += kept
            row["made"] += made
            row["planned"] += planned
    _compare("cadence", counted, report, complaints)
    return counted["all"]


def _told(outcome: Fields) -> tuple[int, int, bool]:
    made, _, planned = outcome["kept"].partition("/")
    return int(made or 0), int(planned or 0), bool(outcome["cadence_kept"])


def _made(world: World, handoff: Handoff) -> tuple[int, int, bool]:
    """Attempts made, attempts planned (none for who answered before), and whether that was kept."""
    lead, end = handoff.lead, handoff.end
    lines = world.log[lead]
    begin = world.places.get((lead, handoff.events[0].cause), -1)
    last = len(lines) if end is None else world.places[lead, end.cause]
    opened_ms = handoff.asked[1].said["at_ms"]
    made, planned, answered, pending = 0, 0, False, False
    for line in lines[begin + 1 : last]:
        said = line.said
        if said["type"] == "assigned" and said["handoff_id"] == handoff.id and said.get("plan") and not answered:
            planned, pending = planned or len(said["plan"]), True
        elif said["type"] == "crm" and said["kind"] == "attempt" and said.get("handoff_id", handoff.id) == handoff.id:
            made += 1
            answered, pending = answered or said["answered"], pending and not said["answered"]
        elif said["type"] == "touch" and pending and said["at_ms"] >= opened_ms:
            if "unsubscribe" in said["kind"]:
                pending = False
            elif said["channel"] in DIRECT or _ANSWERS.search(said["kind"]):
                answered, pending = True, False
    return made, planned, answered or made >= planned


def promises_are_as_counted(world: World, complaints: Complaints, report: Any) -> dict[str, int]:
    """First contact in time, late, or still to come, by seller."""
    counted: Figures = defaultdict(lambda: {"promised": 0, "within": 0, "late": 0, "pending": 0})
    for handoff in world.handoffs.values():
        if not handoff.events or handoff.partner or handoff.events[0].data["respond_by"] is None:
            continue
        by_ms = round(datetime.fromisoformat(handoff.events[0].data["respond_by"]).timestamp() * 1000)
        contact_ms = _contact_ms(world, handoff)
        within = contact_ms is not None and contact_ms <= by_ms
        pending = contact_ms is None and handoff.end is None and world.over_ms <= by_ms
        for name in ("all", _seller(handoff)):
            row = counted[name]
            row["promised"] += 1
            row["within" if within else "pending" if pending else "late"] += 1
    _compare("sla", counted, report, complaints)
    return counted["all"]


def _contact_ms(world: World, handoff: Handoff) -> int | None:
    lead, end = handoff.lead, handoff.end
    lines = world.log[lead]
    begin = world.places.get((lead, handoff.events[0].cause), -1)
    last = len(lines) if end is None else world.places.get((lead, end.cause), len(lines))
    for line in lines[begin + 1 : last]:
        said = line.said
        if said["type"] == "crm" and said["kind"] == "attempt" and said.get("handoff_id", handoff.id) == handoff.id:
            at_ms: int = said["at_ms"]
            return at_ms
    return None


def _seller(handoff: Handoff) -> str:
    """Who had it in the end."""
    outcome: Fields = (handoff.end.data["outcome"] or {}) if handoff.end is not None else {}
    owners = [event.data["owner"] for event in handoff.events if event.data["owner"]]
    return outcome.get("owner") or (owners[-1] if owners else "") or handoff.events[0].data["partner"] or "nobody"


def _compare(what: str, counted: Figures, report: Any, complaints: Complaints) -> None:
    told = {row["seller"]: {name: row[name] for name in next(iter(counted.values()), {})} for row in report["sellers"]}
    for seller in told.keys() | counted.keys():
        mine, theirs = counted.get(seller, {}), told.get(seller, {})
        if Counter(mine) != Counter(theirs):
            complaints.add(True, f"report {what} counts otherwise", f"{seller}: {theirs}, counted {dict(mine)}")
