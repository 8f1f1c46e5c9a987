"""A person puts a lead into a stage, whatever the graph says; and who is lost leaves the way on every graph."""

import pytest

from streams.judge import Judge
from streams.stages.graph import graph_of
from tests.pure.lives import T, fit20, said, touched
from tests.pure.stages.test_moving import REFUSED
from tests.pure.stages.ways import AGENCY, OWN, SHORT, Walked


def test_an_override_goes_where_the_graph_does_not_and_says_who_and_why() -> None:
    lead = Walked(OWN, fit20()).hear(said("override", T + 1, stage="offer", by="dina", reason="knows them"))

    assert [("Open", "Offer")] == lead.way()
    assert ("override by dina, knows them", "Offer") == (lead.moves[0].why, lead.state.stage)
    lead.hear(said("won", T + 2))
    assert ("Offer", "Won") == lead.way()[-1], "what happens next moves it on as ever"


def test_a_level_and_a_stage_are_taken_together_and_a_late_one_changes_nothing() -> None:
    lead = Walked(OWN, fit20()).hear(said("override", T + 9, stage="Talk", by="dina"))
    lead.hear(said("override", T + 5, stage="Won", by="ann"), said("override", T + 9, stage="Talk", by="dina"))

    assert ([("Open", "Talk")], []) == (lead.way(), lead.refused)


def test_an_override_to_no_stage_of_the_model_or_with_an_end_is_refused_with_what_to_do() -> None:
    lead = Walked(OWN, fit20()).hear(said("override", T + 1, stage="Ofer"))
    lead.hear(said("override", T + 2, stage="Talk", until_ms=T + 99))

    assert [REFUSED, REFUSED] == [reason for reason, _ in lead.refused]
    assert "did you mean Offer?" in lead.refused[0][1]
    assert "leave `until` out" in lead.refused[1][1]
    assert [] == lead.moves


@pytest.mark.parametrize(("by", "lost", "back"), [(SHORT, "Lost", "Open"), (AGENCY, "lost", "new")])
@pytest.mark.parametrize("kind", ["lost", "refused", "unqualified"])
def test_who_is_lost_leaves_the_way_and_begins_anew_when_ripe_again(by: Judge, lost: str, back: str, kind: str) -> None:
    more = {"refused": {"side": "client", "cause": "too_expensive"}, "unqualified": {"cause": "no_need"}}.get(kind, {})
    lead = Walked(by, fit20(), touched("demo_request", T), touched("demo_request", T, id="opens"))
    lead.hear(said(kind, T + 2, **more))

    assert (lost, False) == (lead.state.stage, lead.state.deals == 1)
    assert back in graph_of(by).here(lead.state).to
