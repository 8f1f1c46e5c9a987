"""Holds the log against the inputs, and all that was said against the log."""

from collections.abc import Mapping

from tests.chaos.complaints import Complaints
from tests.chaos.log import Log
from tests.chaos.oracle import FACT, TOUCH, Expected
from tests.chaos.table import HandoffsRead, Held


def compare_inputs(log: Log, expected: Expected, lead_of: Mapping[str, str], complaints: Complaints) -> int:
    """Every usable input is on the log, of one lead, and nothing else is. Returns how many touches are not."""
    missing = 0
    for place, kind in expected.places.items():
        leads = log.leads_of.get(place, set())
        # What a fact says of the person alone is kept in the profile; it need not be on the log.
        complaints.add(not leads and kind != FACT, "an input is not on the log", f"{place} ({kind})")
        complaints.add(len(leads) > 1, "an input is on the log of several leads", f"{place}: {sorted(leads)}")
        missing += not leads and kind == TOUCH
    strangers = log.leads_of.keys() - expected.places.keys()
    complaints.add_all("the log says what no input said", (str(place) for place in strangers))
    ticks = {lead_of[person]: ids for person, ids in expected.ticks.items() if ids}
    for lead in ticks.keys() | log.ticks.keys():
        sent, logged = ticks.get(lead, set()), log.ticks.get(lead, set())
        complaints.add(
            sent != logged, "the log of a lead differs from what was sent", f"{lead}: {sorted(sent ^ logged)}"
        )
    return missing


def compare_leads(log: Log, states: Mapping[str, Held], complaints: Complaints) -> None:
    """The table is the log, folded: every touch once, up to the last event."""
    for lead, last in log.last.items():
        held, count = states.get(lead), len(log.ticks.get(lead, set()))
        complaints.add(held is None, "a lead of the log has no state", lead)
        if held is not None:
            about = f"{lead}: {held.engagement:g} points at {held.applied}, the log has {count} at {last}"
            complaints.add((held.engagement, held.applied) != (count, last), "a state is not its log folded", about)
    complaints.add_all("a state of nobody on the log", states.keys() - log.last.keys())


def compare_handoffs(log: Log, ripe: Mapping[str, set[str]], handed: HandoffsRead, complaints: Complaints) -> None:
    """Each lead that met the line was asked for under the id that follows from the touch which met it."""
    for lead, handoff in log.requests.items():
        wanted, cause = {handoff}, {log.opening[lead]}
        for topic, ids in (("ripe", ripe), ("handoffs", handed.ids), ("the log, as assigned", log.assigned)):
            said = ids.get(lead, set())
            about = f"{lead}: {sorted(said)}, wanted {handoff}"
            complaints.add(said != wanted, f"another request than the log makes, on {topic}", about)
        about = f"{lead}: {handed.causes.get(handoff)}, the log says {cause}"
        complaints.add(handed.causes.get(handoff, cause) != cause, "a handoff names another cause", about)
    for topic, ids in (("ripe", ripe), ("handoffs", handed.ids)):
        complaints.add_all(
            f"a request on {topic} of a lead that did not meet the line", ids.keys() - log.requests.keys()
        )
