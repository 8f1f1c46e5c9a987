"""Stages where a lead's history changes: another model takes effect, two leads become one."""

from schemas.lead_event import LeadEvent, MergedFrom
from schemas.units import DAY_MS
from streams.fold import fold
from streams.judge import Judge
from streams.lead_codec import encode
from tests.pure.lives import T, Table, fit20, log, said, touched
from tests.pure.stages.ways import EIGHT, OWN, SHORT, USUAL, Walked


def under(lead: Walked, now: Judge, event: LeadEvent) -> list[tuple[str, str, str]]:
    """Moves said when another model is in force at an event."""
    folded = fold(log([event], start=lead.offset), lead.table, now, earlier={lead.by.key: lead.by})
    lead.table.keep(folded)
    return [(move.previous, move.to, move.cause) for move in folded.stages if move.dimension == "stage"]


def test_a_stage_that_the_next_model_has_too_goes_on() -> None:
    lead = Walked(SHORT, fit20()).hear(said("attempt", T))

    assert [] == under(lead, EIGHT, touched("visit", T + DAY_MS))
    assert ("Contacted", T) == (lead.state.stage, lead.state.stage_ms)


def test_where_the_next_model_has_no_such_stage_the_lead_is_at_its_start_and_that_is_said() -> None:
    lead = Walked(SHORT, fit20()).hear(said("attempt", T))

    assert [("Contacted", "Open", "model")] == under(lead, OWN, touched("visit", T + DAY_MS))
    assert ("Open", T) == (lead.state.stage, lead.state.stage_ms)


def test_another_model_makes_up_for_no_limit_that_is_over() -> None:
    lead = Walked(USUAL, touched("visit", T), touched("visit", T + 10 * DAY_MS))

    assert [("open", "Open", "model")] == under(lead, SHORT, touched("note", T + 10 * DAY_MS))
    assert ("Open", 0) == (lead.state.stage, lead.state.stage_due_ms)


def merged(ours: Walked, theirs: Walked) -> list[tuple[str, str, str]]:
    """Moves said when theirs is merged into ours."""
    state = encode(theirs.state, 1)
    event = MergedFrom(id="L2/merged/L1", at_ms=T, loser="L2", number=1, state=state)
    before = len(ours.moves)
    ours.hear(event)
    return [(move.previous, move.to, move.why) for move in ours.moves[before:]]


def test_of_two_leads_that_are_one_the_one_under_way_counts() -> None:
    ours, theirs = Walked(EIGHT, touched("visit", T + 9)), Walked(EIGHT, fit20()).hear(said("attempt", T))

    assert [("Open enquiry", "Contacted", "merged with L2")] == merged(ours, theirs)
    assert ("Contacted", T) == (ours.state.stage, ours.state.stage_ms)


def test_of_two_under_way_the_later_move_counts() -> None:
    ours = Walked(EIGHT, fit20()).hear(said("stage", T + 5, stage="Qualified"))
    theirs = Walked(EIGHT, fit20()).hear(said("attempt", T))

    assert [] == merged(ours, theirs)
    assert "Qualified" == ours.state.stage


def test_of_two_at_the_start_the_time_of_the_first_counts() -> None:
    ours, theirs = Walked(EIGHT, touched("visit", T + 9)), Walked(EIGHT, touched("visit", T + 2))

    assert [] == merged(ours, theirs)
    assert T + 2 == ours.state.stage_ms


def test_a_survivor_that_was_nowhere_takes_the_stage_in_silence() -> None:
    theirs = Walked(EIGHT, fit20()).hear(said("attempt", T))
    ours = Walked(EIGHT)
    ours.table = Table()

    assert [] == merged(ours, theirs)
    assert "Contacted" == ours.state.stage
