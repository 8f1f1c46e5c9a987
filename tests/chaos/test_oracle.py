"""The recount notices what it is there for: a pure test over records made by hand."""

import json
from dataclasses import dataclass
from typing import Any

from tests.chaos.complaints import Complaints
from tests.chaos.log import LINE, Log, refold
from tests.chaos.logged import MERGED, compare_handoffs, compare_inputs, compare_leads, compare_open, whose
from tests.chaos.oracle import Expected, recount
from tests.chaos.people import OFFICE
from tests.chaos.table import HandoffsRead, Held

ANN = "crm:check=ann"
WHO = {"crm:check": "ann"}


@dataclass(frozen=True)
class Made:
    """What the recount reads of a record."""

    offset: int
    value: bytes
    key: bytes
    partition: int = 0


def said(*whos: dict[str, str]) -> Expected:
    """Touch `t<n>` of each."""
    messages = ({"touch_id": f"t{n}", "who": dict(who)} for n, who in enumerate(whos))
    records: Any = {"touches.web": [Made(n, json.dumps(one).encode(), b"") for n, one in enumerate(messages)]}
    return recount(records)


def touch(number: int) -> dict[str, Any]:
    return {"type": "touch", "id": f"t{number}", "origin": ["touches.web", 0, number, 1]}


def merged(loser: str, survivor: str, number: int = 1) -> list[tuple[str, dict[str, Any]]]:
    name = f"{loser}/merged/{survivor}"
    return [
        (loser, {"type": "merged_into", "id": name, "survivor": survivor}),
        (survivor, {"type": "merged_from", "id": name, "loser": loser, "number": number, "state": ""}),
    ]


def handed_on(lead: str, loser: str, number: int, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return lead, {"type": "forwarded", "id": event["id"], "loser": loser, "number": number, "event": event}


def log(*events: tuple[str, dict[str, Any]]) -> Log:
    made: Any = [Made(at, json.dumps(event).encode(), lead.encode()) for at, (lead, event) in enumerate(events)]
    return refold(made)


def found(log: Log, expected: Expected) -> tuple[int, list[str]]:
    complaints = Complaints()
    missing = compare_inputs(log, expected, whose(log, expected, complaints), complaints)
    return missing, [told.partition(":")[0] for told in complaints.told()]


def test_identities_of_one_message_are_one_person_and_so_is_what_follows_from_it() -> None:
    expected = said({"anonymous": "a"}, WHO, {"email": "e", "anonymous": "a"}, WHO | {"email": "e"}, {"anonymous": "b"})

    assert {"anonymous=a": {"t0", "t1", "t2", "t3"}, "anonymous=b": {"t4"}} == expected.ticks
    assert {"anonymous=a": {"ann"}} == expected.numbers


def test_a_number_of_an_office_makes_nobody_one() -> None:
    office = {"phone": f"{OFFICE}0001"}

    assert {ANN: {"t0"}, "crm:check=bob": {"t1"}} == said(WHO | office, {"crm:check": "bob"} | office).ticks


def test_inputs_that_are_on_the_log_are_no_complaint_even_if_twice() -> None:
    again = log(*[("L1", touch(n)) for n in (0, 1, 1, 2, 0)])

    assert (0, []) == found(again, said(WHO, WHO, WHO))
    assert 2 == again.again


def test_an_input_that_is_not_on_the_log_is_lost() -> None:
    assert (1, ["an input is not on the log", "the log of a lead differs from what was sent"]) == found(
        log(("L1", touch(0)), ("L1", touch(2))), said(WHO, WHO, WHO)
    )


def test_an_input_on_the_log_of_two_leads_is_noticed() -> None:
    _, told = found(log(("L1", touch(0)), ("L1", touch(1)), ("L2", touch(1)), *merged("L2", "L1")), said(WHO, WHO))

    assert ["an input is on the log of several leads"] == told


def test_an_event_that_no_input_said_is_noticed() -> None:
    _, told = found(log(("L1", touch(0)), ("L1", touch(1))), said(WHO))

    assert "the log says what no input said" in told


def test_leads_of_one_person_that_were_not_merged_and_of_two_that_were_are_noticed() -> None:
    apart = log(("L1", touch(0)), ("L2", touch(1)))
    together = log(("L1", touch(0)), ("L2", touch(1)), *merged("L2", "L1"))
    one, two = said(WHO, WHO), said(WHO, {"anonymous": "b"})

    assert "more than one lead" in found(apart, one)[1]
    assert (0, []) == found(together, one)
    assert "several people are one lead" in found(together, two)[1]
    assert (0, []) == found(apart, two)


def test_what_a_loser_had_and_hands_on_counts_at_its_survivor_once() -> None:
    events = log(
        ("L1", touch(0)), ("L2", touch(1)), ("L2", touch(0)), *merged("L2", "L1"), ("L2", touch(2)),
        handed_on("L1", "L2", 2, touch(2)), handed_on("L1", "L2", 2, touch(2)), handed_on("L1", "L2", 1, touch(9)),
    )  # fmt: skip

    assert {"t0", "t1", "t2"} == events.leads["L1"].ticks
    assert ("L1", "L2") == (events.root("L2"), "L2")


def test_what_is_handed_on_along_a_chain_of_losers_arrives() -> None:
    first, then = merged("L3", "L2"), merged("L2", "L1")
    late = {"type": "merged_from", "id": "L3/merged/L2", "loser": "L3", "number": 1, "state": ""}
    events = log(
        ("L3", touch(0)), ("L2", touch(1)), first[0], *then, first[1], handed_on("L1", "L2", 2, late),
        handed_on("L1", "L2", 3, {**handed_on("", "L3", 2, touch(2))[1]}),
    )  # fmt: skip

    assert {"t0", "t1", "t2"} == events.leads["L1"].ticks
    assert "L1" == events.root("L3")


def test_a_state_that_is_not_its_log_folded_is_noticed() -> None:
    events = log(*[("L1", touch(n)) for n in (0, 1, 1)])
    right, behind, twice = Held(2, "ann", 2, 2.0), Held(1, "ann", 2, 2.0), Held(2, "ann", 3, 3.0)
    gone = Held(2, "ann", 2, 2.0, "L0")
    told = []
    for held in (right, behind, twice, gone):
        complaints = Complaints()
        compare_leads(events, {"L1": held}, complaints)
        told.append(len(complaints.told()))

    assert [0, 1, 1, 1] == told


def test_a_request_under_another_id_or_of_another_cause_or_none_is_noticed() -> None:
    events = log(*[("L1", touch(n)) for n in range(LINE + 3)])
    wanted = events.requests["L1"]
    events.assigned = {"L1": {wanted}}
    ripe = {"L1": {wanted}}
    right = HandoffsRead(ids=ripe, causes={wanted: {f"t{LINE - 1}"}})
    other = HandoffsRead(ids={"L1": {wanted, "another"}}, causes=right.causes)
    late = HandoffsRead(ids=ripe, causes={wanted: {f"t{LINE}"}})
    told = []
    for handed in (right, other, late, HandoffsRead()):
        complaints = Complaints()
        compare_handoffs(events, ripe, handed, complaints)
        told.append(len(complaints.told()))

    assert [0, 1, 1, 1] == told


def test_leads_that_meet_the_line_together_are_handed_off_because_of_their_merge() -> None:
    events = log(*[(f"L{1 + n % 2}", touch(n)) for n in range(LINE)], *merged("L2", "L1"))

    assert {"L1": "L2/merged/L1"} == {lead: folded.opening for lead, folded in events.leads.items() if folded.opening}


def test_of_a_person_handed_off_twice_one_request_must_be_left_and_the_other_taken_back_as_merged() -> None:
    both = [("L1", touch(n)) for n in range(LINE)] + [("L2", touch(LINE + n)) for n in range(LINE)]
    events, expected = log(*both, *merged("L2", "L1")), said(*[WHO] * (2 * LINE))
    ids = {lead: {handoff} for lead, handoff in events.requests.items()}
    one, other = sorted(handoff for (handoff,) in ids.values())
    told = []
    for withdrawn in ({one: {MERGED}}, {}, {one: {MERGED}, other: {MERGED}}, {one: {"cooled"}}, {"another": {MERGED}}):
        complaints = Complaints()
        persons = whose(events, expected, complaints)
        open_at_the_end = compare_open(HandoffsRead(ids=ids, withdrawn=withdrawn), expected, persons, complaints)
        told.append((*open_at_the_end, len(complaints.told())))

    assert [(0, 0, 0), (0, 1, 1), (1, 0, 1), (0, 0, 1), (0, 1, 2)] == told
