"""Two leads become one under a real score worker: their histories, what comes late, their cards; killed at any step."""

import signal
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from agents.delivery.producer import Outbox, partition_for
from agents.model_file import load_model
from agents.settings import Settings
from schemas.lead_event import Erased, Forwarded, LeadEvent, MergedFrom, MergedInto, Origin, TouchSeen
from schemas.lead_state import LeadState
from streams.judge import Judge
from streams.lead_codec import CONTROL_KEY, decode
from streams.topology import LEAD_CARDS, LEAD_EVENTS, LEAD_NEWS, LEAD_STATE, SCORE
from tests.conftest import PARTITIONS, StartWorker
from tests.live.kafka import Kafka, until
from tests.pure.lives import live

pytestmark = pytest.mark.live

ENCODER = msgspec.json.Encoder()
START_MS = 1_790_000_000_000
DECODER = msgspec.json.Decoder(LeadEvent)


def on(partition: int, name: str) -> str:
    """An id whose log is that partition's."""
    ids = (f"L{name}{number:04d}" for number in range(10_000))
    return next(lead for lead in ids if partition_for(lead.encode(), PARTITIONS) == partition)


SURVIVOR, LOSER, THIRD = on(0, "A"), on(1, "B"), on(2, "C")


def seen(number: int, topic: str = "touches.web", **more: Any) -> TouchSeen:
    return TouchSeen(
        id=f"t{number}", at_ms=START_MS + number, origin=Origin(topic, 0, number, START_MS + number),
        kind=("page_view", "visit", "video_view")[number % 3], channel="web", page="/blog", **more,
    )  # fmt: skip


def merged(loser: str, survivor: str) -> MergedInto:
    return MergedInto(id=f"{loser}/merged/{survivor}", at_ms=START_MS, survivor=survivor)


class Log:
    """Writes as `identify` does; reads what became of it."""

    def __init__(self, settings: Settings, kafka: Kafka) -> None:
        self.settings, self.kafka, self.out = settings, kafka, Outbox(settings)

    async def say(self, lead: str, *events: LeadEvent) -> None:
        await self.out.write(LEAD_EVENTS, [(None, lead.encode(), ENCODER.encode(event), []) for event in events])

    async def state(self, lead: str) -> LeadState | None:
        records = [r for r in await self.kafka.read_all(LEAD_STATE) if r.key == lead.encode()]
        return decode(records[-1].value) if records else None

    async def until_counted(self, lead: str, touches: int, within_s: float = 40.0) -> LeadState:
        async def counted() -> bool:
            state = await self.state(lead)
            return state is not None and state.touches == touches

        await until(counted, f"{touches} touches of {lead}", within_s)
        state = await self.state(lead)
        assert state is not None
        return state

    async def cards(self) -> dict[str, bytes | None]:
        """The latest of each lead."""
        return {r.key.decode(): r.value for r in await self.kafka.read_all(LEAD_CARDS)}

    async def sent_on(self) -> list[tuple[int, MergedFrom | Forwarded]]:
        """By partition: what score wrote onto the log."""
        told = [(r.partition, DECODER.decode(r.value)) for r in await self.kafka.read_all(LEAD_EVENTS)]
        return [(number, event) for number, event in told if isinstance(event, MergedFrom | Forwarded)]


@pytest.fixture
async def log(settings: Settings, kafka: Kafka) -> AsyncIterator[Log]:
    await kafka.create(SCORE.topics)
    made = Log(settings, kafka)
    await made.out.start()
    yield made
    await made.out.stop()


async def test_a_merged_lead_scores_as_one_its_late_touches_follow_and_the_loser_is_a_tombstone(
    log: Log, kafka: Kafka, settings: Settings, worker: StartWorker
) -> None:
    await worker("score", cards_every_s=0.2)
    await log.say(SURVIVOR, *map(seen, range(20)))
    await log.say(LOSER, *map(seen, range(20, 50)))
    await log.until_counted(LOSER, 30)
    await log.say(LOSER, merged(LOSER, SURVIVOR))
    await log.until_counted(SURVIVOR, 50)
    await log.say(LOSER, seen(50), seen(25), seen(51))  # 25 is a repeat
    await log.say(SURVIVOR, seen(52))
    state = await log.until_counted(SURVIVOR, 53)

    async def shown() -> bool:
        cards = await log.cards()
        return LOSER in cards and cards[LOSER] is None and b'"inquiries":53' in (cards[SURVIVOR] or b"")

    await until(shown, "the loser's tombstone and the survivor's card")
    one, _ = live([seen(number) for number in range(53)], Judge.of(load_model(settings.model, settings)[1]))
    news = msgspec.json.decode((await kafka.hear(LEAD_NEWS, 1))[0].value)

    assert (one.engagement, one.touches) == (state.engagement, state.touches)
    assert ("lead.merged", SURVIVOR, [LOSER]) == (news["type"], news["lead_id"], news["retired"])
    assert [(0, 1), (0, 2), (0, 3)] == [(number, event.number) for number, event in await log.sent_on()]


@pytest.mark.parametrize("kill_after", [LEAD_EVENTS, LEAD_STATE], ids=lambda topic: topic.name)
async def test_a_worker_killed_while_leads_merge_counts_every_touch_once(
    log: Log, kafka: Kafka, worker: StartWorker, kill_after: Any
) -> None:
    """Killed as soon as the first thing sent on, or the pointer's state, is seen: what follows may be said again."""
    one = await worker("score", member="score-1")
    count = 600
    await log.say(SURVIVOR, *map(seen, range(0, count, 3)))
    await log.say(LOSER, *map(seen, range(1, count, 3)))
    await log.say(THIRD, *map(seen, range(2, count, 3)))
    await log.say(THIRD, merged(THIRD, LOSER))
    await log.say(LOSER, merged(LOSER, SURVIVOR))
    for number in range(count, count + 300):
        await log.say((THIRD, LOSER, SURVIVOR)[number % 3], seen(number))

    async def begun() -> bool:
        if kill_after is LEAD_EVENTS:
            return bool(await log.sent_on())
        return any(
            r.key != CONTROL_KEY and (kin := decode(r.value).kin) is not None and kin.merged_into
            for r in await kafka.read_all(LEAD_STATE)
        )

    await until(begun, f"a merge on {kill_after.name}")
    one.send(signal.SIGKILL)
    again = await worker("score", member="score-1")
    again.send(signal.SIGKILL)
    await worker("score", member="score-1")
    state = await log.until_counted(SURVIVOR, count + 300)

    assert state.kin is not None
    assert "" == state.kin.doubt
    for lead in (LOSER, THIRD):
        pointer = await log.state(lead)
        assert pointer is not None
        assert 0 == pointer.touches
        assert pointer.kin is not None
        assert pointer.kin.sent == state.kin.heard[lead]


async def test_the_card_of_an_erased_lead_is_a_tombstone_and_nothing_is_counted_any_more(
    log: Log, worker: StartWorker
) -> None:
    await worker("score", cards_every_s=0.2)
    await log.say(SURVIVOR, *map(seen, range(5)))
    await log.until_counted(SURVIVOR, 5)
    await log.say(SURVIVOR, Erased(id=f"{SURVIVOR}/erased/1", at_ms=START_MS), seen(9))

    async def gone() -> bool:
        cards = await log.cards()
        return SURVIVOR in cards and cards[SURVIVOR] is None

    await until(gone, "the tombstone")
    state = await log.until_counted(SURVIVOR, 0)
    assert state.kin is not None
    assert START_MS == state.kin.erased_ms
    assert {} == state.rules
