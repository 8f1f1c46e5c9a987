"""The recount notices what it is there for: a pure test over records made by hand."""

import json
from dataclasses import dataclass
from typing import Any

from tests.chaos.complaints import Complaints
from tests.chaos.load import by_number
from tests.chaos.log import LINE, Log, refold
from tests.chaos.logged import compare_handoffs, compare_inputs, compare_leads
from tests.chaos.oracle import Expected, recount
from tests.chaos.table import HandoffsRead, Held

LEAD_OF = {"ann": "lead-1", "bob": "lead-2"}


@dataclass(frozen=True)
class Made:
    """What the recount reads of a record."""

    offset: int
    value: bytes
    key: bytes
    partition: int = 0


def inputs(count: int) -> list[Made]:
    said = ({"touch_id": f"t{n}", "who": by_number("ann")} for n in range(count))
    return [Made(n, json.dumps(one).encode(), b"ann") for n, one in enumerate(said)]


def logged(places: list[int], lead: str = "lead-1") -> list[Made]:
    said = ({"type": "touch", "id": f"t{n}", "origin": ["touches.web", 0, n, 1]} for n in places)
    return [Made(at, json.dumps(one).encode(), lead.encode()) for at, one in enumerate(said)]


def expected(count: int) -> Expected:
    records: Any = {"touches.web": inputs(count)}
    return recount(records, LEAD_OF)


def log(*records: Made) -> Log:
    made: Any = records
    return refold(made)


def found(log: Log, wanted: Expected) -> tuple[int, list[str]]:
    complaints = Complaints()
    missing = compare_inputs(log, wanted, LEAD_OF, complaints)
    return missing, [told.partition(":")[0] for told in complaints.told()]


def test_inputs_that_are_on_the_log_are_no_complaint_even_if_twice() -> None:
    again = log(*logged([0, 1, 1, 2, 0]))

    assert (0, []) == found(again, expected(3))
    assert 2 == again.again


def test_an_input_that_is_not_on_the_log_is_lost() -> None:
    assert (1, ["an input is not on the log", "the log of a lead differs from what was sent"]) == found(
        log(*logged([0, 2])), expected(3)
    )


def test_an_input_on_the_log_of_two_leads_is_noticed() -> None:
    _, told = found(log(*logged([0, 1]), *logged([1], "lead-2")), expected(2))

    assert "an input is on the log of several leads" in told


def test_an_event_that_no_input_said_is_noticed() -> None:
    _, told = found(log(*logged([0, 1])), expected(1))

    assert "the log says what no input said" in told


def test_a_state_that_is_not_its_log_folded_is_noticed() -> None:
    events = log(*logged([0, 1, 1]))
    right, behind, twice = Held(2, "ann", 2, 2.0), Held(1, "ann", 2, 2.0), Held(2, "ann", 3, 3.0)
    told = []
    for held in (right, behind, twice):
        complaints = Complaints()
        compare_leads(events, {"lead-1": held}, complaints)
        told.append(len(complaints.told()))

    assert [0, 1, 1] == told


def test_a_request_under_another_id_or_of_another_cause_or_none_is_noticed() -> None:
    events = log(*logged(list(range(LINE + 3))))
    wanted = events.requests["lead-1"]
    events.assigned = {"lead-1": {wanted}}
    ripe = {"lead-1": {wanted}}
    right = HandoffsRead(ids=ripe, causes={wanted: {f"t{LINE - 1}"}})
    other = HandoffsRead(ids={"lead-1": {wanted, "another"}}, causes=right.causes)
    late = HandoffsRead(ids=ripe, causes={wanted: {f"t{LINE}"}})
    told = []
    for handed in (right, other, late, HandoffsRead()):
        complaints = Complaints()
        compare_handoffs(events, ripe, handed, complaints)
        told.append(len(complaints.told()))

    assert [0, 1, 1, 1] == told
