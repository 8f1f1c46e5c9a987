"""Holds the log against the inputs, and all that was said against the log."""

from collections.abc import Mapping

from msgspec import Struct

from tests.chaos.complaints import Complaints
from tests.chaos.log import Log
from tests.chaos.oracle import FACT, TOUCH, Expected
from tests.chaos.table import HandoffsRead, Held

MERGED = "merged"
"""The one reason for which a request may be taken back here."""


class Persons(Struct):
    """Whose a lead is, told by the inputs on its log and by merges."""

    leads: dict[str, set[str]]
    """By person: all leads that something was said to."""
    lead_of: dict[str, str]
    """By person: the one that is left; none: nothing was ever said to a lead of theirs."""
    welded: int
    """People who share their lead with somebody else."""
    apart: int
    """People of whom more than one lead is left."""


def whose(log: Log, expected: Expected, complaints: Complaints) -> Persons:
    """Each person has one lead in the end, and each lead one person."""
    leads: dict[str, set[str]] = {person: set() for person in expected.ticks}
    people: dict[str, set[str]] = {}
    for place, found in log.leads_of.items():
        for lead in found if place in expected.places else ():
            _, person = expected.places[place]
            leads[person].add(lead)
            people.setdefault(log.root(lead), set()).add(person)
    roots = {person: sorted({log.root(lead) for lead in found}) for person, found in leads.items()}
    welded = [f"{lead}: {sorted(who)}" for lead, who in people.items() if len(who) > 1]
    apart = [f"{person}: {found}" for person, found in roots.items() if len(found) > 1]
    complaints.add_all("several people are one lead", welded)
    complaints.add_all("more than one lead", apart)
    silent = {person for _, person in expected.places.values()} - {p for k, p in expected.places.values() if k == FACT}
    complaints.add_all("no lead", (person for person in silent if not roots[person]))
    lead_of = {person: found[0] for person, found in roots.items() if found}
    return Persons(leads, lead_of, sum(len(who) for who in people.values() if len(who) > 1), len(apart))


def compare_inputs(log: Log, expected: Expected, persons: Persons, complaints: Complaints) -> int:
    """Every usable input is on the log, of one lead, and nothing else is. Returns how many touches are not."""
    missing = 0
    for place, (kind, _) in expected.places.items():
        leads = log.leads_of.get(place, set())
        # What a fact says of the person alone is kept in the profile; it need not be on the log.
        complaints.add(not leads and kind != FACT, "an input is not on the log", f"{place} ({kind})")
        complaints.add(len(leads) > 1, "an input is on the log of several leads", f"{place}: {sorted(leads)}")
        missing += not leads and kind == TOUCH
    strangers = log.leads_of.keys() - expected.places.keys()
    complaints.add_all("the log says what no input said", (str(place) for place in strangers))
    for person, lead in persons.lead_of.items():
        sent, logged = expected.ticks[person], log.leads[lead].ticks
        about = f"{person} ({lead}): {sorted(sent ^ logged)}"
        complaints.add(sent != logged, "the log of a lead differs from what was sent", about)
    return missing


def compare_leads(log: Log, states: Mapping[str, Held], complaints: Complaints) -> None:
    """The table is the log, folded: every touch once, up to the last event; a loser knows its survivor."""
    for lead, last in log.last.items():
        held, folded = states.get(lead), log.leads[lead]
        count = 0 if folded.survivor else len(folded.ticks)
        complaints.add(held is None, "a lead of the log has no state", lead)
        if held is not None:
            about = f"{lead}: {held.engagement:g} points at {held.applied}, the log has {count} at {last}"
            complaints.add((held.engagement, held.applied) != (count, last), "a state is not its log folded", about)
            about = f"{lead}: {held.survivor or 'itself'}, the log says {folded.survivor or 'itself'}"
            complaints.add(held.survivor != folded.survivor, "a state points elsewhere than its log", about)
    complaints.add_all("a state of nobody on the log", states.keys() - log.last.keys())


def compare_handoffs(log: Log, ripe: Mapping[str, set[str]], handed: HandoffsRead, complaints: Complaints) -> None:
    """Each lead that met the line on its own was asked for, under the id that follows from the event which met it."""
    for lead, handoff in log.requests.items():
        wanted, cause = {handoff}, {log.leads[lead].opening}
        for topic, ids in (("ripe", ripe), ("handoffs", handed.ids), ("the log, as assigned", log.assigned)):
            said = ids.get(lead, set())
            about = f"{lead}: {sorted(said)}, wanted {handoff}"
            never = handoff in handed.withdrawn and not said and ids is log.assigned  # taken back before it got there
            complaints.add(said != wanted and not never, f"another request than the log makes, on {topic}", about)
        about = f"{lead}: {handed.causes.get(handoff)}, the log says {cause}"
        complaints.add(handed.causes.get(handoff, cause) != cause, "a handoff names another cause", about)
    for topic, ids in (("ripe", ripe), ("handoffs", handed.ids)):
        complaints.add_all(
            f"a request on {topic} of a lead that did not meet the line", ids.keys() - log.requests.keys()
        )


def compare_open(handed: HandoffsRead, expected: Expected, persons: Persons, complaints: Complaints) -> tuple[int, int]:
    """Of each person who met the line one request is open in the end: people without any, and people with several.

    Whoever was two leads that each met the line was asked for twice; the merge took one of the two back.
    """
    missing = repeats = 0
    for person, leads in persons.leads.items():
        asked = set[str]().union(*(handed.ids.get(lead, set()) for lead in leads))
        left = asked - handed.withdrawn.keys()
        missing += person in expected.ripe and not left
        repeats += len(left) > 1
        complaints.add(person in expected.ripe and not left, "no handoff", f"{person} {sorted(leads)}: {sorted(asked)}")
        complaints.add(len(left) > 1, "more than one handoff", f"{person} {sorted(leads)}: {sorted(left)}")
        below = bool(asked) and person not in expected.ripe
        complaints.add(below, "handed off below the line", f"{person} {sorted(leads)}: {sorted(asked)}")
        taken = {handoff: handed.withdrawn[handoff] for handoff in asked & handed.withdrawn.keys()}
        wrong = [f"{person}: {handoff} ({reasons})" for handoff, reasons in taken.items() if reasons != {MERGED}]
        complaints.add_all("withdrawn, and not because of a merge", wrong)
    known = set[str]().union(*persons.leads.values())
    complaints.add_all("a handoff of nobody we know", handed.ids.keys() - known)
    unasked = handed.withdrawn.keys() - set[str]().union(*handed.ids.values())
    complaints.add_all("withdrawn what nobody asked for", unasked)
    return missing, repeats
