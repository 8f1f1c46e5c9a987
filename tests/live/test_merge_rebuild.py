"""A log in which leads were merged moves to another generation: what was sent on is there once, and merging goes on."""

from collections import Counter

import msgspec
import pytest

from schemas.lead_event import Forwarded, LeadEvent, MergedFrom, MergedInto
from streams.generations.log_marks import NO_LEAD
from streams.topology import LEAD_EVENTS
from tests.live.rebuilding import START_MS, Generation, life

pytestmark = [pytest.mark.live, pytest.mark.long]

PARTITIONS = 6


def merged(loser: str, survivor: str) -> tuple[str, LeadEvent]:
    return loser, MergedInto(id=f"{loser}/merged/{survivor}", at_ms=START_MS, survivor=survivor)


async def sent_on(generation: Generation) -> Counter[tuple[str, int]]:
    """(loser, number) of all that leads sent on, as often as it lies on the log."""
    records = await generation.kafka.read_all(LEAD_EVENTS)
    told = [msgspec.json.decode(r.value, type=LEAD_EVENTS.says) for r in records if not r.key.startswith(NO_LEAD)]
    return Counter((event.loser, event.number) for event in told if isinstance(event, MergedFrom | Forwarded))


async def test_merged_leads_move_and_nothing_they_sent_on_is_said_twice(first: Generation) -> None:
    told = life(leads=12, rounds=4)
    await first.score([*told[:30], merged("lead-0007", "lead-0001"), merged("lead-0003", "lead-0002"), *told[30:]])
    for _ in range(3):
        await first.score([])  # what was sent on is scored, too
    before, _ = await first.table()
    moved = await sent_on(first)
    await first.say([merged("lead-0002", "lead-0001")])  # nobody scores it before the cut-over
    second = first.named("g2", PARTITIONS)

    done = await second.rebuilt()

    after, _ = await second.table()
    assert done.cut_over
    assert {lead: state for lead, state in before.items() if lead != "lead-0002"} == {
        lead: state for lead, state in after.items() if lead != "lead-0002"
    }
    assert moved == await sent_on(second)
    for _ in range(4):
        await second.score([])
    late = life(leads=12, rounds=1, first=48)
    await second.score(late)
    for _ in range(3):
        await second.score([])
    ends, _ = await second.table()
    survivor, pointer = ends["lead-0001"], ends["lead-0002"]

    assert {1} == set((await sent_on(second)).values())
    assert 4 * 5 == survivor.touches
    assert (0, "lead-0001") == (pointer.touches, pointer.kin and pointer.kin.merged_into)
    assert survivor.kin is not None
    assert "" == survivor.kin.doubt
