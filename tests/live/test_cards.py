"""Cards of a busy lead: few, and the last one comes, whatever happens to the worker before it does."""

import msgspec
import pytest

from schemas.card import Card
from schemas.lead_event import Origin, TouchSeen
from schemas.lead_state import Control
from streams.lead_codec import CONTROL_KEY
from streams.topology import LEAD_CARDS, LEAD_EVENTS, LEAD_STATE, SCORE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.rebuilding import Generation, life

pytestmark = pytest.mark.live

START_MS = 1_790_000_000_000
LEAD = "lead-1"


class Busy:
    """One lead, read and written."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self.touches = 0

    async def visits(self) -> None:
        """One more touch of no great worth, and its flush."""
        self.touches += 1
        origin = Origin("touches.web", 0, self.touches, START_MS)
        told = TouchSeen(
            id=f"t{self.touches}", at_ms=START_MS + self.touches, origin=origin, kind="page_view", channel="web",
            page="/blog",
        )  # fmt: skip
        (said,) = await self.kafka.say(LEAD_EVENTS, told, key=LEAD)

        async def scored() -> bool:
            control = await self.control()
            return control is not None and control.applied >= said.offset

        await until(scored, f"the touch at offset {said.offset} to be scored")

    async def control(self) -> Control | None:
        """The latest, of the only partition in use."""
        records = [r for r in await self.kafka.read_all(LEAD_STATE) if r.key == CONTROL_KEY]
        return msgspec.json.decode(records[-1].value, type=Control) if records else None

    async def inquiries(self) -> list[int]:
        """What the cards say, one after the other."""
        cards: list[Card] = await self.kafka.values(LEAD_CARDS)
        return [card.inquiries for card in cards]

    async def until_shown(self) -> None:
        """Wait for the card of the last touch, and for the control record that says so."""

        async def shown() -> bool:
            control = await self.control()
            return (
                (await self.inquiries())[-1:] == [self.touches]
                and control is not None
                and control.cards_to == (control.applied)
            )

        await until(shown, f"the card that shows {self.touches} touches")


@pytest.fixture
async def busy(kafka: Kafka) -> Busy:
    await kafka.create(SCORE.topics)
    return Busy(kafka)


async def test_a_lead_in_a_hurry_has_a_card_at_once_and_another_when_it_has_rested(
    busy: Busy, worker: StartWorker
) -> None:
    await worker("score", cards_every_s=2.0)
    for _ in range(4):
        await busy.visits()
    soon = await busy.inquiries()
    await busy.until_shown()

    assert [1] == soon
    assert [1, 4] == await busy.inquiries()


async def test_a_card_that_waits_when_its_worker_is_killed_is_written_by_the_next_and_by_one_that_stops(
    busy: Busy, worker: StartWorker
) -> None:
    first = await worker("score", member="score-1", cards_every_s=60.0)
    await busy.visits()
    await busy.visits()
    first.kill()
    before = await busy.inquiries()
    second = await worker("score", member="score-1", cards_every_s=60.0)
    await busy.until_shown()
    after = await busy.inquiries()
    await busy.visits()
    waiting = await busy.inquiries()
    assert 0 == await second.terminate()

    assert ([1], [1, 2], [1, 2]) == (before, after, waiting)
    assert [1, 2, 3] == await busy.inquiries()
    control = await busy.control()
    assert control is not None
    assert control.applied == control.cards_to


@pytest.mark.long
@pytest.mark.parametrize("waits", [False, True])
async def test_cards_that_wait_while_the_log_moves_are_written_by_the_generation_that_takes_over(
    first: Generation, waits: bool
) -> None:
    await first.score(life(leads=4, rounds=1))
    for partition, control in (await first.table())[1].items() if waits else ():
        told = msgspec.structs.replace(control, cards_to=control.applied - 1)
        await first.kafka.say(LEAD_STATE, told, key=CONTROL_KEY, partition=partition)
    second = first.named("g2", 2)

    done = await second.rebuilt()

    assert done.cut_over
    assert {-1 if waits else None} == {control.cards_to for control in (await second.table())[1].values()}
