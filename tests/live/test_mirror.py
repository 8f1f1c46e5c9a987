"""The mirror worker over a real Kafka and Redis: what the topics hold is what people read, whatever Redis forgets."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from agents.redis.read_model import ReadModel
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from schemas.handoff import HandoffType
from streams.routing.handing_over import encode, route
from streams.topology import DEAD_LETTERS, HANDOFFS, LEAD_CARDS, MIRROR
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.test_mirror_store import card
from tests.pure.ripes import DESK, T_MS, ripe

pytestmark = pytest.mark.live

TOPICS = {*MIRROR.reads, DEAD_LETTERS}


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test alone, which forgets everything when it is stopped."""
    server = RedisServer(tmp_path / "redis", free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def told(settings: Settings, own_redis: RedisServer) -> AsyncIterator[ReadModel]:
    model = ReadModel.of(settings.model_copy(update={"redis": own_redis.url}))
    yield model
    await model.close()


async def say_cards(kafka: Kafka, priorities: dict[str, float], as_of_ms: int = T_MS) -> None:
    cards = [card(lead_id, priority, as_of_ms) for lead_id, priority in priorities.items()]
    await kafka.say(LEAD_CARDS, cards, list(priorities))


async def say_handoffs(kafka: Kafka, *said: tuple[str, int, HandoffType]) -> None:
    ripes = [ripe(handoff_id=h, revision=revision, type=kind, lead_id=f"of-{h}") for h, revision, kind in said]
    values = [encode(route(one, {"email": "cyd@example.com"}, DESK).handoff) for one in ripes]
    await kafka.say(HANDOFFS, values, [one.lead_id for one in ripes])


async def ranked(told: ReadModel, *wanted: str) -> None:
    async def so() -> bool:
        return list(wanted) == [c.lead_id for c in await told.top(9)]

    await until(so, f"the ranking to be {wanted}")


async def open_are(told: ReadModel, *wanted: str) -> None:
    async def so() -> bool:
        return set(wanted) == {w.handoff.data.handoff_id for w in await told.open_handoffs()}

    await until(so, f"the open handoffs to be {wanted}")


async def test_cards_and_handoffs_are_read_as_they_were_written(
    kafka: Kafka, worker: StartWorker, told: ReadModel, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    mirror = await worker("mirror", redis=own_redis.url)

    await say_cards(kafka, {"A": 10.0, "B": 30.0, "C": 20.0})
    await say_handoffs(kafka, ("h1", 1, HandoffType.REQUESTED), ("h2", 1, HandoffType.REQUESTED))
    await say_handoffs(kafka, ("h2", 3, HandoffType.CLOSED), ("h2", 2, HandoffType.ACCEPTED))

    await ranked(told, "B", "C", "A")
    await open_are(told, "h1")
    await kafka.until_committed("touchline-mirror", HANDOFFS)
    closed = await told.handoff("h2")
    assert closed is not None
    assert (3, {"email": "cyd@example.com"}) == (closed.data.revision, closed.data.contact)
    assert "of-h2" == await told.lead_of_handoff("h2")
    assert card("B", 30.0) == await told.card("B")

    await kafka.say(LEAD_CARDS, None, "B")

    await ranked(told, "C", "A")
    await kafka.until_committed("touchline-mirror", LEAD_CARDS)
    page = await mirror.page("/metrics")
    assert 'touchline_mirrored_records_total{topic="lead.cards"} 4.0' in page
    assert 'touchline_mirror_stale_records_total{topic="handoffs"} 1.0' in page


async def test_a_mirror_that_is_killed_goes_on_where_it_was(
    kafka: Kafka, worker: StartWorker, told: ReadModel, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    mirror = await worker("mirror", redis=own_redis.url, member="mirror-1")
    await say_cards(kafka, {"A": 10.0, "B": 30.0})
    await kafka.say(LEAD_CARDS, None, "A")
    await ranked(told, "B")

    mirror.kill()
    await say_cards(kafka, {"B": 5.0, "C": 20.0}, T_MS + 1)
    await mirror.ready()

    await ranked(told, "C", "B")
    assert None is await told.card("A")


async def test_a_redis_that_forgot_everything_is_filled_again(
    kafka: Kafka, worker: StartWorker, told: ReadModel, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    mirror = await worker("mirror", redis=own_redis.url, member="mirror-1")
    await say_cards(kafka, {f"L{n}": float(n) for n in range(6)})
    await say_handoffs(kafka, ("h1", 1, HandoffType.REQUESTED))
    await ranked(told, "L5", "L4", "L3", "L2", "L1", "L0")
    await kafka.until_committed("touchline-mirror", LEAD_CARDS)
    await kafka.until_committed("touchline-mirror", HANDOFFS)

    own_redis.stop()
    own_redis.start()
    assert 0 == await told.leads()
    await say_cards(kafka, {f"L{n}": float(n) for n in range(6, 9)})
    assert 1 == mirror.wait_end(20), "it stops rather than go on with holes"
    await mirror.ready()

    await ranked(told, *(f"L{n}" for n in range(8, -1, -1)))
    await open_are(told, "h1")
    assert "of-h1" == await told.lead_of_handoff("h1")


async def test_a_wipe_is_noticed_while_nothing_is_said(
    kafka: Kafka, worker: StartWorker, told: ReadModel, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    mirror = await worker("mirror", redis=own_redis.url, member="mirror-1")
    await say_cards(kafka, {"A": 10.0, "B": 30.0})
    await ranked(told, "B", "A")
    await kafka.until_committed("touchline-mirror", LEAD_CARDS)

    await wiped(own_redis)
    assert 1 == mirror.wait_end(20)
    await mirror.ready()

    await ranked(told, "B", "A")


async def wiped(server: RedisServer) -> None:
    """As by somebody who takes it for another one: nothing restarts."""
    async with Redis.from_url(server.url) as redis:
        await redis.flushdb()


async def test_what_is_no_card_is_set_aside_once(
    kafka: Kafka, worker: StartWorker, told: ReadModel, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    await worker("mirror", redis=own_redis.url)

    await kafka.say(LEAD_CARDS, [b"[]", msgspec.json.encode(card("A", 1.0))], ["X", "A"], partition=0)
    await kafka.say(HANDOFFS, None, "Y")

    await ranked(told, "A")
    letters = await kafka.hear(DEAD_LETTERS, 2)
    assert {(b"X", b"[]"), (b"Y", None)} == {(letter.key, letter.value) for letter in letters}
