"""What doctor says of a cluster of three brokers: topics held once, writes that wait for nobody, a broker that died."""

import asyncio

import pytest

from agents.checkup import Area
from agents.checkup.kafka import kafka
from agents.clock import wall_ms
from agents.settings import Settings
from agents.topics.admin import alter, apply, connected
from deploy.local.stack import opened
from streams.topic_settings import IN_SYNC
from streams.topology import LEAD_EVENTS, name_of
from tests.live.kafka import until

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(240)]


async def told(settings: Settings) -> list[str]:
    """All that is said of Kafka itself."""
    problems, _ = await kafka(settings, wall_ms)
    return [problem.what for problem in problems if problem.area in (Area.KAFKA, Area.LAG)]


async def test_topics_held_too_seldom_and_a_dead_broker_are_told() -> None:
    with opened(brokers=3) as stack:
        where = Settings(bootstrap=stack.addresses.bootstrap, redis=stack.addresses.redis, partitions=2)
        once = where.model_copy(update={"prefix": "once.", "replication": 1})
        safe = where.model_copy(update={"prefix": "safe.", "replication": 3})
        await asyncio.gather(apply(once), apply(safe))

        assert [] == await told(safe)
        (single,) = await told(once)
        assert single.endswith("more: one replica each, with 3 brokers: one dead disk loses leads")

        log = name_of(LEAD_EVENTS, safe)
        async with connected(safe) as client:
            await alter(client, {log: {IN_SYNC: "1"}})
        alone = f"{log}: min.insync.replicas is 1, so a leader that acknowledged alone may die with what it had"
        assert [alone] == await told(safe)

        stack.brokers[2].kill()

        async def missed() -> bool:
            return any(what.endswith("replicas are behind or away") for what in await told(safe))

        await until(missed, "doctor to miss the broker", within_s=60)
