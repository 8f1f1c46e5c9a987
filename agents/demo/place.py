"""Where the demo plays: a Kafka and Redis of its own, or a prefix of its own on yours. Both are left as they were."""

import asyncio
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from agents.demo.erik import POLICY
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from agents.topics.admin import connected
from deploy.local import opened
from streams.topology import TOPICS, name_of

KEYS_AT_ONCE = 1_000


class Place(Struct, frozen=True):
    """Addresses, and a folder for this run alone."""

    settings: Settings
    folder: Path
    """Data and logs; deleted at the end."""
    ours: bool
    """The servers are the demo's own."""

    @property
    def exports(self) -> list[str]:
        """What another shell needs, so that every command reaches it."""
        said = {"bootstrap": self.settings.bootstrap, "redis": self.settings.redis}
        said |= {"partitions": str(self.settings.partitions)}
        said |= {"prefix": self.settings.prefix} if self.settings.prefix else {}
        return [f"export TOUCHLINE_{name.upper()}={value}" for name, value in said.items()]


@contextmanager
def own_place(settings: Settings) -> Iterator[Place]:
    """A broker and a Redis for this run, ended afterwards, and their folder deleted."""
    with opened() as stack:
        found = stack.addresses
        changes = {"bootstrap": found.bootstrap, "redis": found.redis, "prefix": "", "routing": _routing(stack.folder)}
        yield Place(settings.model_copy(update=changes), stack.folder, ours=True)


@contextmanager
def your_place(settings: Settings, bootstrap: str, redis: str) -> Iterator[Place]:
    """A fresh prefix on a cluster that runs already; its topics and keys are deleted afterwards, and nothing else."""
    changes = {"bootstrap": bootstrap, "redis": redis, "prefix": f"demo-{uuid.uuid4().hex[:8]}."}
    settings = settings.model_copy(update=changes)
    with tempfile.TemporaryDirectory(prefix="touchline-demo-") as folder:
        try:
            own = settings.model_copy(update={"routing": _routing(Path(folder))})
            yield Place(own, Path(folder), ours=False)
        finally:
            asyncio.run(_remove(settings))


def _routing(folder: Path) -> Path:
    """The demo's own policy: it would be no use to wait for half an hour."""
    file = folder / "routing.yaml"
    file.write_text(POLICY)
    return file


async def _remove(settings: Settings) -> None:
    names = {name_of(topic, settings) for topic in TOPICS}
    async with connected(settings) as client:
        there = names & {t["topic"] for t in await client.describe_topics()}
        if there:
            await client.delete_topics(sorted(there))
    redis = connect(settings, patient=False)
    try:
        ours = f"{RedisKeys(settings.prefix).everything}*"
        gone = [key async for key in redis.scan_iter(ours, count=KEYS_AT_ONCE)]
        for at in range(0, len(gone), KEYS_AT_ONCE):
            await redis.unlink(*gone[at : at + KEYS_AT_ONCE])
    finally:
        await redis.aclose()
