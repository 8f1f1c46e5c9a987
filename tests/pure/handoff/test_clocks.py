"""The clocks of an open handoff: the promise, its reminders, the planned attempts, and what an outage leaves out."""

from datetime import datetime

from schemas.units import DAY_MS, MINUTE_MS
from streams.moments import to_ms
from tests.pure.handoff.lived import ASKED, PLAN, Lived, assigned, promised
from tests.pure.lives import T, said, touched


def test_nobody_calls_so_the_owner_is_reminded_then_it_is_escalated_and_given_to_somebody_else() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived))
    lived.pass_time(T + 60 * MINUTE_MS)

    assert [("remind", 20), ("escalate", 30)] == lived.worked()
    remind, escalate = (task for task in lived.tasks if task.role != "marketing")
    assert ("ann", "2026-11-22T12:30:00.000Z") == (remind.owner, remind.due)
    assert ("dina", "team lead") == (escalate.owner, escalate.role)
    told = [(word.type.value, word.reassign) for word in lived.ripe]
    assert [("requested", False), ("escalated", False), ("escalated", True)] == told

    again = assigned(lived, id="x", revision=3, owner="bob", respond_by_ms=T + 80 * MINUTE_MS)
    lived.hear(again)
    assert ("assigned", "bob") == (lived.ripe[-1].type, lived.ripe[-1].owner)
    assert T + 80 * MINUTE_MS == lived.ripe[-1].respond_by_ms


def test_an_attempt_keeps_the_promise_and_stops_its_clocks() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived), said("attempt", T + 5 * MINUTE_MS, handoff_id=lived.handoff, channel="call"))
    lived.pass_time(T + DAY_MS)

    assert [] == lived.worked()
    assert ["requested", "updated"] == lived.said()


def test_acceptance_alone_keeps_the_owner_but_not_the_promise() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived), said("accepted", T + MINUTE_MS, handoff_id=lived.handoff, by="ann"))
    lived.pass_time(T + 60 * MINUTE_MS)

    assert [("remind", 20), ("escalate", 30)] == lived.worked()
    assert [False, False, False] == [word.reassign for word in lived.ripe]


def test_nobody_is_told_to_call_a_lead_that_opted_out_after_it_was_taken_up() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived, plan=PLAN), said("accepted", T + MINUTE_MS, handoff_id=lived.handoff, by="ann"))
    lived.hear(said("consent", T + 2 * MINUTE_MS, purpose="contact", given=False))
    lived.pass_time(T + 60 * MINUTE_MS)

    assert [] == lived.worked()
    assert "escalated" not in lived.said()


def test_an_assignment_said_twice_says_and_winds_up_nothing_twice() -> None:
    once, twice = Lived(ASKED), Lived(ASKED)
    once.hear(promised(once))
    twice.hear(promised(twice), promised(twice))
    for lived in (once, twice):
        lived.pass_time(T + 25 * MINUTE_MS)
    twice.hear(promised(twice))
    for lived in (once, twice):
        lived.pass_time(T + 60 * MINUTE_MS)

    assert once.worked() == twice.worked()
    assert once.said() == twice.said()


def test_an_owner_found_later_is_told_and_an_older_word_changes_nothing() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, owner="", queue="desk", waiting=True), assigned(lived))
    lived.hear(assigned(lived, owner="", queue="desk", waiting=True, revision=0))

    assert [("requested", ""), ("assigned", "ann")] == [(word.type.value, word.owner) for word in lived.ripe]
    episode = lived.state.episode
    assert episode is not None
    assert ("ann", "assigned") == (episode.owner, episode.status)


def test_five_attempts_over_three_channels_then_the_lead_counts_as_not_reached() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, plan=PLAN, stop_on=["reply"], again_ms=90 * DAY_MS), said("accepted", T + 1, by="ann"))
    lived.pass_time(T + 30 * DAY_MS)

    attempts = [task for task in lived.tasks if task.kind == "attempt"]
    assert [(due, channel) for due, channel in PLAN] == [(_ms(task.due), task.channel) for task in attempts]
    assert [1, 2, 3, 4, 5] == [task.attempt_no for task in attempts]
    closed = lived.ripe[-1]
    assert closed.outcome is not None
    assert ("closed", "unreachable", False, "0/5") == (
        closed.type, closed.outcome.result, closed.outcome.cadence_kept, closed.outcome.kept,
    )  # fmt: skip
    kinds = [task.kind for task in lived.tasks]
    assert "nurture_entered" == kinds[-1]

    lived.pass_time(T + 120 * DAY_MS)
    assert [*kinds, "reactivate"] == [task.kind for task in lived.tasks]


def test_an_answer_ends_the_plan() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, plan=PLAN, stop_on=["reply", "meeting"]), said("accepted", T + 1, by="ann"))
    lived.pass_time(T + 5 * DAY_MS)
    lived.hear(touched("message", T + 5 * DAY_MS + 1, id="answer"))
    before = [task.attempt_no for task in lived.tasks if task.kind == "attempt"]
    lived.hear(touched("email_reply", T + 5 * DAY_MS + 2))
    lived.pass_time(T + 40 * DAY_MS)

    assert [1, 2, 3] == before == [task.attempt_no for task in lived.tasks if task.kind == "attempt"]


def test_a_close_says_how_many_of_the_planned_attempts_were_made() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, plan=PLAN), said("attempt", T + 9, handoff_id=lived.handoff, channel="call"))
    lived.hear(said("lost", T + 10, handoff_id=lived.handoff, cause="unreachable"))

    outcome = lived.ripe[-1].outcome
    assert outcome is not None
    assert (False, "1/5", "unreachable") == (outcome.cadence_kept, outcome.kept, outcome.cause)


def test_after_a_day_of_downtime_what_was_overtaken_is_left_out() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived, plan=PLAN, stop_on=["reply"]))
    lived.pass_time(T + 45 * MINUTE_MS, late_ms=2 * DAY_MS)

    # The reminder was overtaken by the escalation, the first attempt by the second.
    assert ["escalate"] == [kind for kind, _ in lived.worked()]
    lived.pass_time(T + 2 * DAY_MS, late_ms=2 * DAY_MS)
    assert [2] == [task.attempt_no for task in lived.tasks if task.kind == "attempt"]


def test_a_change_worth_a_word_is_said_once_in_a_quarter_of_an_hour_and_the_last_one_always() -> None:
    lived = Lived(ASKED)
    lived.hear(*(touched("demo_request", T + minute * MINUTE_MS) for minute in (1, 2, 3)))
    assert ["requested"] == lived.said()
    lived.pass_time(T + 16 * MINUTE_MS)

    assert ["requested", "updated"] == lived.said()
    assert (60.0, 90.0) == (lived.ripe[-1].score.previous, lived.ripe[-1].score.engagement)
    first, second = lived.ripe
    assert (first.handoff_id, 2) == (second.handoff_id, second.revision)


def test_the_past_tells_a_seller_nothing_new() -> None:
    lived = Lived(ASKED)
    lived.hear(*(touched("demo_request", T + n, history=True) for n in range(5)))
    lived.pass_time(T + DAY_MS)

    assert "updated" not in lived.said()


def test_a_call_back_is_a_task_with_its_due_moment() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, owner="", queue="voicemail", call_back=(T + DAY_MS, "call back at opening")))
    lived.hear(assigned(lived, owner="", queue="voicemail", call_back=(T + DAY_MS, "call back at opening")))

    backs = [task for task in lived.tasks if task.kind == "call_back"]
    assert [(T + DAY_MS, "call back at opening", "call")] == [(_ms(b.due), b.note, b.channel) for b in backs]


def _ms(moment: str) -> int:
    return to_ms(datetime.fromisoformat(moment))
