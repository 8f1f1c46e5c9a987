"""`touchline lead erase`: everything goes, each step may be repeated, and who comes back is somebody new."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from agents.clock import wall_ms
from agents.person.erasing import erase
from agents.person.finding import key_of
from agents.person.forgetting import forget
from agents.person.order import Orders
from agents.person.tools import tools_of
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from schemas.person import Receipt
from streams.lead_codec import decode
from streams.topology import HANDOFFS, LEAD_CARDS, LEAD_NEWS, LEAD_PROFILES, LEAD_STATE, TOUCHES_WEB
from tests.live.kafka import Kafka, until
from tests.live.persons import crew as crew
from tests.live.persons import does, in_redis, lead_with, learns, merged, state_of, touch
from tests.live.scenarios.crew import Crew
from tests.live.touchline import Ended, touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


async def known(crew: Crew, name: str, phone: str) -> tuple[str, str, dict[str, str]]:
    """A person of two merged leads, handed off; survivor, retired, and an identity."""
    mail, number = {"email": f"{name}@firm.example"}, {"phone": phone}
    one, other = await does(crew, mail, "demo_request"), await does(crew, number, "visit")
    await does(crew, mail | number, "visit")
    survivor, retired = await merged(crew, one, other)
    await learns(crew, mail, headcount=40, name=f"Zz {name}", turnover_usd=500_000, founded="2019-01-01")
    await does(crew, mail, "demo_request")

    async def handed_off() -> bool:
        episode = state_of(crew, survivor).episode
        return episode is not None and episode.status == "assigned"

    await until(handed_off, f"{survivor} to be handed off")
    return survivor, retired, mail


async def erased(crew: Crew, who: str, tmp_path: Path, *more: str) -> tuple[Ended, Receipt | None]:
    file = tmp_path / f"{uuid4()}.json"
    ended = await touchline(
        crew.settings, "lead", "erase", who, "--yes", "--receipt", file, "--within", "40", *more, within_s=90
    )
    return ended, msgspec.json.decode(file.read_bytes(), type=Receipt) if file.exists() else None


async def test_a_look_says_whom_it_would_be_and_changes_nothing(crew: Crew) -> None:
    survivor, _, _ = await known(crew, "looked", "+77015551000")
    ended = await touchline(crew.settings, "lead", "erase", "email:looked@firm.example")

    assert 2 == ended.code
    assert f"Lead {survivor}, with" in ended.out
    assert "2 identities" in ended.out
    assert "one of them open: it would be taken back" in ended.out
    assert state_of(crew, survivor).touches == 4


async def test_a_person_is_forgotten_everywhere_and_the_receipt_says_by_when(crew: Crew, tmp_path: Path) -> None:
    survivor, retired, mail = await known(crew, "gone", "+77015551001")
    handoff = state_of(crew, survivor).episode
    assert handoff is not None
    assert [] != await in_redis(crew.settings, "gone@firm.example", "Zz gone")
    ended, receipt = await erased(crew, "email:gone@firm.example", tmp_path)

    assert 0 == ended.code, ended.out + ended.err
    assert receipt is not None
    assert receipt.complete
    assert (survivor, [retired]) == (receipt.lead_id, receipt.retired)
    assert "done" == receipt.stores["Redis"]
    assert receipt.stores["dead.letters"].startswith("gone by 20")
    assert all(word.startswith(("done", "gone by")) for word in receipt.stores.values()), receipt.stores
    assert [] == await in_redis(crew.settings, "gone@firm.example", "Zz gone", handoff.handoff_id)
    assert [1, 1] == [
        lead.kin.erased_ms > 0 for lead in (state_of(crew, survivor), state_of(crew, retired)) if lead.kin
    ]
    for topic in (LEAD_CARDS, LEAD_PROFILES):
        for lead in (survivor, retired):
            told = [r for r in await crew.kafka.read_all(topic) if r.key == lead.encode()]
            assert not told or told[-1].value is None
    last = crew.values(HANDOFFS, survivor)[-1]
    assert ("erased", {}) == (last["data"]["reason"], last["data"]["contact"])
    assert last["type"].endswith("withdrawn.v1")
    news = [msgspec.json.decode(r.value) for r in await crew.kafka.read_all(LEAD_NEWS) if r.key == survivor.encode()]
    assert receipt.stores == news[-1]["receipt"]

    anew = await does(crew, mail, "page_view", page="/pricing")
    card = crew.values(LEAD_CARDS, anew)[-1]
    assert anew not in (survivor, retired)
    assert (4.0, 0.0, 1) == (card["engagement"], card["fit"], card["inquiries"])


async def test_stopped_before_any_step_the_same_command_goes_on(crew: Crew) -> None:
    survivor, retired, mail = await known(crew, "stopped", "+77015551002")
    namespace, value = next(iter(mail.items()))
    steps: list[str] = []

    class Stopped(Exception):
        """The command was killed here."""

    for most in range(1, 12):
        left = most

        def tell(line: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                steps.append(line)
                raise Stopped

        try:
            async with tools_of(crew.settings, tell) as tools:
                found = await forget(tools, namespace, value, yes=True, now_ms=wall_ms(), within_s=20)
                break
        except Stopped:
            continue
    assert found.receipt is not None
    assert found.receipt.complete
    assert (survivor, [retired]) == (found.order.lead_id, found.order.retired)
    assert {"forgetting identities", "writing Erased on the log", "writing the receipt"} <= set(steps)
    async with tools_of(crew.settings, lambda line: None) as tools:
        assert await Orders(tools.redis, tools.keys).begun(key_of(crew.settings, namespace, value)) is None
        again = await erase(found.order, tools, within_s=20)
    assert again.complete
    assert again.stores == found.receipt.stores


@pytest.mark.long
async def test_what_came_before_the_erasure_and_is_read_after_it_revives_nobody(crew: Crew, tmp_path: Path) -> None:
    survivor, retired, mail = await known(crew, "late", "+77015551003")
    crew.workers["identify"].kill()
    late = touch(mail, "demo_request")
    await crew.kafka.say(TOUCHES_WEB, [late], "k")
    file = tmp_path / "receipt.json"
    waiting = await touchline(
        crew.settings,
        "lead",
        "erase",
        "email:late@firm.example",
        "--yes",
        "--receipt",
        file,
        "--within",
        "4",
        within_s=60,
    )
    first = msgspec.json.decode(file.read_bytes(), type=Receipt)

    assert (1, False) == (waiting.code, first.complete)
    assert "identify does not say" in first.stores["lead.profiles"]
    await crew.workers["identify"].ready(60)
    ended, second = await erased(crew, "email:late@firm.example", tmp_path)
    assert 0 == ended.code, ended.out + ended.err
    assert second is not None
    assert second.complete
    assert first.erased_at == second.erased_at
    anew = await does(crew, mail, "visit")
    assert anew not in (survivor, retired)
    assert 1 == state_of(crew, anew).touches
    with pytest.raises(StopIteration):
        lead_with(crew, late["touch_id"])


async def test_who_shows_a_new_identity_while_the_order_waits_is_forgotten_by_it_too(
    crew: Crew, tmp_path: Path
) -> None:
    survivor, retired, mail = await known(crew, "grows", "+77015551005")
    tab, chat = {"anonymous": "grows-tab"}, {"telegram": "7701555"}

    class Stopped(Exception):
        """The command was killed here."""

    def tell(line: str) -> None:
        if line == "forgetting identities":
            raise Stopped

    async with tools_of(crew.settings, tell) as tools:
        with pytest.raises(Stopped):
            await forget(tools, "email", mail["email"], yes=True, now_ms=wall_ms(), within_s=20)
    assert survivor == await does(crew, mail | tab, "visit"), "it joins the lead"
    apart = await does(crew, chat, "visit")
    await does(crew, mail | chat, "visit")
    root, _ = await merged(crew, survivor, apart)
    ended, receipt = await erased(crew, "email:grows@firm.example", tmp_path)

    assert 0 == ended.code, ended.out + ended.err
    assert receipt is not None
    assert {survivor, retired, apart} == {receipt.lead_id, *receipt.retired}
    assert root == receipt.lead_id
    for who in (tab, chat):
        anew = await does(crew, who, "visit")
        assert anew not in (survivor, retired, apart)
        assert 1 == state_of(crew, anew).touches
    async with tools_of(crew.settings, lambda line: None) as tools:
        assert await Orders(tools.redis, tools.keys).begun(survivor) is None


@pytest.mark.long
async def test_neither_a_new_generation_nor_a_redis_filled_again_brings_anybody_back(
    crew: Crew, tmp_path: Path
) -> None:
    survivor, retired, _mail = await known(crew, "back", "+77015551004")
    ended, _receipt = await erased(crew, "email:back@firm.example", tmp_path)
    assert 0 == ended.code, ended.out + ended.err
    for stage in ("identify", "score", "route", "mirror"):
        crew.workers[stage].kill()
    redis, keys = connect(crew.settings, patient=False), RedisKeys(crew.settings.prefix)
    async for key in redis.scan_iter(match=f"{keys.everything}*", count=1000):
        await redis.delete(key)
    await redis.aclose()
    rebuilt = await touchline(crew.settings, "identity", "rebuild", "--yes", within_s=60)
    assert 0 == rebuilt.code, rebuilt.out + rebuilt.err
    for stage in ("identify", "mirror"):
        await crew.workers[stage].ready(60)
    await crew.kafka.until_committed("touchline-mirror", HANDOFFS)

    assert [] == await in_redis(crew.settings, "back@firm.example", "Zz back")
    await crew.workers["identify"].terminate()  # one that is killed counts as at work until its session times out
    moved = await touchline(
        crew.settings, "rebuild", "--generation", "g2", "--partitions", "4", "--model", str(crew.settings.model),
        within_s=90,
    )  # fmt: skip
    assert 0 == moved.code, moved.out + moved.err
    there = Kafka(crew.settings.model_copy(update={"generation": "g2"}))
    states = {r.key: r.value for r in await there.read_all(LEAD_STATE)}
    await there.close()
    graves = [decode(states[lead.encode()] or b"") for lead in (survivor, retired)]
    assert [(True, 0, {}), (True, 0, {})] == [
        (grave.kin is not None and grave.kin.erased_ms > 0, grave.touches, grave.facts) for grave in graves
    ]
