"""What CRMs and sellers answer to a handoff: what counts, what is refused, and with which words."""

from tests.pure.handoff.lived import ASKED, Lived, promised
from tests.pure.lives import T, said, touched


def test_answers_to_a_handoff_that_has_ended_are_refused_with_what_is_possible() -> None:
    lived = Lived(ASKED)
    lived.hear(said("returned", T + 1, handoff_id=lived.handoff, reason="no_budget"))
    lived.hear(said("accepted", T + 2, handoff_id=lived.handoff), said("returned", T + 3, handoff_id=lived.handoff))
    lived.hear(said("attempt", T + 4, handoff_id=lived.handoff), said("won", T + 5, handoff_id=lived.handoff))

    assert ["impossible", "impossible"] == lived.refused


def test_an_answer_about_a_lead_that_was_never_handed_off_is_refused() -> None:
    lived = Lived([touched("page_view")])
    lived.hear(said("accepted", T + 1, by="ann"))

    assert ["impossible"] == lived.refused


def test_a_refusal_says_who_and_why_and_its_cause_is_of_the_list() -> None:
    lived = Lived(ASKED)
    lived.hear(said("refused", T + 1, handoff_id=lived.handoff, side="client", cause="expensive"))
    assert ["unknown_cause"] == lived.refused
    lived.hear(said("refused", T + 2, handoff_id=lived.handoff, side="client", cause="too_expensive"))

    outcome = lived.ripe[-1].outcome
    assert outcome is not None
    assert ("refused", "client", "too_expensive") == (outcome.result, outcome.side, outcome.cause)
    assert lived.ripe[-1].why.startswith("Refused, they refused: too_expensive")


def test_somebody_else_takes_it_over_and_the_crm_hears_it_once() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived), said("owner", T + 1, handoff_id=lived.handoff, owner="bob"))
    lived.hear(said("owner", T + 2, handoff_id=lived.handoff, owner="bob"))

    assert [("requested", ""), ("assigned", "bob")] == [(word.type.value, word.owner) for word in lived.ripe]
