"""What must hold of a score whatever comes: its lines, its clock, and what is left of an event that fails half way."""

from collections.abc import Sequence

import msgspec
import pytest

from schemas.lead_event import LeadEvent, Origin, TouchSeen
from schemas.reject import Reason
from schemas.units import DAY_MS, MICRO
from streams.card import card
from streams.fold import MOST_STATE_BYTES, fold
from streams.judge import Judge
from streams.lead_codec import applied_of, encode
from streams.scoring.counting import Counter
from tests.pure.lives import Logged, T, Table, after, judge, learned, live, log, touched, with_coordinates

M1 = judge()


class Failing(Judge):
    """Meets a touch it cannot judge, after the touch has begun to change its lead."""

    def matching(self, touch: TouchSeen) -> tuple[Counter, ...]:
        if touch.kind == "fails":
            raise ZeroDivisionError
        return super().matching(touch)


def lines(events: Sequence[LeadEvent]) -> dict[str, float]:
    return {line.rule: line.points for line in card("L1", live(events, M1)[0], M1).breakdown}


def test_a_limit_of_one_rule_is_a_line_of_its_own() -> None:
    views = [touched("page_view", page="/pricing") for _ in range(6)]

    assert {"saw-prices": 24.0, "limit saw-prices": -4.0} == lines(views)


def test_a_limit_of_everything_is_a_line_of_its_own() -> None:
    asked = [touched("demo_request") for _ in range(3)] + [touched("presentation_request")]
    visits = [touched("visit", T - n) for n in range(6)]
    videos = [touched("video_view", props={"video": f"v{n}"}) for n in range(12)]
    shown = lines([*asked, *visits, *videos])

    assert {"limit buying": -5.0, "visit-burst": 10.0, "watched-video": 24.0, "limit total": -24.0} == {
        rule: points for rule, points in shown.items() if rule not in ("asked-demo", "presentation")
    }
    assert 100.0 == sum(shown.values())


def test_a_late_touch_does_not_turn_the_clock_of_its_lead_back() -> None:
    state, _ = live([touched("visit", T), touched("visit", T - 3 * DAY_MS), learned(T - DAY_MS, headcount=40)], M1)

    assert T == state.as_of_ms


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_an_event_that_fails_half_way_leaves_nothing_of_itself(batch: int) -> None:
    broken = Failing(M1.model)
    around: list[LeadEvent] = [
        touched("demo_request", T),
        touched("fails", T + 1, source="bing"),
        touched("visit", T + 2),
        learned(T + 3),
    ]
    life = log(with_coordinates(around))
    table, without = Table(), Table()
    refused = []
    for first in range(0, len(life), batch):
        folded = fold(life[first : first + batch], table, broken)
        table.keep(folded)
        refused += [life[first + at].offset for at, _ in folded.refused]
    without.keep(fold([life[0], *life[2:]], without, M1))

    whole, clean = table.state(), without.state()
    assert [1] == refused
    assert 1 == whole.quarantine[0]
    whole.quarantine = []
    assert encode(clean, 0) == encode(whole, 0)


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("ledger", [True, False])
def test_what_a_lead_says_after_an_event_that_fails_is_said(batch: int, ledger: bool) -> None:
    broken = Failing(M1.model)
    asked = [touched("demo_request", T + n) for n in range(2)]
    life = log(with_coordinates([touched("visit", T), touched("fails", T), *asked, touched("visit", T + 3)]))
    table = Table()
    stages, written = list[tuple[str, str]](), list[int]()
    for first in range(0, len(life), batch):
        folded = fold(life[first : first + batch], table, broken, ledger=ledger)
        table.keep(folded)
        stages += [(stage.previous, stage.to) for stage in folded.stages if stage.dimension == "temperature"]
        written += [entry.offset for entry in folded.ledger if entry.rule == "asked-demo"]

    assert [("cold", "warm"), ("warm", "hot")] == stages
    assert ([2, 3] if ledger else []) == written


def test_a_record_without_a_key_is_refused_and_the_others_go_on() -> None:
    records = [Logged(0, None, b"{}"), Logged(1, b"L1", msgspec.json.encode(touched("visit")))]
    folded = fold(records, Table(), M1)

    assert [0] == [at for at, _ in folded.refused]
    assert 1 == applied_of(folded.states[b"L1"])


def test_a_state_too_large_to_be_written_goes_back_and_takes_no_more_touches() -> None:
    table = Table()
    table.keep(fold(log([touched("visit", T)]), table, M1))
    grown = touched("visit", T + 1, ids={"crm:x": "x" * MOST_STATE_BYTES})
    folded = fold(log([grown], start=1), table, M1)

    assert (1, True) == (after(folded).touches, after(folded).flooded)
    assert 1 == applied_of(folded.states[b"L1"])


def test_a_place_that_no_input_has_is_a_fault_of_its_event_alone() -> None:
    events = with_coordinates([touched("visit", T), touched("visit", T), touched("visit", T)])
    records = log(events)
    records[1].value = msgspec.json.encode(msgspec.structs.replace(events[1], origin=Origin("touches.web", -1, 1, T)))
    folded = fold(records, Table(), M1)

    assert [1] == [index for index, _ in folded.refused]
    assert 2 == after(folded).touches


def test_a_key_that_is_no_text_is_set_aside_and_makes_no_lead() -> None:
    records = [Logged(0, b"\xff\xfe", msgspec.json.encode(touched("visit"))), *log([touched("visit")], start=1)]
    folded = fold(records, Table(), M1)

    assert [(0, Reason.POISON)] == [(index, reject.reason) for index, reject in folded.refused]
    assert [b"L1"] == list(folded.states)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_an_event_that_makes_a_state_too_large_is_set_aside_alone_whatever_the_batch(batch: int) -> None:
    huge = learned(T + 3, note="x" * (MOST_STATE_BYTES + 1), id="huge")
    asked = [touched("demo_request", T + n) for n in range(3)]
    life = log(with_coordinates([*asked, huge, learned(T + 4, headcount=40), touched("demo_request", T + 5)]))
    table, refused, kinds = Table(), [], []
    for first in range(0, len(life), batch):
        folded = fold(life[first : first + batch], table, M1)
        table.keep(folded)
        refused += [life[first + at].offset for at, _ in folded.refused]
        kinds += [entry.rule for entry in folded.ledger]

    assert (3, 20 * MICRO, True) == (table.state().touches, table.state().fit, table.state().flooded)
    assert [3, 5] == refused
    assert ["asked-demo"] * 3 == [rule for rule in kinds if rule == "asked-demo"]
