"""What a person said of their data holds: late words are mended, and who is erased stays so after every rebuild."""

import pytest

from streams.kin.gone import is_grave
from streams.lead_codec import decode
from streams.topology import CRM_UPDATES, LEAD_CARDS, LEAD_PROFILES, LEAD_STATE
from tests.live.kafka import Kafka, until
from tests.live.persons import crew as crew
from tests.live.persons import does, in_redis, learns, state_of
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import before, moment
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

DOUBTS = "touchline_kin_events_total"


async def test_a_withdrawal_that_comes_late_leaves_a_doubt_and_restating_takes_the_touches_back(crew: Crew) -> None:
    who, at = {"email": "late-word@firm.example"}, moment()
    for hours in (3, 2, 1):
        lead = await does(crew, who, "presentation_request", at=before(at, hours=hours).isoformat())
    doubts = await crew.metric("score", DOUBTS, outcome="doubt")
    word = {"update_id": "late-word", "kind": "consent", "purpose": "scoring", "given": False, "who": who}
    await crew.say(CRM_UPDATES, [word | {"at": before(at, hours=2.5).isoformat()}])

    state = state_of(crew, lead)
    assert (15.0, "consent") == (state.engagement / 1e6, state.kin and state.kin.doubt)
    assert 1 == await crew.metric("score", DOUBTS, outcome="doubt") - doubts

    ended = await touchline(crew.settings, "lead", "restate", "email:late-word@firm.example", "--yes", within_s=60)
    assert 0 == ended.code, ended.out + ended.err

    async def mended() -> bool:
        told = state_of(crew, lead)
        return (told.engagement, told.touches, "" if told.kin is None else told.kin.doubt) == (5_000_000, 1, "")

    await until(mended, "one of three touches to be left")


async def test_s51_no_rebuild_brings_an_erased_person_back(crew: Crew) -> None:
    mail = {"email": "s51@firm.example"}
    lead = await does(crew, mail | {"anonymous": "s51"}, "presentation_request")
    await learns(crew, mail, name="Zz Fiftyone", headcount=40)
    ended = await touchline(crew.settings, "lead", "erase", "email:s51@firm.example", "--yes", within_s=90)
    assert 0 == ended.code, ended.out + ended.err

    ended = await touchline(crew.settings, "identity", "rebuild", "--yes", within_s=60)
    assert 0 == ended.code, ended.out + ended.err
    assert [] == await in_redis(crew.settings, "s51@firm.example", "Zz Fiftyone")

    anew = await does(crew, mail, "note")
    assert anew != lead
    assert (0.0, 1) == [(card["engagement"], card["inquiries"]) for card in crew.values(LEAD_CARDS, anew)][-1]

    for stage in ("identify", "score", "route"):
        assert 0 == await crew.workers[stage].terminate()
    moved = crew.settings.model_copy(update={"generation": "g2"})
    ended = await touchline(moved, "rebuild", "--partitions", str(moved.partitions), within_s=90)
    assert 0 == ended.code, ended.out + ended.err

    second = Kafka(moved)
    table = {r.key: r.value for r in await second.read_all(LEAD_STATE)}
    old, new = table.get(lead.encode()), table[anew.encode()]
    assert old is None or is_grave(decode(old))
    assert new is not None
    assert 1 == decode(new).touches
    for topic in (LEAD_CARDS, LEAD_PROFILES):
        assert None is {r.key: r.value for r in await second.read_all(topic)}.get(lead.encode())
    assert [] == await in_redis(crew.settings, "Zz Fiftyone")
