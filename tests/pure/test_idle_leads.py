"""A worker puts idle leads under a model that took effect: each once, paced, and no sooner than the inputs are read."""

from typing import Any

import msgspec
import pytest

from agents.idle_leads import IdleLeads
from agents.settings import Settings
from agents.table.score_partition import ScorePartition
from schemas.lead_event import TimerFired
from schemas.lead_state import Control, Episode, LeadState
from streams.lead_codec import encode
from streams.topology import LEAD_EVENTS
from tests.pure.diary import Diary
from tests.pure.lives import T


class Stand:
    """One partition, a model in force by its key, a clock that is set."""

    def __init__(self, key: str, **given: Any) -> None:
        settings = Settings(**given)
        self.in_force, self.now_ms, self.read = key, T, True
        self.held, self.out = ScorePartition(0), Diary(settings)
        table: Any = self
        models: Any = self
        self.idle = IdleLeads(settings, table, models, lambda _p, at_ms: self.read and at_ms <= T, lambda: self.now_ms)

    def ours(self) -> list[ScorePartition]:
        return [self.held]

    def key(self, _number: int) -> str:
        return self.in_force

    def lead(self, name: str, model: str, episode: Episode | None = None) -> None:
        self.held.put(name.encode(), encode(LeadState(as_of_ms=1, model=model, episode=episode), 0))

    def folded_to(self, offset: int) -> None:
        self.held.control = Control(generation="g", applied=offset, models=["m@1 sha256:0"], fold_revision=1)

    async def look(self) -> list[tuple[str, str, int]]:
        """What is put on the log: lead, model, moment."""
        self.out.items.clear()
        await self.idle.look(self.out)
        told = []
        for number, key, value, _ in self.out.items.get(LEAD_EVENTS.name, []):
            event = msgspec.json.decode(value or b"", type=TimerFired)
            assert (0, f"{(key or b'').decode()}/model/{event.model}") == (number, event.id)
            told.append(((key or b"").decode(), event.model, event.at_ms))
        return told


HANDED_OFF = Episode("h", 1, T, 1, "requested")


async def test_idle_leads_come_under_the_model_once_and_the_table_remembers_when_all_have() -> None:
    one = Stand("new")
    for name in "abc":
        one.lead(name, "old")
    one.lead("d", "new")
    one.lead("e", "old", HANDED_OFF)
    one.folded_to(1)
    first, again = await one.look(), await one.look()
    unfolded = one.held.under
    one.folded_to(2)
    await one.look()

    assert [("a", "new", T), ("b", "new", T), ("c", "new", T)] == first
    assert [] == again
    assert ("", "new") == (unfolded, one.held.under)


async def test_they_are_paced_over_the_looks_of_a_second() -> None:
    one = Stand("new", model_leads_per_s=100)
    for number in range(12):
        one.lead(f"l{number:02}", "old")

    assert [5, 5, 2, 0] == [len(await one.look()) for _ in range(4)]


async def test_many_leads_that_need_nothing_do_not_hold_up_a_look() -> None:
    one = Stand("new", model_leads_per_s=20)
    for number in range(50):
        one.lead(f"l{number:02}", "new")
    one.lead("z", "old")

    assert [0, 0, 1] == [len(await one.look()) for _ in range(3)]


async def test_nothing_is_said_before_all_inputs_are_read_past_the_moment() -> None:
    one = Stand("new")
    one.lead("a", "old")
    one.read = False
    held = await one.look()
    one.read = True

    assert ([], [("a", "new", T)]) == (held, await one.look())


@pytest.mark.parametrize("back", [False, True])
async def test_a_model_that_took_effect_meanwhile_begins_anew_even_if_it_is_the_one_before(back: bool) -> None:
    one = Stand("new", model_leads_per_s=20)
    for name in "ab":
        one.lead(name, "old")
    first = await one.look()
    one.lead("a", "other" if back else "new")
    one.held.activations, one.held.under = one.held.activations + 2, ""
    one.in_force = "new" if back else "newer"

    assert [("a", "new", T)] == first
    assert [("a", one.in_force, T)] == await one.look()
    assert [("b", one.in_force, T)] == await one.look()


async def test_what_was_known_before_an_assignment_is_looked_at_again() -> None:
    one = Stand("new")
    one.lead("a", "old")
    first = await one.look()
    one.idle.assigned()

    assert first == await one.look()
