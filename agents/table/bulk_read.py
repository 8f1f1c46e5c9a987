"""Reads partitions of one topic up to an end, in bulk: the next answer is on its way while this one is unpacked."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka.errors import (
    KafkaConnectionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
    for_code,
)

from agents.signals import RestoreProgressed
from agents.table.fetch_line import FetchLine, connect
from agents.table.record_batches import Unpacker, batches


class BulkRead:
    """Where each partition stands. What was taken is not taken again, however often brokers come and go."""

    def __init__(
        self, topic: str, at: Mapping[int, int], end: Mapping[int, int], take: Callable[[int, list[Any]], None],
        dial: Callable[[Any], Awaitable[FetchLine]] = connect,
    ) -> None:  # fmt: skip
        self.topic = topic
        self.at, self.end = dict(at), dict(end)
        self.count = 0
        """Records taken."""
        self.cut: set[int] = set()
        """The log of these does not hold the offset asked for any more."""
        self._take, self._dial = take, dial
        self._unpacker = Unpacker()

    @property
    def behind(self) -> list[int]:
        """Partitions not read to their end, in the order in which they are read."""
        return [p for p in sorted(self.at) if self.at[p] < self.end[p]]

    def restart(self, first: Mapping[int, int], end: Mapping[int, int]) -> None:
        """Read what is there now of partitions that were cut: to take a record twice is no harm."""
        self.at.update(first)
        self.end.update(end)
        self.cut.clear()

    async def follow(self, broker: Any, led: list[int]) -> bool:
        """Read what this broker leads, to its end; false: it leads some no more, or is not to be reached."""
        try:
            line = await self._dial(broker)
        except (OSError, KafkaConnectionError):  # a timeout, too
            return False
        try:
            return await self._listen(line, led)
        except (KafkaConnectionError, TimeoutError):
            return False
        finally:
            line.close()

    async def _listen(self, line: FetchLine, led: list[int]) -> bool:
        line.ask(self.topic, [(p, self.at[p]) for p in led])
        refused = False
        while led and not refused:
            answered, asked = [], dict(self.at)
            for partition, error, whole in await line.answer():
                refused = self._refused(partition, error) or refused
                answered.append((partition, found := list(batches(whole))))
                if found:
                    self.at[partition] = found[-1][1]
            led = [p for p in led if self.at[p] < self.end[p]]
            if led and not refused:
                line.ask(self.topic, [(p, self.at[p]) for p in led])
            for partition, found in answered:
                for _, _, batch in found:
                    records = self._unpacker.records(batch, asked[partition])
                    if records:
                        self._take(partition, records)
                    self.count += len(records)
                    await asyncio.sleep(0)  # others' turn: heartbeats, health, and our own next answer
            self.tell()
        return not refused

    def _refused(self, partition: int, error: int) -> bool:
        if not error:
            return False
        fault = for_code(error)
        if fault is TopicAuthorizationFailedError:
            raise fault(self.topic)
        if fault is OffsetOutOfRangeError:
            self.cut.add(partition)
        return True

    def tell(self) -> None:
        """How much is left."""
        RestoreProgressed(remaining=sum(max(0, self.end[p] - at) for p, at in self.at.items())).emit()
