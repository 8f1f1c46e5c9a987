"""What ends a handoff or a lead's time with marketing, beside an answer."""

from schemas.lead_event import LeadEvent
from tests.pure.lives import T, fit20, live, said, touched
from tests.pure.test_standing import LEVELS

ASKED: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T + 1)]


def test_a_lead_that_turns_out_unqualified_is_taken_back_from_sales_unless_they_took_it_up() -> None:
    gone = said("unqualified", T + 2, cause="no_need")

    assert [("requested", ""), ("withdrawn", "unqualified")] == [
        (r.type, r.reason) for r in live([*ASKED, gone], LEVELS)[1].ripe
    ]
    taken_up = said("accepted", T + 2, by="ann")
    assert ["requested", "accepted"] == [r.type for r in live([*ASKED, taken_up, gone], LEVELS)[1].ripe]


def test_a_client_is_not_kept_warm_as_a_lead() -> None:
    deal = [said("stage", T + 2, stage="negotiation"), said("won", T + 3)]
    kinds = [t.kind for t in live([touched("visit", T - 1), *deal], LEVELS)[1].tasks]

    assert ["nurture_entered", "nurture_left", "suppress", "unsuppress"] == kinds
