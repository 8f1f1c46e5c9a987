"""A whole deployment moves to another generation while touches keep coming: none lost, none twice, one handoff each."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.settings import Settings
from agents.snapshots.shelf import FolderShelf
from agents.snapshots.snapshot import taken_back
from streams.lead_codec import decode
from streams.topology import FACTS, HANDOFFS, LEAD_CARDS, LEAD_EVENTS, RIPE, TOUCHES_WEB, name_of
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.rebuilding import M1, Generation, life

pytestmark = pytest.mark.live

STAGES = ("identify", "score", "route")
LEADS = 24


@pytest.mark.long
async def test_touches_of_a_moving_deployment_count_once_and_each_ripe_lead_is_handed_off_once(
    kafka: Kafka, worker: StartWorker, settings: Settings
) -> None:
    now = datetime.now(UTC).isoformat()
    await kafka.create()
    old, new = Generation(settings, worker), Generation(settings, worker).named("g2", 6)

    async def say(first: int, last: int) -> None:
        """Touches `first` to `last` of each lead; the first brings its size, the second makes it ripe."""
        for n in range(LEADS):
            who = {"crm:shop": f"c{n}"}
            if first == 0:
                fact = {"fact_id": f"f{n}", "at": now, "who": who, "by": "form", "facts": {"headcount": 40}}
                await kafka.say(FACTS, fact)
            kinds = ["page_view", "demo_request", *["page_view"] * 9][first:last]
            touches = [
                {"touch_id": f"{n}/{first + i}", "kind": kind, "at": now, "who": who, "page": "/blog/x"}
                for i, kind in enumerate(kinds)
            ]
            await kafka.say(TOUCHES_WEB, touches)

    async def until_counted(generation: Generation, touches: int) -> None:
        async def counted() -> bool:
            leads, _ = await generation.table()
            return [touches] * LEADS == [lead.touches for lead in leads.values()]

        await until(counted, f"{touches} touches of each of {LEADS} leads", within_s=60.0)

    crew = await asyncio.gather(*(worker(stage, model=M1) for stage in STAGES))
    await say(0, 1)
    await until_counted(old, 1)
    await say(1, 2)  # they become ripe somewhere on the way
    await asyncio.gather(*(one.terminate() for one in crew))
    await say(2, 3)  # nobody listens

    done = await new.rebuilt()
    await asyncio.gather(*(worker(stage, model=M1, generation="g2", partitions=6) for stage in STAGES))
    await say(3, 4)
    await until_counted(new, 4)
    await new.kafka.until_committed("touchline-route", RIPE)

    assert done.cut_over
    requested = Counter(h.data.handoff_id for h in await kafka.values(HANDOFFS) if h.type.endswith("requested.v1"))
    assert (LEADS, {1}) == (len(requested), set(requested.values()))
    owners = [state.episode.queue for state in (await new.table())[0].values() if state.episode is not None]
    assert ["sales"] * LEADS == owners
    places = {(r.key, r.partition) for r in await kafka.read_all(LEAD_CARDS)}
    assert len(places) == len({key for key, _ in places})


async def test_a_worker_puts_snapshots_on_the_shelf_while_it_scores(
    settings: Settings, worker: StartWorker, tmp_path: Path
) -> None:
    generation = await Generation(settings, worker).make()
    one = await generation.scoring(snapshot_to=tmp_path / "shelf", snapshot_every_s=0.2)
    shelf = FolderShelf(tmp_path / "shelf")
    for first in range(0, 200, 20):
        await generation.say(life(20, rounds=1, first=first))
        await generation.until_scored()
    await until_named(shelf)
    assert 0 == await one.terminate()

    back = taken_back(shelf, name_of("lead.state", settings))
    live, controls = await generation.table()
    for number, held in back.items():
        assert held.control is not None
        assert held.control.applied <= controls[number].applied
        records = [r for r in await generation.kafka.read_all(LEAD_EVENTS) if r.partition == number]
        told = Counter(r.key for r in records if r.offset <= held.control.applied and b'"touch"' in r.value)
        assert dict(told) == {key: decode(value).touches for key, value in held.encoded.items()}
    assert 20 == len(live)
    await generation.kafka.close()


async def until_named(shelf: FolderShelf) -> None:
    async def there() -> bool:
        return len(shelf.names()) > 0

    await until(there, "a snapshot on the shelf")
