"""`touchline lead split`: two people taken for one are two again, with what each did before, meanwhile and since."""

from typing import Any

import msgspec
import pytest

from agents.clock import wall_ms
from agents.person.parting import pair_of, part
from agents.person.tools import tools_of
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.redis.read_model import ReadModel
from streams.judge import Judge
from streams.model import read_model
from streams.topology import HANDOFFS, LEAD_CARDS, LEAD_EVENTS, LEAD_NEWS, RIPE
from tests.live.kafka import until
from tests.live.persons import crew as crew
from tests.live.persons import does, learns, merged, state_of
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import M1
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


async def switched(crew: Crew, retired: str, survivor: str) -> None:
    """What comes for the retired lead goes straight to the survivor, without the wait for late clocks."""
    redis, keys = connect(crew.settings, patient=False), RedisKeys(crew.settings.prefix)
    switch_ms = wall_ms() - 1
    await redis.hset(keys.merged, retired, f"{survivor} {switch_ms}")
    number = await redis.incr(keys.changes)
    await redis.lpush(keys.change_list, f"{number} merged {retired} {survivor} {switch_ms}")
    await redis.aclose()


def card(crew: Crew, lead: str) -> dict[str, Any]:
    return crew.values(LEAD_CARDS, lead)[-1]


def logged(crew: Crew, kind: str) -> list[dict[str, Any]]:
    return [event for event in crew.values(LEAD_EVENTS) if event.get("type") == kind]


async def taken_for_one(crew: Crew, name: str, phone: str) -> tuple[str, str, dict[str, str], dict[str, str]]:
    """Two people, of whom one wrote from the other's phone once; by lead id, with what each is known by.

    Each touched before, by way of the pointer, and straight; the survivor is handed off for both together.
    """
    mail, number = {"email": f"{name}@firm.example"}, {"phone": phone}
    by_mail = await does(crew, mail, "presentation_request")
    by_phone = await does(crew, number, "page_view", page="/pricing")
    await learns(crew, number, city="Almaty", name=f"Phone of {name}")
    await does(crew, mail | number, "visit")
    survivor, retired = await merged(crew, by_mail, by_phone)
    ours, theirs = (mail, number) if survivor == by_mail else (number, mail)
    await does(crew, theirs, "presentation_request")
    await switched(crew, retired, survivor)
    before = len(logged(crew, "forwarded"))
    await does(crew, theirs, "demo_request")
    assert before == len(logged(crew, "forwarded"))
    await learns(crew, ours, headcount=40, name=f"Ours of {name}", turnover_usd=500_000, founded="2019-01-01")
    await does(crew, ours, "page_view", page="/pricing")

    async def handed_off() -> bool:
        episode = state_of(crew, survivor).episode
        return episode is not None and episode.status == "assigned"

    await until(handed_off, f"{survivor} to be handed off")
    return survivor, retired, ours, theirs


@pytest.mark.long
async def test_both_get_what_is_theirs_and_nobody_is_handed_off_by_it(crew: Crew) -> None:
    survivor, retired, ours, theirs = await taken_for_one(crew, "split", "+77015552001")
    requested, handoff = len(crew.values(RIPE)), state_of(crew, survivor).episode
    look = await touchline(crew.settings, "lead", "split", retired, "--json", within_s=60)
    assert 0 == look.code, look.err
    assert not look.json()["done"]
    assert state_of(crew, retired).kin is not None
    ended = await touchline(crew.settings, "lead", "split", retired, "--yes", within_s=90)

    assert 0 == ended.code, ended.err
    assert "They are apart, and are never merged again." in ended.out
    one, other = state_of(crew, survivor), state_of(crew, retired)
    # The mail asked for a presentation, the phone saw prices; "visit" was of the mail; then theirs, then ours.
    first = {"email": 5, "phone": 4}
    kinds = [next(iter(ours)), next(iter(theirs))]
    visits = [int(kind == "email") for kind in kinds]
    assert [1 + visits[0] + 1, 1 + visits[1] + 2] == [one.touches, other.touches]
    engagements = [round(state.engagement / 1e6) for state in (one, other)]
    assert [first[kinds[0]] + 4, first[kinds[1]] + 5 + 30] == engagements
    assert [True, False] == ["headcount" in one.facts, "headcount" in other.facts]
    assert handoff is not None
    assert one.episode is not None
    assert (handoff.handoff_id, "assigned") == (one.episode.handoff_id, one.episode.status)
    assert requested == len(crew.values(RIPE))

    async def shown() -> bool:
        return [card(crew, lead)["inquiries"] for lead in (survivor, retired)] == [one.touches, other.touches]

    await until(shown, "both cards")
    news = [msgspec.json.decode(r.value) for r in await crew.kafka.read_all(LEAD_NEWS) if r.key == survivor.encode()]
    assert ("lead.split", [retired]) == (news[-1]["type"], news[-1]["retired"])


@pytest.mark.long
async def test_each_has_its_contact_details_and_later_touches_again(crew: Crew) -> None:
    survivor, retired, ours, theirs = await taken_for_one(crew, "details", "+77015552002")
    ended = await touchline(crew.settings, "lead", "split", retired, "--yes", within_s=90)
    assert 0 == ended.code, ended.err
    read = ReadModel.of(crew.settings)
    details = [{n: d.value for n, d in (await read.profile(lead)).items()} for lead in (survivor, retired)]
    await read.close()
    counts = [state_of(crew, lead).touches for lead in (survivor, retired)]

    assert [next(iter(ours.items())), next(iter(theirs.items()))] == [
        next((k, v) for k, v in told.items() if k in ("email", "phone")) for told in details
    ]
    assert "Ours of details" == details[0]["name"]
    assert [survivor, retired] == [await does(crew, ours, "visit"), await does(crew, theirs, "visit")]
    assert [counts[0] + 1, counts[1] + 1] == [state_of(crew, lead).touches for lead in (survivor, retired)]
    await does(crew, ours | theirs, "visit")
    both = [state_of(crew, lead).kin for lead in (survivor, retired)]
    assert [""] * 2 == [kin.merged_into for kin in both if kin is not None]


@pytest.mark.long
async def test_stopped_before_any_step_the_same_command_goes_on(crew: Crew) -> None:
    survivor, retired, _, _ = await taken_for_one(crew, "halted", "+77015552003")
    model = read_model(M1.read_text())
    assert not isinstance(model, list)
    judge, steps = Judge.of(model), list[str]()

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
                pair = await pair_of(tools, retired)
                await part(tools, pair, judge, yes=True, now_ms=wall_ms(), within_s=20, from_what_is_left=False)
                break
        except Stopped:
            continue
    assert [survivor, retired] == [pair.survivor, pair.retired]
    assert {f"restating {survivor}", f"restating {retired}"} <= set(steps)
    assert 6 == sum(state_of(crew, lead).touches for lead in (survivor, retired))


@pytest.mark.long
async def test_who_was_not_merged_is_refused_in_words(crew: Crew) -> None:
    lead = await does(crew, {"email": "alone@firm.example"}, "visit")
    ended = await touchline(crew.settings, "lead", "split", lead)

    assert 2 == ended.code
    assert f"{lead} is not merged into another lead" in ended.err
    assert [] == crew.values(HANDOFFS, lead)
