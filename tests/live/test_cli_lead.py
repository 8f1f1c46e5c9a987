"""What people ask about a lead: its score explained, and who comes first."""

from pathlib import Path

import msgspec
import pytest

from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.redis.read_model import ReadModel
from agents.settings import Settings
from schemas.card import Card
from schemas.handoff import HandoffEvent
from streams.people.identity import Hider
from streams.topology import DEAD_LETTERS, HANDOFFS, LEAD_CARDS
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

GOLDEN = Path(__file__).parents[1] / "contract" / "golden"
ANNA, BORIS = "L7D561RBQG9Z1SHFS", "L0000000000000001"


def golden(path: str, lead_id: str) -> bytes:
    """A recorded message, made about one of our leads."""
    text = (GOLDEN / path).read_bytes()
    said = msgspec.json.decode(text)
    return text.replace((said.get("lead_id") or said["subject"]).encode(), lead_id.encode())


@pytest.fixture
async def leads(settings: Settings, kafka: Kafka, worker: StartWorker) -> Card:
    """Anna is hot and handed off, Boris is warm; both are mirrored, and Anna's e-mail is known."""
    await kafka.create((LEAD_CARDS, HANDOFFS, DEAD_LETTERS))
    await worker("mirror")
    handoff = msgspec.json.decode(golden("handoffs/requested-aigerim.json", ANNA), type=HandoffEvent)
    card = msgspec.json.decode(golden("lead.cards/hot.json", ANNA), type=Card)
    hot = msgspec.structs.replace(card, handoff_id=handoff.data.handoff_id)
    await kafka.say(HANDOFFS, handoff, ANNA)
    await kafka.say(LEAD_CARDS, [hot, golden("lead.cards/capped.json", BORIS)], [ANNA, BORIS])
    email = Hider(settings.identity_key.get_secret_value(), settings.region).identity("email", "anna@example.com")
    assert email is not None
    redis = connect(settings, patient=False)
    await redis.set(RedisKeys(settings.prefix).identity("email", email.stored), ANNA)
    await redis.aclose()
    read = ReadModel.of(settings)

    async def mirrored() -> bool:
        return 2 == await read.leads() and await read.handoff(handoff.data.handoff_id) is not None

    await until(mirrored, "both cards and the handoff to be mirrored")
    await read.close()
    return hot


async def test_a_lead_is_shown_by_an_identity_with_lines_that_sum_and_its_open_handoff(
    settings: Settings, leads: Card
) -> None:
    ended = await touchline(settings, "lead", "show", "email:Anna@Example.com")
    lines = [line.split() for line in ended.out.splitlines()]
    points = {words[0]: float(words[1]) for words in lines if len(words) > 1 and words[1].startswith("+")}

    assert 0 == ended.code
    assert {line.rule: line.points for line in (*leads.breakdown, *leads.fit_breakdown)} == points
    assert "engagement 43.5 · fit 55 · completeness 90 · priority 92" in ended.out
    assert ["=", "engagement", "43.5"] in lines
    assert f"open handoff {leads.handoff_id} (revision 1)" in ended.out


async def test_a_lead_is_shown_by_its_id_for_programs_as_the_card_says(settings: Settings, leads: Card) -> None:
    ended = await touchline(settings, "lead", "show", ANNA, "--json")

    assert leads == msgspec.convert(ended.json()["card"], Card)
    assert leads.handoff_id == ended.json()["handoff"]["data"]["handoff_id"]


async def test_who_is_unknown_is_a_problem_with_what_to_try(settings: Settings, leads: Card) -> None:
    ended = await touchline(settings, "lead", "show", "email:nobody@example.com")

    assert (1, "") == (ended.code, ended.out)
    assert "nobody is known as email:nobody@example.com" in ended.err
    assert "touchline doctor" in ended.err


async def test_the_top_is_by_priority_and_no_longer_than_asked(settings: Settings, leads: Card) -> None:
    both = await touchline(settings, "lead", "top", "--json")
    first = await touchline(settings, "lead", "top", "-n", "1")

    assert [ANNA, BORIS] == [card["lead_id"] for card in both.json()]
    assert ANNA in first.out
    assert BORIS not in first.out


async def test_handoffs_are_told_with_the_reason_first(settings: Settings, leads: Card) -> None:
    ended = await touchline(settings, "handoffs", "tail", "--no-follow")
    first = ended.out.splitlines()[0]

    assert 0 == ended.code
    assert "requested (revision 1)" in first
    assert f"handoff {leads.handoff_id}" in ended.out


async def test_an_unreachable_redis_is_one_line_without_the_password(settings: Settings) -> None:
    away = settings.model_copy(update={"redis": "redis://:hush@127.0.0.1:1/0"})
    ended = await touchline(away, "lead", "top", within_s=15)

    assert 1 == ended.code
    assert "no Redis answers at redis://127.0.0.1:1/0" in ended.err
    assert "hush" not in ended.err
    assert "Traceback" not in ended.err
