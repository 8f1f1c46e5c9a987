"""The copy in Redis: replays and old words change nothing, whatever the order. Real Redis, no worker."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from msgspec import Struct
from redis.asyncio import Redis

from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.redis.mirror_store import MirrorStore
from agents.redis.read_model import ReadModel
from agents.settings import Settings
from schemas.card import Card, Velocity
from schemas.handoff import HandoffType
from streams.moments import rfc3339
from streams.people.identity import Hider
from streams.routing.handing_over import encode, route
from tests.pure.ripes import DESK, T_MS, ripe

pytestmark = pytest.mark.live

CARDS, HANDOFFS = ("lead.cards", 0), ("handoffs", 0)


class Row(Struct):
    """A record of Kafka, as the store reads it."""

    offset: int
    key: bytes | None
    value: bytes | None


def card(lead_id: str, priority: float, as_of_ms: int = T_MS) -> Card:
    return Card(
        lead_id=lead_id, ids={}, engagement=priority, fit=0.0, completeness=0.0, priority=priority, temperature="warm",
        grade="C", label="C/warm", breakdown=[], fit_breakdown=[], velocity=Velocity(pace=0.0), sources=[], inquiries=1,
        attempts=0, captured_by="", model="b2b@1", as_of=rfc3339(as_of_ms), as_of_ms=as_of_ms,
    )  # fmt: skip


def carded(offset: int, lead_id: str, priority: float, as_of_ms: int = T_MS) -> Row:
    return Row(offset, lead_id.encode(), msgspec.json.encode(card(lead_id, priority, as_of_ms)))


def handed(offset: int, handoff_id: str, revision: int, kind: HandoffType, at_ms: int = T_MS) -> Row:
    said = ripe(handoff_id=handoff_id, revision=revision, type=kind, at_ms=at_ms)
    return Row(offset, said.lead_id.encode(), encode(route(said, {}, DESK).handoff))


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Any]:
    client: Redis = connect(settings, patient=False)
    yield client
    await client.aclose()


@pytest.fixture
def store(redis: Any, keys: RedisKeys) -> MirrorStore:
    return MirrorStore(redis, keys)


@pytest.fixture
def told(redis: Any, keys: RedisKeys) -> ReadModel:
    return ReadModel(redis, keys, Hider("a key of this test", "KZ"))


async def test_the_ranking_follows_priority_and_a_tombstone_removes(store: MirrorStore, told: ReadModel) -> None:
    await store.write(
        CARDS, [carded(0, "A", 5.5), carded(1, "B", 40.0), carded(2, "C", 12.0), carded(3, "A", 50.0)], -1
    )

    assert ["A", "B"] == [c.lead_id for c in await told.top(2)]
    assert ["C"] == [c.lead_id for c in await told.top(5, skip=2)]
    assert card("A", 50.0) == await told.card("A")

    await store.write(CARDS, [Row(4, b"A", None)], 3)

    assert ["B", "C"] == [c.lead_id for c in await told.top(5)]
    assert None is await told.card("A")
    assert 2 == await told.leads()


async def test_a_card_whose_clock_is_behind_is_an_old_word_said_again(store: MirrorStore, told: ReadModel) -> None:
    await store.write(CARDS, [carded(0, "A", 10.0, T_MS), carded(1, "A", 20.0, T_MS + 5)], -1)
    copied = await store.write(CARDS, [carded(2, "A", 10.0, T_MS)], 1)

    assert (0, 2) == (copied.written, copied.mark) if copied else None
    assert card("A", 20.0, T_MS + 5) == await told.card("A")

    await store.write(CARDS, [carded(3, "A", 21.0, T_MS + 5)], 2)

    assert card("A", 21.0, T_MS + 5) == await told.card("A"), "of two at one moment the later on the topic counts"


async def test_a_replay_does_not_bring_back_who_was_erased(store: MirrorStore, told: ReadModel) -> None:
    rows = [carded(0, "A", 10.0), Row(1, b"A", None), carded(2, "B", 1.0)]
    await store.write(CARDS, rows, -1)

    await store.write(CARDS, rows[:1], -1)

    assert None is await told.card("A")
    assert ["B"] == [c.lead_id for c in await told.top(9)]


async def test_more_than_one_script_call_keeps_the_order(store: MirrorStore, told: ReadModel) -> None:
    rows = [carded(i, f"L{i % 7}", float(i)) for i in range(1_203)]

    copied = await store.write(CARDS, rows, -1)

    assert copied is not None
    assert (1_203, 1_202) == (copied.written, copied.mark)
    assert [float(p) for p in range(1_202, 1_195, -1)] == [c.priority for c in await told.top(9)]


async def test_what_is_no_card_is_told_and_passed_over(store: MirrorStore, told: ReadModel) -> None:
    rows = [carded(0, "A", 1.0), Row(1, b"B", b"{}"), Row(2, None, None), carded(3, "C", 2.0), Row(4, b"D", b"\xff")]

    copied = await store.write(CARDS, rows, -1)

    assert copied is not None
    assert (2, 3, [1, 2, 4]) == (copied.written, copied.mark, [index for index, _ in copied.rejects])
    assert ["C", "A"] == [c.lead_id for c in await told.top(9)]
    again = await store.write(CARDS, [carded(5, "E", 3.0)], copied.mark)
    assert again is not None
    assert 1 == again.written


async def test_redis_that_lost_its_memory_is_noticed(redis: Any, keys: RedisKeys, store: MirrorStore) -> None:
    await store.write(CARDS, [carded(0, "A", 1.0), carded(1, "A", 2.0)], -1)
    assert {CARDS: 1, HANDOFFS: -1} == await store.marks([CARDS, HANDOFFS])

    await redis.hset(keys.mirrored, "lead.cards/0", 0)
    assert None is await store.write(CARDS, [carded(2, "A", 3.0)], 1)

    await redis.delete(keys.mirrored)
    assert None is await store.write(CARDS, [carded(2, "A", 3.0)], 1)


@pytest.mark.parametrize("ended", [HandoffType.CLOSED, HandoffType.RETURNED, HandoffType.WITHDRAWN])
async def test_an_ended_handoff_is_no_longer_open_and_leaves_with_its_topic(
    redis: Any, keys: RedisKeys, store: MirrorStore, told: ReadModel, ended: HandoffType
) -> None:
    await store.write(
        HANDOFFS, [handed(0, "h1", 1, HandoffType.REQUESTED), handed(1, "h2", 1, HandoffType.REQUESTED)], -1
    )
    assert ["h1", "h2"] == [w.handoff.data.handoff_id for w in await told.open_handoffs()]
    assert -1 == await redis.ttl(keys.handoff("h1"))

    await store.write(HANDOFFS, [handed(2, "h1", 2, ended)], 1)

    assert ["h2"] == [w.handoff.data.handoff_id for w in await told.open_handoffs()]
    assert 30 * 86_400 - 60 < await redis.ttl(keys.handoff("h1")) <= 30 * 86_400
    last = await told.handoff("h1")
    assert last is not None
    assert f"io.touchline.handoff.{ended.value}.v1" == last.type
    assert "L4K7Q2M9X0ZB" == await told.lead_of_handoff("h1")


LIFE = [
    (1, HandoffType.REQUESTED, T_MS),
    (2, HandoffType.UPDATED, T_MS + 10),
    (3, HandoffType.ACCEPTED, T_MS + 20),
    (4, HandoffType.CLOSED, T_MS + 30),
]


@given(said=st.lists(st.sampled_from(LIFE), min_size=1, max_size=8))
@profile(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_latest_revision_wins_in_whatever_order_they_come(
    redis: Any, keys: RedisKeys, store: MirrorStore, told: ReadModel, said: list[tuple[int, HandoffType, int]]
) -> None:
    await redis.delete(keys.handoff("h"), keys.open_handoffs, keys.mirrored)
    rows = [handed(offset, "h", revision, kind, at_ms) for offset, (revision, kind, at_ms) in enumerate(said)]
    for row in rows:
        await store.write(HANDOFFS, [row], row.offset - 1)
    latest = max(revision for revision, _, _ in said)
    first_ms = T_MS if any(kind is HandoffType.REQUESTED for _, kind, _ in said) else said[0][2]

    held = await told.handoff("h")

    assert held is not None
    assert latest == held.data.revision
    since = [w.requested_ms for w in await told.open_handoffs()]
    assert ([] if latest == 4 else [first_ms]) == since


@given(st.data())
@profile(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_replays_of_any_part_end_in_the_same_copy(
    redis: Any, keys: RedisKeys, store: MirrorStore, told: ReadModel, data: st.DataObject
) -> None:
    await redis.delete(keys.mirrored, keys.ranking, *(keys.card(f"L{n}") for n in range(3)))
    draws = data.draw(st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(0, 50)), min_size=1, max_size=12))
    rows = [
        Row(o, f"L{n}".encode(), None) if p is None else carded(o, f"L{n}", float(p), T_MS + o)
        for o, (n, p) in enumerate(draws)
    ]
    await store.write(CARDS, rows, -1)
    once = await told.top(9)
    begin = data.draw(st.integers(0, len(rows) - 1))

    await store.write(CARDS, rows[begin:], begin - 1)

    assert once == await told.top(9)
    last = {row.key: row.value for row in rows}
    assert {k for k, v in last.items() if v is not None} == {c.lead_id.encode() for c in once}
