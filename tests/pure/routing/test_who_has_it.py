"""What every event of a handoff says of who has it, also before the lead's log knows; and what a partner never gets."""

import pytest

from schemas.handoff import HandoffType
from streams.routing.assigning import Given
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, route
from tests.pure.ripes import T_MS, ripe
from tests.pure.routing.policies import POLICY

DESK = Office(chooser=Chooser(POLICY), source="touchline")


@pytest.mark.parametrize(
    "known", [True, False], ids=["the log knows whose it is", "it was said right after the request"]
)
def test_a_partner_never_gets_the_score_in_whatever_event(known: bool) -> None:
    said = ripe(type=HandoffType.CLOSED, revision=2, partner="incubator" if known else "")
    given = None if known else Given(rule="too small", kind="partner", target="incubator", at_ms=T_MS)

    routed = route(said, {"email": "a@b.example"}, DESK, given)

    data = routed.handoff.data
    assert ("incubator", "Closed.", None, [], []) == (
        data.partner, data.why, data.score, data.breakdown, data.fit_breakdown
    )  # fmt: skip
    assert {"email": "a@b.example"} == data.contact
    assert routed.assigned is None


def test_what_follows_a_request_at_once_names_who_has_it() -> None:
    said = ripe(type=HandoffType.UPDATED, revision=2)
    owned = Given(rule="all", kind="team", target="sdr", owner="ann", at_ms=T_MS)
    waits = Given(rule="all", kind="team", target="sdr", owner="", waiting=True, at_ms=T_MS)

    told = [route(said, {}, DESK, given).handoff.data for given in (owned, waits)]

    assert [("ann", ""), ("", "sdr")] == [(data.owner, data.queue) for data in told]
