"""Words about a handoff that cross each other on their way, and clocks that must end whatever happens meanwhile."""

from typing import Any

import msgspec

from schemas.lead_event import TimerFired
from schemas.units import DAY_MS, MINUTE_MS
from streams.fold import fold
from streams.judge import Judge
from tests.pure.handoff.lived import ASKED, M1T, PLAN, Lived, assigned, promised
from tests.pure.lives import T, log, said, touched


def test_who_took_the_lead_keeps_it_though_somebody_else_was_being_found() -> None:
    for kind, more in (("accepted", {"by": "ann"}), ("owner", {"owner": "ann", "by": "dina"})):
        lived = Lived(ASKED)
        lived.hear(promised(lived, owner="eve" if kind == "owner" else "ann"))
        lived.pass_time(T + 45 * MINUTE_MS)
        asked = lived.ripe[-1]
        lived.hear(
            said(kind, T + 46 * MINUTE_MS, **more), assigned(lived, id="late", revision=asked.revision, owner="bob")
        )

        assert asked.reassign
        assert lived.state.episode is not None
        assert ("ann", "ann") == (lived.state.episode.owner, lived.state.owner)
        assert "bob" not in {one.owner for one in lived.ripe}


def test_who_accepts_before_route_has_answered_keeps_the_lead() -> None:
    lived = Lived(ASKED)
    lived.hear(said("accepted", T + MINUTE_MS, by="ann"), promised(lived, owner="bob"))

    assert lived.state.episode is not None
    assert ("ann", "ann") == (lived.state.episode.owner, lived.state.owner)
    assert T + 30 * MINUTE_MS == lived.state.episode.respond_by_ms


def test_who_was_reached_before_there_was_an_owner_gets_no_attempts() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, owner="", queue="desk", waiting=True))
    lived.hear(said("attempt", T + MINUTE_MS, answered=True, channel="call"))
    lived.hear(assigned(lived, owner="bob", plan=PLAN, stop_on=["reply"]))
    lived.pass_time(T + 40 * DAY_MS)

    assert [] == lived.worked()


def test_a_plan_of_one_attempt_ends_too() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, plan=PLAN[:1], stop_on=["reply"]))
    lived.pass_time(T + 3 * DAY_MS)

    assert "closed" in lived.said()


def test_a_handoff_that_ended_is_tried_again_under_a_model_that_hands_nothing_off() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived, plan=PLAN, again_ms=2 * DAY_MS), said("lost", T + MINUTE_MS, by="ann"))
    nothing = Judge.of(msgspec.structs.replace(M1T.model, handoff=None, version=M1T.model.version + 1))
    for _ in range(20):
        due_ms = lived.state.deadline_ms
        if not 0 < due_ms <= T + 3 * DAY_MS:
            break
        event = TimerFired(id=f"L1/{due_ms}", at_ms=due_ms, fired_ms=due_ms)
        folded = fold(log([event], start=lived.offset), lived.table, nothing, earlier={M1T.key: M1T})
        lived.offset += 1
        lived.table.keep(folded)
        lived.tasks += folded.tasks

    assert lived.state.deadline_ms == 0 or lived.state.deadline_ms > T + 3 * DAY_MS
    assert ["reactivate"] == [task.kind for task in lived.tasks if task.kind == "reactivate"]


def test_nobody_is_asked_to_try_a_client_again_or_who_refuses_contact() -> None:
    refused: dict[str, Any] = {"purpose": "contact", "given": False}
    for kind, more in (("won", {}), ("consent", refused)):
        lived = Lived(ASKED)
        lived.hear(promised(lived, plan=PLAN, again_ms=2 * DAY_MS), said("lost", T + MINUTE_MS, by="ann"))
        lived.hear(said(kind, T + 2 * MINUTE_MS, **more))
        lived.pass_time(T + 3 * DAY_MS)

        assert "reactivate" not in {task.kind for task in lived.tasks}


def test_a_lead_that_is_ripe_again_names_the_owner_it_had() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived), said("lost", T + MINUTE_MS, by="ann"))
    lived.pass_time(T + 60 * DAY_MS)
    lived.hear(*(touched("demo_request", T + 61 * DAY_MS + n, id=f"again {n}") for n in range(2)))

    assert [("requested", ""), ("requested", "ann")] == [
        (word.type.value, word.owner) for word in lived.ripe if word.type == "requested"
    ]
