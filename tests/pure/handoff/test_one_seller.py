"""A team in which nobody else can take a lead: its owner keeps it, the team's lead is told, nobody is told twice."""

import msgspec

from schemas.units import DAY_MS, MINUTE_MS
from streams.routing.assigning import Given, assignment
from streams.routing.choosing import Chooser
from tests.pure.handoff.lived import ASKED, Lived, assigned, promised
from tests.pure.lives import T, said
from tests.pure.ripes import ripe
from tests.pure.routing.policies import POLICY

KEPT = {"kept": True, "respond_by_ms": T + 30 * MINUTE_MS, "escalate_to": "dina"}


def stays(lived: Lived) -> None:
    """The owner did not call, and there is nobody else."""
    lived.hear(promised(lived))
    lived.pass_time(T + 45 * MINUTE_MS)
    lived.hear(assigned(lived, id="again", revision=lived.ripe[-1].revision, **KEPT))


def test_the_owner_keeps_it_the_lead_of_the_team_is_told_and_the_crm_hears_where_it_is() -> None:
    lived = Lived(ASKED)
    stays(lived)
    told = lived.tasks[-1]

    assert ("assigned", "ann") == (lived.ripe[-1].type, lived.ripe[-1].owner)
    assert lived.ripe[-1].why.startswith("Stays with ann: nobody else can take it")
    assert ("escalate", "dina", "team lead") == (told.kind, told.owner, told.role)
    assert "not contacted, and nobody else can take it: ann keeps it" == told.note


def test_after_that_no_clock_of_the_promise_runs_any_more() -> None:
    lived = Lived(ASKED)
    stays(lived)
    lived.hear(assigned(lived, id="again", revision=lived.ripe[-2].revision, **KEPT))
    before = (lived.said(), lived.worked())
    lived.pass_time(T + DAY_MS)

    assert before == (lived.said(), lived.worked())


def test_whoever_called_meanwhile_is_not_reported() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived))
    lived.pass_time(T + 45 * MINUTE_MS)
    lived.hear(said("attempt", T + 46 * MINUTE_MS, handoff_id=lived.handoff, channel="call", by="ann"))
    before = len(lived.tasks)
    lived.hear(assigned(lived, id="again", revision=3, **KEPT))

    assert before == len(lived.tasks)


def test_the_answer_keeps_the_promise_made_and_winds_nothing_up() -> None:
    asked = ripe(reassign=True, respond_by_ms=T + 30 * MINUTE_MS, owner="ann")
    given = Given(rule="everyone else", kind="team", target="sdr-desk", owner="ann", at_ms=T, kept=True)
    answer = assignment(asked, given, Chooser(POLICY))

    assert (True, "ann", T + 30 * MINUTE_MS) == (answer.kept, answer.owner, answer.respond_by_ms)
    assert (None, None, None, []) == (answer.remind_ms, answer.escalate_ms, answer.reassign_ms, answer.plan)
    assert "dina" == answer.escalate_to


def test_everybody_who_may_ever_take_it_is_known_whether_at_work_or_not() -> None:
    bob = msgspec.structs.replace(POLICY.people["bob"], skills=("german",))
    policy = msgspec.structs.replace(POLICY, people=POLICY.people | {"bob": bob})
    night = T + 12 * 60 * MINUTE_MS
    [option] = Chooser(policy).of_team("sdr-desk", night)

    assert ((), ("ann", "bob", "eve")) == (option.members, option.everybody)
