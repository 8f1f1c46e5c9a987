"""What a flush of the route stage means for the figures of sales."""

from schemas.handoff import HandoffType, Outcome
from schemas.units import SECOND_MS
from streams.reports.measured import Measured, measured
from streams.routing.assigning import Given, assignment
from tests.pure.ripes import DESK, T_MS, ripe

GIVEN = Given(rule="everyone", kind="team", target="desk", owner="ann", at_ms=T_MS)
CALLED_MS = T_MS + 600 * SECOND_MS


def test_one_of_each() -> None:
    request = ripe()
    closed = {"type": HandoffType.CLOSED, "contacted_ms": CALLED_MS, "respond_by_ms": CALLED_MS}
    said = [
        (request, assignment(request, GIVEN, DESK.chooser)),
        (ripe(history=True), assignment(request, GIVEN, DESK.chooser)),
        (ripe(type=HandoffType.ASSIGNED, owner="bob"), None),
        (ripe(type=HandoffType.ACCEPTED, owner="bob", contacted_ms=T_MS), None),
        (ripe(type=HandoffType.UPDATED, first_contact=True, contacted_ms=CALLED_MS, respond_by_ms=CALLED_MS), None),
        (ripe(type=HandoffType.UPDATED, first_contact=True, contacted_ms=CALLED_MS, respond_by_ms=T_MS), None),
        (ripe(type=HandoffType.UPDATED, contacted_ms=CALLED_MS, respond_by_ms=CALLED_MS), None),
        (ripe(type=HandoffType.RETURNED, respond_by_ms=T_MS), None),
        (ripe(**closed, outcome=Outcome(result="unreachable", cadence_kept=False, kept="1/5")), None),
        (ripe(**closed, outcome=Outcome(result="won", cadence_kept=True, kept="2/5")), None),
        (ripe(**closed, outcome=Outcome(result="lost")), None),
    ]

    assert Measured(
        assigned=2, returned=1, assigned_s=[5.0, 5.0], contact_s=[600.0] * 2, in_time=1, too_late=2, kept=1, not_kept=1
    ) == measured(said, T_MS + 5 * SECOND_MS)
