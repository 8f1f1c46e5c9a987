"""A pause between two questions about who leads what: aiokafka asks again at once while it does not like the answer."""

import asyncio
import time
from typing import Any

AFTER_A_FAILURE_S = 0.1
BETWEEN_S = 0.02


def pace_metadata(client: Any) -> None:
    """Of an aiokafka client, its own.

    Its producer, with a batch for a partition that nobody leads, asks without any pause. Measured in an outage: 700
    times a second and a whole core in each worker, so that the broker beside them took a minute to come back.
    """
    update = client._metadata_update
    asked_s = -BETWEEN_S

    async def paced(cluster: Any, topics: Any) -> bool:
        nonlocal asked_s
        await asyncio.sleep(max(0.0, asked_s + BETWEEN_S - time.monotonic()))
        updated: bool = await update(cluster, topics)
        if not updated:
            await asyncio.sleep(AFTER_A_FAILURE_S)
        asked_s = time.monotonic()
        return updated

    client._metadata_update = paced
