"""From ripe to answered: what a handoff holds, and how its episode goes on (M1t: only the line hands off)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from streams.topology import CRM_UPDATES, DEAD_LETTERS, LEAD_STAGES
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]


async def ripe(crew: Crew, name: str, at: datetime) -> tuple[Lead, dict[str, Any]]:
    """A lead of fit 20 and engagement 60, and the data of its handoff."""
    lead = Lead(crew, name, at)
    await lead.learns(headcount=40)
    await lead.does("demo_request", "demo_request")
    (event,) = lead.handoffs
    return lead, event["data"]


async def test_s29_many_touches_over_the_line_are_one_request_that_holds_all_a_seller_needs(
    patient_crew: Crew, now: datetime
) -> None:
    lead = Lead(patient_crew, "S29", now)
    lead.who |= {"email": "s29@firm.example", "phone": "+77015550129"}
    await lead.learns(headcount=40, name="Dana", at=before(now, hours=3))
    first = lead.touch("page_view", before(now, hours=2), page="/pricing?from=ad", source="google", campaign="spring")
    second = lead.touch("demo_request", before(now, hours=1), source="site")
    crossing = lead.touch("demo_request", source="site", page="https://example.com/demo")
    await lead.does(
        first, second, crossing, *(lead.touch("presentation_request", after(now, seconds=n)) for n in range(20))
    )

    assert ["requested"] == [kind for kind in lead.types if kind != "updated"]
    event = lead.handoffs[0]
    data, score = event["data"], event["data"]["score"]
    decayed = 30 * 2 ** (-1 / 24 / 14)
    view = 4 * 2 ** (-2 / 24 / 7)
    at_line = pytest.approx(30 + decayed + view, abs=2e-6)
    assert {data["handoff_id"]} == {one["data"]["handoff_id"] for one in lead.handoffs}
    assert (at_line, 40.0, 20.0, 20.0) == (score["engagement"], score["line"], score["fit"], score["completeness"])
    assert pytest.approx(decayed + view, abs=2e-6) == score["previous"]
    assert score["engagement"] == pytest.approx(sum(line["points"] for line in data["breakdown"]), abs=1e-6)
    assert {"asked-demo", "saw-prices"} == {line["rule"] for line in data["breakdown"]}
    assert [("big-enough", 20.0)] == [(line["rule"], line["points"]) for line in data["fit_breakdown"]]
    assert (["google", "site"], 3, "google") == (data["sources"], data["inquiries"], data["origin"])
    assert ("b2b-services@7", "hot", "B", 1, 1) == (
        data["model"], data["temperature"], data["grade"], data["episode"], data["revision"]
    )  # fmt: skip
    assert "why" == next(iter(data))
    assert data["why"].startswith("Reached 63.9")
    assert (1, "asked-demo" in data["why"]) == (data["why"].count(";"), True)
    assert [crossing["touch_id"], second["touch_id"], first["touch_id"]] == [one["touch_id"] for one in data["touches"]]
    assert ["/demo", "", "/pricing"] == [one.get("page", "") for one in data["touches"]]
    assert {"name": "Dana", "email": "s29@firm.example", "phone": "+77015550129"} == data["contact"]
    assert {"crm:check": "S29"} == data["crm_ids"]
    assert (40, "form") == (data["facts"]["headcount"]["value"], data["facts"]["headcount"]["by"])
    assert ("sales", "") == (data["queue"], data["owner"])
    assert after(now, minutes=30) == datetime.fromisoformat(data["respond_by"])
    trigger = data["trigger"]
    assert ("threshold", "handoff", crossing["touch_id"]) == (trigger["kind"], trigger["rule"], trigger["touch_id"])
    assert {"segment", "stage", "time_in_stage_s", "velocity", "forecast", "consent", "level"} <= data.keys()


async def test_a_handoff_is_a_structured_cloudevent_keyed_by_its_lead(patient_crew: Crew, now: datetime) -> None:
    lead, data = await ripe(patient_crew, "envelope", now)
    (event,) = lead.handoffs

    assert ("1.0", "io.touchline.handoff.requested.v1", "application/json") == (
        event["specversion"], event["type"], event["datacontenttype"]
    )  # fmt: skip
    assert f"{data['handoff_id']}/1" == event["id"]
    assert data["lead_id"] == lead.card["lead_id"] == event["subject"] == event["partitionkey"]
    assert (data["handoff_id"], data["trigger"]["touch_id"]) == (event["correlationid"], event["causationid"])
    record = next(r for r in patient_crew.heard["handoffs"] if data["handoff_id"].encode() in r.value)
    assert data["lead_id"].encode() == record.key
    assert b"application/cloudevents+json" in dict(record.headers)["content-type"]


async def test_s17_labels_follow_the_bands_and_each_change_is_told_once(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "S17", now)
    labels = []
    steps = [
        ["presentation_request", "presentation_request", "price"], ["blog"],
        [*["price"] * 4, "presentation_request", "video", "blog"], ["blog"], ["video"],
    ]  # fmt: skip
    for step in steps:
        await lead.does(*(scoring(lead, what) for what in step))
        labels.append((lead.card["engagement"], lead.card["temperature"]))
    engagement_moves = [t for t in lead.transitions if t[0] == "temperature"]
    known: list[dict[str, Any]] = [
        {"specification": "draft", "job_title": "CEO"},
        {"specification": "none", "headcount": 40, "job_title": "cook"},
        {"turnover_usd": 400_000, "specification": "draft"},
        {"specification": "approved"},
        {"city": "Almaty"},
    ]
    for facts in known:
        lead.at += timedelta(seconds=1)
        await lead.learns(**facts)
        labels.append((lead.card["fit"], lead.card["grade"]))

    assert [(14.0, "cold"), (15.0, "warm"), (39.0, "warm"), (40.0, "hot"), (42.0, "hot")] == labels[:5]
    assert [("temperature", "cold", "warm"), ("temperature", "warm", "hot")] == engagement_moves
    assert [(15.0, "C"), (20.0, "B"), (45.0, "B"), (50.0, "A"), (60.0, "A")] == labels[5:]
    assert [("grade", "C", "B"), ("grade", "B", "A")] == [t for t in lead.transitions if t[0] == "grade"]
    assert "A/hot" == lead.card["label"]


def scoring(lead: Lead, what: str) -> dict[str, Any]:
    """A touch that scores: 4, 2, 1 points for the short names."""
    match what:
        case "price":
            return lead.touch("page_view", page="/pricing")
        case "video":
            return lead.touch("video_view", props={"video": str(len(lead.crew.heard["lead.events"]))})
        case "blog":
            return lead.touch("page_view", page="/blog/x")
    return lead.touch(what)


async def test_a_transition_says_since_when_by_whom_and_why(patient_crew: Crew, now: datetime) -> None:
    lead = Lead(patient_crew, "transition", before(now, hours=2))
    await lead.does(lead.touch("note", source="fair"))
    lead.at = before(now, hours=1)
    await lead.does("demo_request")
    lead.at = now
    await lead.learns(headcount=40, by="ann")
    await lead.does("demo_request")

    told = patient_crew.values(LEAD_STAGES, lead.card["lead_id"])
    assert [("cold", "warm"), ("C", "B"), ("warm", "hot")] == [(one["from"], one["to"]) for one in told]
    assert [3600.0, 7200.0, 3600.0] == [one["seconds_in_from"] for one in told]
    assert [before(now, hours=1), now, now] == [datetime.fromisoformat(one["at"]) for one in told]
    assert ["", "ann", ""] == [one["by"] for one in told]
    assert {"fair"} == {one["source"] for one in told}
    assert ["engagement 30 after demo_request", "fit 20 after headcount"] == [
        one["why"].partition(" (")[0] for one in told[:2]
    ]


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize(
    ("kind", "more", "word", "result"),
    [
        ("won", {"amount": 12_500.0, "currency": "USD"}, "closed", "won"),
        ("lost", {"cause": "chose_another"}, "closed", "lost"),
        ("returned", {"reason": "no_budget", "by": "ann"}, "returned", None),
    ],
)
async def test_answers_are_told_under_the_same_id_with_rising_revisions(
    patient_crew: Crew, now: datetime, kind: str, more: dict[str, Any], word: str, result: str | None, by_id: bool
) -> None:
    lead, data = await ripe(patient_crew, f"answer-{kind}-{by_id}", now)
    about = {"handoff_id": data["handoff_id"]} if by_id else {}

    await lead.reported("accepted", after(now, minutes=5), by="ann", **about)
    assert data["handoff_id"] == lead.card["handoff_id"]
    await lead.reported(kind, after(now, hours=1), **more, **about)

    assert ["requested", "accepted", word] == lead.types
    told = [event["data"] for event in lead.handoffs]
    assert {data["handoff_id"]} == {one["handoff_id"] for one in told}
    assert [1, 2, 3] == [one["revision"] for one in told]
    assert sorted(event["sequence"] for event in lead.handoffs) == [event["sequence"] for event in lead.handoffs]
    assert {data["respond_by"]} == {one["respond_by"] for one in told}
    assert ["", "ann", "ann"] == [one["owner"] for one in told]
    assert {data["trigger"]["touch_id"]} == {one["trigger"]["touch_id"] for one in told}
    outcome = told[-1]["outcome"] or {}
    assert (result, more.get("reason", "")) == (outcome.get("result"), told[-1]["reason"])
    if kind == "won":
        assert (12_500.0, "USD", "ann") == (outcome["amount"], outcome["currency"], outcome["owner"])
    if kind == "lost":
        assert "chose_another" == outcome["cause"]
    assert lead.card["handoff_id"] is None


async def test_an_answer_said_again_or_too_late_is_told_once(patient_crew: Crew, now: datetime) -> None:
    lead, data = await ripe(patient_crew, "answers", now)
    about = {"handoff_id": data["handoff_id"]}

    for _ in range(2):
        await lead.reported("accepted", by="ann", sequence=7, **about)
    await lead.reported("returned", by="bob", sequence=3, reason="stale", **about)

    assert ["requested", "accepted"] == lead.types
    letters = [dict(letter.headers) for letter in patient_crew.heard[DEAD_LETTERS.name][-2:]]
    assert [b"stale", b"stale"] == [letter["__touchline.errors.reason"] for letter in letters]
    assert b"sequence is 3, and 7 was heard" in letters[-1]["__touchline.errors.detail"]
    assert "ann" == lead.card["owner"]


async def test_a_handoff_nobody_sent_is_a_dead_letter(patient_crew: Crew, now: datetime) -> None:
    lead, _ = await ripe(patient_crew, "unknown-handoff", now)
    said = {"update_id": "u-x", "at": now.isoformat(), "handoff_id": "no-such", "kind": "accepted"}

    await patient_crew.say(CRM_UPDATES, [said])

    letter = dict(patient_crew.heard[DEAD_LETTERS.name][-1].headers)
    assert b"unknown_handoff" == letter["__touchline.errors.reason"]
    assert ["requested"] == lead.types


@pytest.mark.parametrize("purpose", ["contact", "scoring"])
async def test_withdrawn_consent_lets_no_handoff_leave_and_is_counted(
    patient_crew: Crew, now: datetime, purpose: str
) -> None:
    lead = Lead(patient_crew, f"consent-{purpose}", now)
    counted = await patient_crew.metric("score", "touchline_handoffs_suppressed_total", reason="consent")
    await lead.learns(headcount=40, at=before(now, hours=3))
    await lead.does(lead.touch("demo_request", before(now, hours=2)))
    await lead.reported("consent", before(now, hours=1), purpose=purpose, given=False)

    await lead.does(lead.touch("demo_request", before(now, minutes=30)))
    await lead.does(lead.touch("demo_request", before(now, hours=2)))

    scored = {"contact": 3, "scoring": 2}[purpose]
    assert scored == lead.card["inquiries"]
    assert scored == len([e for e in lead.ledger() if e["rule"] == "asked-demo" and e["delta"] > 0])
    assert [] == lead.types
    assert ["consent"] == lead.card["gates"]
    assert 1 == await patient_crew.metric("score", "touchline_handoffs_suppressed_total", reason="consent") - counted

    await lead.reported("consent", now, purpose=purpose, given=True)

    assert ["requested"] == lead.types


async def test_a_returned_lead_is_not_handed_off_again_within_fourteen_days(patient_crew: Crew, now: datetime) -> None:
    lead, data = await ripe(patient_crew, "again", before(now, days=30))
    lead.at = before(now, days=29)
    await lead.reported("returned", handoff_id=data["handoff_id"], reason="no_budget", by="ann")

    await lead.does(*["presentation_request"] * 6)
    await lead.read_at(before(now, days=10))
    assert ["requested", "returned"] == lead.types

    lead.at = now
    await lead.does(*(["unsubscribe"] * 5), "demo_request", "demo_request")

    assert ["requested", "returned", "requested"] == lead.types
    second = lead.handoffs[-1]["data"]
    assert second["handoff_id"] != data["handoff_id"]
    assert (2, 1) == (second["episode"], second["revision"])
