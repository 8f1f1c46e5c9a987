"""The clocks of an open handoff: the promise, its reminders, the planned attempts, and what an outage leaves out."""

from datetime import datetime
from typing import Any

from schemas.handoff import Ripe
from schemas.journal import Task
from schemas.lead_event import Assigned, LeadEvent, TimerFired
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MINUTE_MS
from streams.fold import fold
from streams.moments import to_ms
from tests.pure.lives import T, Table, fit20, judge, log, said, touched

M1T = judge(without="surge:")
ASKED: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T, id="opens")]
PLAN = [(T + days * DAY_MS, channel) for days, channel in zip(
    (0, 1, 4, 9, 16), ("call", "messenger", "email", "call", "messenger"), strict=True,
)]  # fmt: skip


class Lived:
    """A lead of which one event after the other is folded; deadlines pass when they are told to."""

    def __init__(self, events: list[LeadEvent]) -> None:
        self.table, self.offset = Table(), 0
        self.ripe: list[Ripe] = []
        self.tasks: list[Task] = []
        self.refused: list[str] = []
        self.hear(*events)

    @property
    def state(self) -> LeadState:
        return self.table.state()

    @property
    def handoff(self) -> str:
        episode = self.state.episode
        assert episode is not None
        return episode.handoff_id

    def hear(self, *events: LeadEvent) -> None:
        for event in events:
            folded = fold(log([event], start=self.offset), self.table, M1T)
            self.offset += 1
            self.table.keep(folded)
            self.ripe += folded.ripe
            self.tasks += folded.tasks
            self.refused += [reject.reason for _, reject in folded.refused]

    def pass_time(self, until_ms: int, late_ms: int = 0) -> None:
        """Every deadline up to a moment; `late_ms`: written so long after it."""
        while 0 < (due_ms := self.state.deadline_ms) <= until_ms:
            self.hear(TimerFired(id=f"L1/{due_ms}", at_ms=due_ms, fired_ms=due_ms + late_ms))

    def worked(self) -> list[tuple[str, int]]:
        """Tasks for people at work, with the minute of the day they were made."""
        return [(task.kind, self._minute(task.at)) for task in self.tasks if task.role != "marketing"]

    def said(self) -> list[str]:
        return [word.type.value for word in self.ripe]

    def _minute(self, at: str) -> int:
        return int(at[11:13]) * 60 + int(at[14:16]) - 12 * 60


def assigned(lived: Lived, **more: Any) -> Assigned:
    usual: dict[str, Any] = {
        "id": f"{lived.handoff}/1/assigned", "at_ms": T, "handoff_id": lived.handoff, "revision": 1, "owner": "ann",
        "respond_by_ms": T + 30 * MINUTE_MS,
    }  # fmt: skip
    return Assigned(**(usual | more))


def promised(lived: Lived, **more: Any) -> Assigned:
    moments = {
        "remind_ms": T + 20 * MINUTE_MS, "escalate_ms": T + 30 * MINUTE_MS, "escalate_to": "dina",
        "reassign_ms": T + 45 * MINUTE_MS,
    }  # fmt: skip
    return assigned(lived, **(moments | more))


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
    assert ["requested"] == lived.said()


def test_acceptance_alone_keeps_the_owner_but_not_the_promise() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived), said("accepted", T + MINUTE_MS, handoff_id=lived.handoff, by="ann"))
    lived.pass_time(T + 60 * MINUTE_MS)

    assert [("remind", 20), ("escalate", 30)] == lived.worked()
    assert [False, False, False] == [word.reassign for word in lived.ripe]


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


def test_a_call_back_is_a_task_with_its_due_moment() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, owner="", queue="voicemail", call_back=(T + DAY_MS, "call back at opening")))
    lived.hear(assigned(lived, owner="", queue="voicemail", call_back=(T + DAY_MS, "call back at opening")))

    backs = [task for task in lived.tasks if task.kind == "call_back"]
    assert [(T + DAY_MS, "call back at opening", "call")] == [(_ms(b.due), b.note, b.channel) for b in backs]


def _ms(moment: str) -> int:
    return to_ms(datetime.fromisoformat(moment))
