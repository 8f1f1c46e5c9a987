"""How far the inputs are read, as the log says it: what one `identify` worker writes, and what all of them come to.

A worker names partitions of one topic that are read equally far together, `touches.web/0-3,7`: when nothing waits,
that is all of them, and the record is short.
"""

from collections.abc import Iterator, Mapping

import msgspec

from schemas.log_mark import Watermark
from streams.topology import INPUTS

Place = tuple[str, int]
"""(topic without prefix, partition) of an input."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Watermark)


def watermark_bytes(read: Mapping[Place, int], partitions: Mapping[str, int]) -> bytes:
    """The record's value: everything Kafka got before these moments is on the log before it."""
    alike: dict[tuple[str, int], list[int]] = {}
    for (topic, partition), at_ms in sorted(read.items()):
        alike.setdefault((topic, at_ms), []).append(partition)
    said = {f"{topic}/{_spans(numbers)}": at_ms for (topic, at_ms), numbers in alike.items()}
    return _ENCODER.encode(Watermark(read=said, partitions=dict(partitions)))


def _spans(numbers: list[int]) -> str:
    """`0-3,7` of an ascending list."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(f"{a}-{b}" if a != b else str(a) for a, b in spans)


def read_in(watermark: Watermark) -> Iterator[tuple[Place, int]]:
    """Each partition and how far it is read."""
    for where, at_ms in watermark.read.items():
        topic, _, spans = where.rpartition("/")
        for span in spans.split(","):
            first, _, last = span.partition("-")
            for partition in range(int(first), int(last or first) + 1):
                yield (topic, partition), at_ms


class InputsRead:
    """What one partition of the log knows of all inputs."""

    def __init__(self) -> None:
        self._read: dict[Place, int] = {}
        self._partitions: dict[str, int] = {}
        self.all_before_ms = 0
        """Everything Kafka got before that moment, on whichever input, is on this partition; 0: not known of all."""

    def hear(self, value: bytes | None) -> None:
        """Take in a record. What was true stays true: a worker that woke too late takes nothing back."""
        try:
            watermark = _DECODER.decode(value or b"")
            read = dict(read_in(watermark))
        except (msgspec.MsgspecError, ValueError, UnicodeDecodeError):
            return  # nobody of ours wrote it; the next one comes within a second
        self._partitions.update(watermark.partitions)
        for place, at_ms in read.items():
            self._read[place] = max(at_ms, self._read.get(place, 0))
        wanted = [(topic.name, p) for topic in INPUTS for p in range(self._partitions.get(topic.name, 0))]
        whole = all(self._partitions.get(topic.name) for topic in INPUTS)
        self.all_before_ms = min(self._read.get(place, 0) for place in wanted) if whole else 0
