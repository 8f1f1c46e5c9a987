"""Which rights the command that runs here lacks on the broker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.settings import Settings


def lacking_here(settings: Settings) -> list[str]:
    """A sentence for each command that would give what is missing; none: nothing is, or it cannot be told."""
    import asyncio

    from aiokafka.errors import KafkaError

    from agents.security.rights_held import lacking, told
    from agents.topics.admin import connected
    from streams.acls import errand_called, of_errand

    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    errand = errand_called(" ".join(words[:2])) or errand_called(" ".join(words[:1]))
    if errand is None:
        return []

    async def asked() -> list[str]:
        async with connected(settings) as client:
            return told(await lacking(client, of_errand(errand, settings)), settings)

    try:
        return asyncio.run(asked())
    except (KafkaError, TimeoutError):
        return []
