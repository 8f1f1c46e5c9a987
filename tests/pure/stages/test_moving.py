"""Leads move along their model's stages: by what happens, by the CRM's word and by time, and never past the graph."""

from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from streams.card import card
from streams.lead_codec import encode
from tests.pure.lives import T, fit20, learned, said, touched
from tests.pure.stages.ways import AGENCY, EIGHT, OWN, SHORT, USUAL, Walked

REFUSED = "impossible"


def ripe() -> list[LeadEvent]:
    """What hands a lead off."""
    return [fit20(), touched("demo_request", T), touched("demo_request", T)]


def test_a_new_lead_stands_at_the_start_and_nobody_is_told() -> None:
    lead = Walked(USUAL, touched("visit", T))

    assert ("open", T, []) == (lead.state.stage, lead.state.stage_ms, lead.moves)
    assert "open" == card("L1", lead.state, USUAL).stage


def test_a_lead_of_before_gets_the_start_at_its_next_event_in_silence() -> None:
    lead = Walked(USUAL, touched("visit", T))
    state = lead.state
    state.stage, state.stage_ms = "", 0
    lead.table.kept[b"L1"] = encode(state, 0)

    lead.hear(touched("visit", T + HOUR_MS))

    assert ("open", T + HOUR_MS, []) == (lead.state.stage, lead.state.stage_ms, lead.moves)


def test_s32_what_is_returned_is_kept_warm_with_author_and_reason() -> None:
    lead = Walked(USUAL, *ripe()).hear(said("attempt", T + HOUR_MS, channel="call", by="ann"))
    lead.hear(said("returned", T + 2 * HOUR_MS, by="ann", reason="no_budget"))

    assert [("open", "contacted"), ("contacted", "returned"), ("returned", "nurture")] == lead.way()
    assert ["ann", "ann", "ann"] == [move.by for move in lead.moves]
    assert ["attempt of ann by call, not answered", *["returned by ann, no_budget"] * 2] == [m.why for m in lead.moves]
    assert [3600.0, 3600.0, 0.0] == [move.seconds_in_from for move in lead.moves]


def test_handoffs_tell_the_stage_and_the_time_in_it() -> None:
    lead = Walked(USUAL, touched("visit", T - HOUR_MS), *ripe()).hear(said("attempt", T + HOUR_MS))
    lead.hear(said("accepted", T + 3 * HOUR_MS, by="ann"), said("won", T + 4 * HOUR_MS))

    assert [
        ("requested", "open", 3600.0), ("accepted", "contacted", 7200.0), ("closed", "customer", 0.0),
    ] == [told for told in lead.told if told[0] != "updated"]  # fmt: skip


def test_a_lost_lead_that_is_handed_off_again_is_open_again() -> None:
    lead = Walked(USUAL, *ripe()).hear(said("lost", T + 1))
    lead.hear(*(touched("demo_request", T + 100 * DAY_MS) for _ in range(2)))

    assert [("open", "nurture"), ("nurture", "open")] == lead.way()
    assert "handed off" == lead.moves[-1].why


def test_a_refusal_of_ours_is_not_theirs() -> None:
    ours = Walked(USUAL, *ripe()).hear(said("refused", T + 1, side="us", cause="off_profile"))
    theirs = Walked(USUAL, *ripe()).hear(said("refused", T + 1, side="client", cause="too_expensive"))

    assert ([("open", "unqualified")], [("open", "nurture")]) == (ours.way(), theirs.way())


def test_a_review_that_finds_a_lead_after_all_opens_it_and_another_changes_nothing() -> None:
    lead = Walked(USUAL, fit20()).hear(said("unqualified", T + 1, cause="accidental"), said("reviewed", T + 2))
    lead.hear(said("attempt", T + 3), said("reviewed", T + 4))

    assert [("open", "unqualified"), ("unqualified", "open"), ("open", "contacted")] == lead.way()


def test_what_a_crm_reports_moves_along_the_graph_whatever_its_capitals() -> None:
    lead = Walked(OWN, fit20()).hear(said("stage", T + 1, stage="TALK", by="ann"))
    lead.hear(said("stage", T + 2, stage="Proposal Sent"), said("stage", T + 3, stage="offer"))

    assert [("Open", "Talk"), ("Talk", "Offer")] == lead.way()
    assert [] == lead.refused


def test_a_stage_that_may_not_follow_is_refused_and_told_with_those_that_may() -> None:
    lead = Walked(OWN, fit20()).hear(said("stage", T + 1, stage="Offer"))

    assert [(REFUSED, "stage: Offer may not follow Open; from Open may follow Talk, Won")] == lead.refused
    assert ("Open", []) == (lead.state.stage, lead.moves)


def test_a_stage_that_nobody_knows_is_refused_and_told_with_the_nearest_name() -> None:
    lead = Walked(OWN, fit20()).hear(said("stage", T + 1, stage="Ofer", id="again"))
    name = OWN.name
    lead.hear(said("stage", T + 2, stage="zzzzzz"), said("stage", T + 3))

    may = "from Open may follow Talk, Won"
    assert [
        (REFUSED, f"stage: {name} knows no stage of this name; did you mean Offer? {may}"),
        (REFUSED, f"stage: {name} knows no stage of this name; {may}"),
        (REFUSED, f"stage: no stage is named; {may}"),
    ] == lead.refused


def test_an_impossible_report_does_not_silence_an_earlier_one_that_comes_later() -> None:
    lead = Walked(OWN, fit20()).hear(said("stage", T + 9, stage="Sleeping"), said("stage", T + 5, stage="Talk"))

    assert [("Open", "Talk")] == lead.way()


def test_an_old_report_that_comes_late_moves_nobody_and_is_no_fault() -> None:
    lead = Walked(OWN, fit20()).hear(said("stage", T + 9, stage="Talk"), said("stage", T + 5, stage="Won"))

    assert ([("Open", "Talk")], []) == (lead.way(), lead.refused)


def test_a_gate_opens_only_where_it_is_known_to_hold() -> None:
    small = Walked(OWN, touched("visit", T)).hear(
        said("stage", T + 1, stage="Talk"), said("stage", T + 2, stage="Offer")
    )
    unknown, small.refused = small.refused, []
    may = "from Talk may follow Open, Offer, Won"
    small.hear(learned(T + 3, headcount=40), said("stage", T + 4, stage="Offer"))

    assert [(REFUSED, f"stage: Offer asks for headcount 20 or more, which is not known to hold; {may}")] == unknown
    assert [("Open", "Talk"), ("Talk", "Offer")] == small.way()


def test_what_enters_a_stage_by_itself_and_may_not_follow_moves_nobody() -> None:
    lead = Walked(USUAL, *ripe()).hear(said("won", T + 1), said("attempt", T + 2), said("lost", T + 3))

    assert ([("open", "customer")], []) == (lead.way(), lead.refused)


def test_a_deal_keeps_mail_and_ads_away_until_its_stage_is_left() -> None:
    lead = Walked(EIGHT, *ripe()).hear(
        said("stage", T + 1, stage="Negotiation"), said("stage", T + 2, stage="Qualified")
    )

    assert ["suppress", "unsuppress"] == [kind for kind, _, _ in lead.asked("suppress", "unsuppress")]
    assert 0 == lead.state.deals


def test_who_is_returned_from_a_deal_is_in_none_any_more() -> None:
    lead = Walked(USUAL, *ripe()).hear(said("stage", T + 1, stage="Contract"), said("returned", T + 2, by="ann"))

    assert [("open", "negotiation"), ("negotiation", "returned"), ("returned", "nurture")] == lead.way()
    assert ["suppress", "unsuppress"] == [kind for kind, _, _ in lead.asked("suppress", "unsuppress")]


def test_each_stage_of_a_preset_asks_its_role_for_its_task() -> None:
    lead = Walked(SHORT, *ripe()).hear(said("attempt", T + 1, answered=True), said("stage", T + 2, stage="qualified"))
    lead.hear(said("won", T + 3))

    assert [("Open", "Contacted"), ("Contacted", "Qualified"), ("Qualified", "Customer")] == lead.way()
    assert [
        ("next_step", "seller", "Find out need, budget and time"),
        ("next_step", "seller", "Make an offer"),
        ("next_step", "account manager", "Welcome, and hand over to care"),
    ] == lead.asked("next_step")


def test_a_key_stage_that_is_reported_means_its_first_status_and_moves_nobody_within_it() -> None:
    lead = Walked(AGENCY, *ripe()).hear(said("accepted", T + 1, by="ann"), said("stage", T + 2, stage="New request"))
    lead.hear(said("stage", T + 3, stage="first contact"), said("stage", T + 4, stage="new request"))

    assert [("new", "received by SDR"), ("received by SDR", "first contact"), ("first contact", "new")] == lead.way()


def test_who_stays_too_long_is_looked_at_once() -> None:
    lead = Walked(OWN, touched("visit", T)).pass_time(T + 2 * DAY_MS - 1)
    before = lead.asked("review")
    lead.pass_time(T + 30 * DAY_MS)

    assert ([], [("review", "sdr", "in Open for 2 days")]) == (before, lead.asked("review"))


def test_who_moves_on_in_time_is_not_stuck() -> None:
    lead = Walked(OWN, touched("visit", T)).hear(said("stage", T + DAY_MS, stage="Talk")).pass_time(T + 30 * DAY_MS)

    assert [] == lead.asked("review")


def test_a_customer_who_is_idle_is_won_back() -> None:
    lead = Walked(OWN, fit20()).hear(said("won", T)).pass_time(T + 30 * DAY_MS)

    assert [("Open", "Won"), ("Won", "Sleeping")] == lead.way()
    assert ("nothing heard for 30 days", 30 * 86400.0) == (lead.moves[-1].why, lead.moves[-1].seconds_in_from)
    assert [
        ("review", "care", "in Won for 10 days"), ("reactivate", "care", "idle since it was Won")
    ] == lead.asked("review", "reactivate")  # fmt: skip


def test_a_touch_puts_off_idleness_and_is_not_overtaken_by_the_old_moment() -> None:
    lead = Walked(OWN, fit20()).hear(said("won", T), touched("visit", T + 20 * DAY_MS)).pass_time(T + 50 * DAY_MS - 1)
    before = lead.way()
    lead.pass_time(T + 50 * DAY_MS)

    assert ([("Open", "Won")], [("Open", "Won"), ("Won", "Sleeping")]) == (before, lead.way())
    assert [("review", "care", "in Won for 10 days")] == lead.asked("review")
