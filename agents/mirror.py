"""The mirror stage: copies cards and handoffs into Redis for look-ups. It may fall behind; scoring goes on."""

import asyncio

from redis.asyncio import Redis

from agents.dead_letters import DeadLetter, write_dead_letters
from agents.delivery.producer import Outbox
from agents.group_commit import Batch, Group
from agents.life import end
from agents.redis.client import connect, not_ready, while_wanted
from agents.redis.keys import RedisKeys
from agents.redis.looking import check_and_watch
from agents.redis.mirror_store import Copied, MirrorStore, Partition
from agents.settings import Settings
from agents.signals import CardsMirrored, TopicMadeAnew
from streams.topology import MIRROR

WATCH_EVERY_S = 1.0
"""Between looks at whether Redis still holds what was copied: after a wipe nothing new may come for long."""


class RedisForgot(RuntimeError):
    """Redis lost what the mirror had copied. A new start reads the marks that are left and copies what follows."""


class Mirror:
    """Goes on from its marks in Redis, not from what the group acknowledged: Redis may have lost what it held."""

    step = MIRROR

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._marks: dict[Partition, int] = {}
        """Last offset copied, as last seen in Redis; -1: none."""
        self._redis: Redis = connect(settings)

    async def start(self, out: Outbox) -> None:
        """Redis may be away: whoever needs it waits."""
        self._out = out
        self._store = MirrorStore(self._redis, RedisKeys(self._settings.prefix))
        self._checking = asyncio.create_task(check_and_watch(self._redis, self._settings))
        self._watching = asyncio.create_task(self._watch())
        self._watching.add_done_callback(_ended)

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Ask Redis how far each partition has been copied."""
        self._marks = await self._store.marks([(topic, n) for topic, ns in partitions.items() for n in sorted(ns)])

    def starts(self) -> dict[Partition, int]:
        """Next offset to copy: an empty Redis is filled from the start of the topics."""
        return {where: mark + 1 for where, mark in self._marks.items()}

    async def revoked(self) -> None:
        """Whoever comes next reads the marks from Redis."""
        self._marks = {}

    def not_ready(self) -> list[str]:
        """What needs Redis waits while it is away."""
        return not_ready(self._redis)

    async def stop(self) -> None:
        """Let Redis go."""
        self._checking.cancel()
        self._watching.cancel()
        await self._redis.aclose()

    async def flush(self, group: Group) -> None:
        """Copy, set aside what is neither card nor handoff, acknowledge, signal."""
        copied = [(batch, await while_wanted(group, self._copy(batch))) for batch in group.batches]
        unusable = [
            DeadLetter(batch.topic, batch.records[index], reject)
            for batch, said in copied
            for index, reject in said.rejects
        ]
        await write_dead_letters(self._out, unusable)
        group.acknowledge()
        for batch, said in copied:
            stale = len(batch.records) - said.written - len(said.rejects)
            CardsMirrored(topic=batch.topic, copied=said.written, stale=stale).emit()

    async def _copy(self, batch: Batch) -> Copied:
        where = (batch.topic, batch.partition)
        mark, records = self._marks.get(where, -1), batch.records
        if records[0].offset <= mark:
            # We went on behind the mark, so Kafka has no such offset any more: it counts anew.
            TopicMadeAnew(topic=batch.topic, partition=batch.partition, mark=mark, offset=records[0].offset).emit()
            mark = self._marks[where] = -1
            await self._store.forget(where)
        copied = await self._store.write(where, records, mark)
        if copied is None:
            raise _forgot(where, mark)
        self._marks[where] = copied.mark
        return copied

    async def _watch(self) -> None:
        """Notice a wipe of partitions on which nothing happens; one that is written to notices it by itself."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            known = dict(self._marks)
            held = await self._store.marks(list(known))
            for where, mark in known.items():
                if held[where] < mark and self._marks.get(where) == mark:
                    raise _forgot(where, mark)


def _forgot(where: Partition, mark: int) -> RedisForgot:
    return RedisForgot(
        f"Redis held {where[0]}/{where[1]} up to offset {mark}, and no longer does: was it emptied, or restored from a "
        "snapshot? Start the mirror again, it copies what is missing"
    )


def _ended(watching: asyncio.Task[None]) -> None:
    """What was found ends the worker, as in a flush."""
    if not watching.cancelled() and (fault := watching.exception()) is not None:
        end(fault)
