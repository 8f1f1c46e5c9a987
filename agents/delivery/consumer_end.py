"""Ends an aiokafka consumer, also while its broker is away."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer


async def end_consumer(consumer: AIOKafkaConsumer, stop: Coroutine[Any, Any, None] | None = None) -> None:
    """Stop it; `stop` is what does so, if it is more than the consumer's own.

    A fetch that pauses before its next try comes out of aiokafka's stop as a cancellation of whoever called it. Inside
    Faust that ended the restore, or the consumer's thread, without a word, and the worker waited for it for ever.
    """
    stopping = asyncio.ensure_future(stop or consumer.stop())
    # Being cancelled ourselves comes out here; what goes wrong inside does not.
    await asyncio.wait({stopping})
    if stopping.cancelled():
        await consumer._client.close()  # all that was left to do
    else:
        stopping.result()
