"""An out box that writes down what it was to send, and groups of records whose acknowledgement it writes down too."""

from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import ConsumerRecord

from agents.delivery.producer import Item, Landed, Outbox
from agents.group_commit import Group
from agents.settings import Settings
from streams.topology import Topic

ACKNOWLEDGED = "acknowledged"


class Diary(Outbox):
    """Writes down the order; may refuse a topic."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.done: list[str] = []
        """Topics, and the acknowledgement, in order."""
        self.items: dict[str, list[Item]] = {}
        self.refuses = ""

    async def write(self, topic: Topic, items: Iterable[Item], stamps: Any = None) -> dict[int, list[Landed]]:
        sent = list(items)
        if topic.name == self.refuses:
            raise OSError(f"{topic.name} refused")
        if sent:
            self.done.append(topic.name)
            self.items[topic.name] = sent
        return {0: [Landed(0, len(sent))]}


class Told:
    """A delivery of records, as the transport hands it out."""

    def __init__(self, diary: Diary, records: list[Any]) -> None:
        self.value, self.message, self._diary = records, records[-1], diary

    def ack(self) -> bool:
        self._diary.done.append(ACKNOWLEDGED)
        return True


def group(
    diary: Diary, topic: str, values: Sequence[bytes], offsets: Iterable[int], key: bytes = b"L1",
    append_ms: int = 1_795_160_000_000,
) -> Group:  # fmt: skip
    """Records of partition 0."""
    records = [
        ConsumerRecord(topic, 0, n, append_ms, 1, key, value, None, 2, 9, ())
        for n, value in zip(offsets, values, strict=True)
    ]
    return Group([Told(diary, records)], str, lambda: False)
