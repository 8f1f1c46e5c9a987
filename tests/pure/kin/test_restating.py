"""A state worked out anew takes the old one's place only while the lead is as it was; what was said is taken back."""

import msgspec

from schemas.lead_event import LeadEvent, Restated
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MICRO
from streams.judge import Judge
from streams.kin.gone import is_gone
from streams.kin.restating import restated
from streams.lead_codec import moved
from tests.pure.kin.people import People, merged_into
from tests.pure.lives import T, fit20, judge, live, said, touched, with_coordinates

M1 = judge(without="surge:")
HALF: list[LeadEvent] = [fit20(), touched("demo_request", id="one")]
WHOLE: list[LeadEvent] = [*HALF, touched("demo_request", id="two")]


def anew(people: People, life: list[LeadEvent], by: Judge = M1, why: str = "split") -> Restated:
    """L1 without what is not in this life."""
    state, _ = live(life, by)
    return restated("L1", people.state("L1"), state, through=len(people.log) - 1, why=why, at_ms=T + DAY_MS)


def split() -> People:
    people = People(M1)
    people.say("L1", *with_coordinates(HALF))
    return people


def test_the_new_state_takes_the_place_of_the_old_and_the_ledger_goes_on_to_its_score() -> None:
    people = split()
    people.say("L1", anew(people, HALF[:1]))
    state = people.state("L1")

    assert (0, 0, 20 * MICRO) == (state.engagement, state.touches, state.fit)
    lines = [(e.rule, e.cause.value, e.delta) for e in people.told.ledger if e.dimension == "engagement"]
    assert [("asked-demo", "touch", 30.0), ("restated", "split", -30.0)] == lines
    assert ("warm", "cold") == [(s.previous, s.to) for s in people.told.stages if s.dimension == "temperature"][-1]


def test_whatever_happened_since_makes_it_stale() -> None:
    since: list[tuple[str, LeadEvent]] = [
        ("L1", touched("visit")), ("L1", fit20()), ("L1", said("attempt", T)), ("L1", merged_into("L0", "L1")),
        ("L2", merged_into("L1", "L2")),
    ]  # fmt: skip
    for lead, event in since:
        people = split()
        told = anew(people, HALF[:1])
        people.say(lead, event)
        people.settle()
        people.say("L1", told)
        people.settle()

        assert 1 == people.told.kin["stale"], event
        assert 0 == people.told.kin["restated"]


def test_a_repeat_since_does_not_make_it_stale_nor_does_another_log() -> None:
    people = split()
    told = anew(people, HALF[:1])
    people.say("L1", *with_coordinates(HALF))  # re-emitted
    kept = people.table.kept[b"L1"]
    people.table.kept[b"L1"] = moved(kept, 4_000)  # a rebuild put the lead elsewhere
    people.log += people.log * 2_000
    people.say("L1", told)

    assert 1 == people.told.kin["restated"]


def test_without_a_mark_the_offset_decides() -> None:
    for more, outcome in ((0, "restated"), (1, "stale")):
        people = split()
        told = msgspec.structs.replace(anew(people, HALF[:1]), was="")
        people.say("L1", *([touched("visit")] * more))
        people.say("L1", told)

        assert 1 == people.told.kin[outcome]


def test_a_repeat_of_what_the_old_state_counted_is_still_known() -> None:
    people = split()
    people.say("L1", anew(people, HALF[:1]))
    people.say("L1", *with_coordinates(HALF))

    assert 0 == people.state("L1").touches


def test_a_pointer_may_become_a_lead_of_its_own_again_and_its_numbers_go_on() -> None:
    people = split()
    people.say("L2", touched("visit", id="far"), merged_into("L1", "L2"))
    people.settle()
    own, _ = live([touched("visit", id="far")], M1)
    sent = people.state("L2").kin
    assert sent is not None
    told = restated("L2", people.state("L2"), own, through=len(people.log), why="split", at_ms=T + DAY_MS)
    people.say("L2", told)
    again = people.state("L2")

    assert not is_gone(again)
    assert again.kin is not None
    assert (1, "", sent.sent) == (again.touches, again.kin.merged_into, again.kin.sent)
    people.say("L2", touched("visit"))
    assert ([], 2) == (people.waiting, people.state("L2").touches)


def test_a_handoff_that_stood_open_and_is_closed_in_the_new_state_is_withdrawn() -> None:
    people = People(M1)
    people.say("L1", *with_coordinates(WHOLE))
    state, _ = live(HALF, M1)
    state.episode = people.state("L1").episode
    assert state.episode is not None
    state.episode.status, state.episode.closed_ms = "withdrawn", T
    people.say("L1", restated("L1", people.state("L1"), state, through=9, why="consent", at_ms=T))

    assert [("requested", 1, ""), ("withdrawn", 2, "consent")] == [
        (ripe.type.value, ripe.revision, ripe.reason) for ripe in people.told.ripe
    ]


def test_a_lead_restated_by_what_it_is_stays_as_it_is() -> None:
    people = People(M1)
    people.say("L1", *with_coordinates(WHOLE))
    before, said_before = people.state("L1"), (len(people.told.ripe), len(people.told.stages), len(people.told.ledger))
    people.say("L1", restated("L1", before, people.state("L1"), through=9, why="repair", at_ms=T))
    after = people.state("L1")
    after.kin = before.kin

    assert before == after
    assert said_before == (len(people.told.ripe), len(people.told.stages), len(people.told.ledger))
    assert isinstance(before, LeadState)
