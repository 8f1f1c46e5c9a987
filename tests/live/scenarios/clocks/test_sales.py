"""From ripe to contacted, over real workers: an owner by the policy, reminders, escalation, another owner, attempts.

The policy is the preset's with seconds for minutes and days: time really passes.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.stack import Addresses
from streams.topology import DEAD_LETTERS, HANDOFFS, TOUCHES_MESSENGER
from tests.live.kafka import until
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import M1, calm, employed
from tests.live.scenarios.lead import Lead, moment

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

POLICY = """
routing: in-seconds
version: 1
hours: always
people: {ann: {weight: 2}, bob: {}, dina: {role: sales manager}}
teams: {desk: {members: [ann, bob], lead: dina}}
partners: {incubator: {gets: [contacts, need]}}
rules:
  - {name: too small, if: {headcount: 20 to 30}, to: partner incubator}
  - {name: promised, if: {page: /promise*}, to: team desk}
  - {name: everyone, to: team desk}
respond: {within: 3s, remind: 'owner, at 2s', escalate: 'dina, at 3s', reassign: 'desk, at 5s, at most 2 times'}
follow up:
  gaps: [1s, 2s, 2s]
  channels: [call, messenger, email, call]
  then: {stage: inactive, task: nurture, try again in: 90d}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def sales_crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by M1t, gives by the policy, and its timers run."""
    folder = tmp_path_factory.mktemp("sales")
    routing = folder / "routing.yaml"
    routing.write_text(POLICY)
    async for one in employed(stack, folder, calm(M1, folder), timers=True, routing=routing):
        yield one


async def ripe(crew: Crew, name: str, headcount: int = 40) -> Lead:
    """Asked for a demo twice, just now."""
    lead = Lead(crew, name, moment())
    await lead.learns(headcount=headcount)
    await lead.does("demo_request", "demo_request")
    return lead


def first(lead: Lead) -> dict[str, Any]:
    """What the CRM was told first."""
    data: dict[str, Any] = told(lead)[0]["data"]
    return data


def told(lead: Lead) -> list[dict[str, Any]]:
    """What is on handoffs about it so far, while more may be on its way."""
    return list({event["id"]: event for event in lead.crew.values(HANDOFFS, lead.card["lead_id"])}.values())


def kinds(lead: Lead) -> list[str]:
    return [event["type"].split(".")[-2] for event in told(lead)]


def working(lead: Lead) -> list[str]:
    return [task["kind"] for task in lead.tasks if task["kind"] in ("remind", "escalate", "attempt", "reactivate")]


async def test_nobody_calls_so_the_owner_is_reminded_the_lead_escalated_and_given_to_somebody_else(
    sales_crew: Crew,
) -> None:
    lead = await ripe(sales_crew, "S40")
    owner = first(lead)["owner"]
    assert owner in ("ann", "bob")
    assert (datetime.fromisoformat(first(lead)["respond_by"]) - lead.at).total_seconds() == pytest.approx(3, abs=0.1)

    async def moved() -> bool:
        return "assigned" in kinds(lead)

    await until(moved, "the lead to be given to somebody else")
    assert ["requested", "escalated", "escalated", "assigned"] == [kind for kind in kinds(lead) if kind != "updated"][
        :4
    ]
    assert {"ann", "bob"} == {owner, next(e["data"]["owner"] for e in told(lead) if ".assigned." in e["type"])}
    remind, escalate = (next(t for t in lead.tasks if t["kind"] == kind) for kind in ("remind", "escalate"))
    assert (owner, "dina") == (remind["owner"], escalate["owner"])
    assert 1 == len({event["data"]["handoff_id"] for event in told(lead)})


async def test_s41_attempts_come_in_their_order_until_the_lead_counts_as_not_reached(sales_crew: Crew) -> None:
    lead = await ripe(sales_crew, "S41")
    await lead.reported("accepted", handoff_id=first(lead)["handoff_id"], by="ann")

    async def ended() -> bool:
        return kinds(lead)[-1] == "closed"

    await until(ended, "the attempts to be over")
    attempts = [task for task in lead.tasks if task["kind"] == "attempt"]
    assert ["call", "messenger", "email", "call"] == [task["channel"] for task in attempts]
    due = [datetime.fromisoformat(task["due"]) for task in attempts]
    assert [1.0, 2.0, 2.0] == [(b - a).total_seconds() for a, b in pairwise(due)]
    outcome = told(lead)[-1]["data"]["outcome"]
    assert ("unreachable", False, "0/4") == (outcome["result"], outcome["cadence_kept"], outcome["kept"])
    assert "nurture_entered" == lead.tasks[-1]["kind"]


async def test_s41_a_reply_ends_the_attempts(sales_crew: Crew) -> None:
    lead = await ripe(sales_crew, "S41-reply")
    await lead.reported("attempt", handoff_id=first(lead)["handoff_id"], by="ann", channel="call", answered=False)

    async def twice() -> bool:
        return working(lead).count("attempt") >= 2

    await until(twice, "two attempts to be asked for")
    await lead.does(lead.touch("message", moment()), topic=TOUCHES_MESSENGER)
    asked = working(lead).count("attempt")
    later = await ripe(sales_crew, "S41-after")
    await later.reported("accepted", handoff_id=first(later)["handoff_id"], by="ann")

    async def over() -> bool:
        return kinds(later)[-1] == "closed"

    await until(over, "another lead's attempts, begun later, to be over")
    assert asked == working(lead).count("attempt")
    assert "closed" not in kinds(lead)


async def test_s42_a_close_without_the_planned_attempts_is_accepted_and_flagged(sales_crew: Crew) -> None:
    lead = await ripe(sales_crew, "S42")
    about = {"handoff_id": first(lead)["handoff_id"], "by": "ann"}
    await lead.reported("attempt", channel="call", answered=False, **about)
    await lead.reported("lost", cause="unreachable", **about)

    outcome = lead.handoffs[-1]["data"]["outcome"]
    assert ("closed", False, "1/4") == (lead.types[-1], outcome["cadence_kept"], outcome["kept"])


async def test_s43_a_refusal_names_side_and_cause_and_without_a_side_is_a_dead_letter(sales_crew: Crew) -> None:
    lead = await ripe(sales_crew, "S43")
    about = {"handoff_id": first(lead)["handoff_id"], "by": "ann"}
    await lead.reported("refused", cause="too_expensive", **about)
    await lead.reported("refused", side="client", cause="too_dear", **about)
    reasons = [dict(r.headers)["__touchline.errors.reason"] for r in sales_crew.heard[DEAD_LETTERS.name][-2:]]
    assert [b"wrong_shape", b"unknown_cause"] == reasons
    await lead.reported("refused", side="client", cause="too_expensive", **about)

    outcome = lead.handoffs[-1]["data"]["outcome"]
    assert ("refused", "client", "too_expensive") == (outcome["result"], outcome["side"], outcome["cause"])


async def test_a_partner_gets_its_leads_and_never_the_score(sales_crew: Crew) -> None:
    lead = await ripe(sales_crew, "S34-partner", headcount=25)

    assert ("incubator", "", None, None) == (
        first(lead)["partner"], first(lead)["owner"], first(lead)["score"], first(lead)["respond_by"],
    )  # fmt: skip


async def test_an_answer_to_a_handoff_that_has_ended_is_told_and_changes_nothing(sales_crew: Crew) -> None:
    lead = await ripe(sales_crew, "S-late")
    about = {"handoff_id": first(lead)["handoff_id"], "by": "ann"}
    await lead.reported("returned", reason="no_budget", **about)
    await lead.reported("accepted", **about)

    last = dict(sales_crew.heard[DEAD_LETTERS.name][-1].headers)
    assert b"impossible" == last["__touchline.errors.reason"]
    assert b"may still be reported" in last["__touchline.errors.detail"]
    assert "returned" == lead.types[-1]
