"""`touchline lead export`: all we hold on a person, over real workers, in one document."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from schemas.person import PersonExport
from streams.topology import CRM_UPDATES, LEAD_CARDS, TOUCHES_WEB
from tests.live.persons import crew as crew
from tests.live.persons import does, learns, merged, now, touch
from tests.live.scenarios.crew import Crew
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


async def exported(crew: Crew, tmp_path: Path, who: str, *more: str) -> PersonExport:
    file = tmp_path / "person.json"
    ended = await touchline(crew.settings, "lead", "export", who, "--json", file, *more, within_s=60)
    assert 0 == ended.code, ended.err
    assert 0o600 == file.stat().st_mode & 0o777
    return msgspec.json.decode(file.read_bytes(), type=PersonExport)


async def test_everything_about_a_person_is_in_it_by_any_of_their_identities(crew: Crew, tmp_path: Path) -> None:
    mail, phone = {"email": "Exported@firm.example"}, {"phone": "+77015550001"}
    one = await does(crew, mail, "demo_request")
    other = await does(crew, phone, "page_view", page="/pricing")
    await learns(crew, mail, headcount=40, name="Exa Ported", turnover_usd=500_000, founded="2019-01-01")
    await does(crew, mail | phone, "demo_request")
    survivor, retired = await merged(crew, one, other)
    said = {
        "update_id": str(uuid4()),
        "at": now(),
        "kind": "consent",
        "who": phone,
        "purpose": "contact",
        "given": True,
    }
    await crew.say(CRM_UPDATES, [said])
    broken = touch(mail, "page_view") | {"at": "never"}
    await crew.say(TOUCHES_WEB, [broken])
    found = await exported(crew, tmp_path, "phone:+7 701 555 00 01", "--inputs")

    assert (survivor, [retired]) == (found.lead_id, found.retired)
    assert [("email", "exported@firm.example"), ("phone", "+77015550001")] == sorted(
        (identity.namespace, identity.value) for identity in found.identities
    )
    assert "Exa Ported" == found.contact["name"].value
    assert [("contact", True)] == [(word.purpose, word.given) for word in found.consent]
    assert {"headcount", "turnover_usd", "founded"} <= {fact.fact for fact in found.facts}
    card = list(crew.values(LEAD_CARDS, survivor))[-1]
    assert found.card is not None
    assert found.explanation is not None
    assert (card["engagement"], card["inquiries"]) == (found.card.engagement, found.card.inquiries)
    assert 3 == sum("on web" in event.what for event in found.events)
    assert 1 == sum(".requested." in bytes(handoff).decode() for handoff in found.handoffs)
    searched = {place.store.removeprefix(crew.settings.prefix): place for place in found.elsewhere}
    assert [4, 1] == [len(searched[name].found or ()) for name in ("touches.web", "dead.letters")]
    assert ["7 days", "30 days"] == [searched[name].kept for name in ("dead.letters", "crm.updates")]


async def test_a_retired_id_finds_the_person_and_nobody_is_a_problem_in_words(crew: Crew, tmp_path: Path) -> None:
    one = await does(crew, {"email": "again@firm.example"}, "visit")
    other = await does(crew, {"phone": "+77015550002"}, "visit")
    await does(crew, {"email": "again@firm.example", "phone": "+77015550002"}, "visit")
    survivor, retired = await merged(crew, one, other)
    nobody = await touchline(crew.settings, "lead", "export", "email:unknown@firm.example")

    assert survivor == (await exported(crew, tmp_path, retired)).lead_id
    assert (1, "") == (nobody.code, nobody.out)
    assert "nobody is known as email:unknown@firm.example" in nobody.err
