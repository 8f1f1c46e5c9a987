"""Cards beside the flush: fewer than touches, before the control record that vouches for them, never a stranger's."""

from collections.abc import Iterable
from typing import Any

import msgspec

from agents.delivery.producer import Item, Landed
from agents.settings import Settings
from agents.table.card_writer import CardWriter
from agents.table.score_partition import ScorePartition
from schemas.card import Card
from schemas.lead_state import Control
from streams.topology import LEAD_CARDS, LEAD_STATE, Topic
from tests.pure import diary as diary_of
from tests.pure.diary import Diary
from tests.pure.lives import T, touched
from tests.pure.test_score_flush import stage

SESSION_S = 10.0


class Pages(Diary):
    """A diary with offsets, so that one flush can follow another."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.end = 0

    async def write(self, topic: Topic, items: Iterable[Item], stamps: Any = None) -> dict[int, list[Landed]]:
        landed = (await super().write(topic, items, stamps))[0][0]
        if topic is not LEAD_STATE:
            return {0: [landed]}
        self.end += landed.count
        return {0: [Landed(self.end - landed.count, landed.count)]}


class Desk:
    """A score stage with one partition, one lead and a clock that a test moves."""

    def __init__(self, **changes: Any) -> None:
        self.score, _ = stage()
        self.settings = Settings(**({"cards_every_s": 1.0, "session_timeout_s": SESSION_S} | changes))
        self.pages = Pages(self.settings)
        self.now_s, self.offset = 100.0, 0
        self.cards: CardWriter = CardWriter(self.settings, self.score._models, self.score._table, lambda: self.now_s)
        self.cards.assigned()
        self.score._out, self.score._cards, self.score._settings = self.pages, self.cards, self.settings
        self.score._table._settings = self.settings
        self.score._table._held = {0: ScorePartition(0, self.settings.cards_every_s)}

    async def flush(self, kind: str = "page_view", *, after_s: float = 0.0, lead: bytes = b"L1") -> None:
        """One touch, some time after what was before."""
        self.now_s += after_s
        value = msgspec.json.encode(touched(kind, T + self.offset))
        self.pages.done.clear()
        await self.score.flush(diary_of.group(self.pages, "lead.events", [value], [self.offset], lead))
        self.offset += 1

    async def look(self, *, after_s: float) -> None:
        """What the timer does, after a pause in which it ran too, or stood still."""
        self.now_s += after_s
        self.pages.done.clear()
        await self.cards.look(self.pages)

    @property
    def shown(self) -> int:
        """Touches that the latest card counts."""
        (item,) = self.pages.items[LEAD_CARDS.name]
        return msgspec.json.decode(item[2] or b"", type=Card).inquiries

    @property
    def control(self) -> tuple[int, int | None]:
        """(applied, cards_to) of the latest control record."""
        control = msgspec.json.decode(self.pages.items[LEAD_STATE.name][-1][2] or b"", type=Control)
        return control.applied, control.cards_to


async def test_the_card_of_a_last_change_follows_without_a_flush_and_then_the_control_record_vouches_for_it() -> None:
    desk = Desk()
    await desk.flush()
    first = (desk.pages.done.count(LEAD_CARDS.name), desk.shown, desk.control)
    await desk.flush(after_s=0.25)
    await desk.flush(after_s=0.25)
    second = (desk.pages.done.count(LEAD_CARDS.name), desk.control)
    await desk.look(after_s=0.25)
    early = list(desk.pages.done)
    await desk.look(after_s=0.25)

    assert (1, 1, (0, 0)) == first
    assert (0, (2, 0)) == second
    assert [] == early
    assert [LEAD_CARDS.name, LEAD_STATE.name] == desk.pages.done
    assert (3, (2, 2)) == (desk.shown, desk.control)


async def test_a_lead_that_becomes_ripe_has_its_card_with_the_flush_that_made_it_so() -> None:
    desk = Desk()
    await desk.flush()
    await desk.flush("demo_request", after_s=0.1)

    assert LEAD_CARDS.name in desk.pages.done
    assert (2, (1, 1)) == (desk.shown, desk.control)


async def test_a_flush_takes_along_whoever_has_rested() -> None:
    desk = Desk()
    await desk.flush()
    await desk.flush(after_s=0.5)
    await desk.flush(after_s=0.5, lead=b"L2")

    assert [b"L2", b"L1"] == [key for _, key, _, _ in desk.pages.items[LEAD_CARDS.name]]
    assert (2, 2) == desk.control


async def test_what_waits_is_written_before_the_partitions_go_to_somebody_else_and_nothing_after() -> None:
    desk = Desk()
    await desk.flush()
    await desk.flush(after_s=0.1)
    desk.pages.done.clear()
    await desk.score.revoked()

    assert [LEAD_CARDS.name, LEAD_STATE.name] == desk.pages.done
    assert (2, (1, 1)) == (desk.shown, desk.control)
    await desk.look(after_s=5.0)
    assert [] == desk.pages.done


async def test_a_process_that_stood_still_writes_no_cards_before_it_can_know_whose_partitions_they_are() -> None:
    desk = Desk()
    await desk.flush()
    await desk.flush(after_s=0.1)
    await desk.look(after_s=SESSION_S)
    at_once = list(desk.pages.done)
    for _ in range(10):
        await desk.look(after_s=SESSION_S / 10)
    known = list(desk.pages.done)

    assert [] == at_once
    assert [LEAD_CARDS.name, LEAD_STATE.name] == known


async def test_a_process_that_stood_still_hands_nothing_over() -> None:
    desk = Desk()
    await desk.flush()
    await desk.flush(after_s=0.1)
    desk.now_s += SESSION_S
    desk.pages.done.clear()
    await desk.score.hand_over()

    assert [] == desk.pages.done


async def test_cards_switched_off_stay_where_they_were_so_that_switching_on_finds_who_has_none() -> None:
    desk = Desk(cards=False)
    await desk.flush()
    off = desk.control
    held = desk.score._table._held[0]
    held.see_cards()

    assert (0, -1) == off
    assert 1 == len(held.cards)
