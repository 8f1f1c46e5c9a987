"""Where the score stage's time goes: CPU microseconds per touch of each part, over a recorded piece of the log.

`python -m tests.bench.profile_score [--functions 30]`: no broker, one process, all parts apart.
"""

import argparse
import cProfile
import gc
import platform
import pstats
import struct
import time
from collections.abc import Callable
from itertools import islice
from statistics import median
from typing import Any, TypeVar

import msgspec
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from agents.delivery.producer import BATCH_BYTES, partition_for
from schemas.lead_event import LeadEvent
from streams import lead_codec
from streams.card import card
from streams.fold import fold
from streams.judge import Judge
from tests.bench.load import Load, Sent, bench_model

Made = TypeVar("Made")
Pairs = list[tuple[bytes, bytes]]

CODECS = {"none": 0, "snappy": 2, "lz4": 3, "zstd": 4}
"""Their numbers in a batch."""
PARTITION = TopicPartition("lead.events", 0)
JSON = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(LeadEvent)


class Clock:
    """Takes the time of parts, round by round."""

    def __init__(self) -> None:
        self.took_ns: dict[str, list[int]] = {}
        self.rounds: list[int] = []

    def time(self, part: str, work: Callable[[], Made]) -> Made:
        """Garbage of the part before is not this part's."""
        gc.collect()
        began_ns = time.process_time_ns()
        made = work()
        self.took_ns.setdefault(part, []).append(time.process_time_ns() - began_ns)
        return made

    def us(self, part: str) -> float:
        """Median over the rounds, microseconds per touch."""
        return median(ns / 1000 / n for ns, n in zip(self.took_ns[part], self.rounds, strict=True))


def packed(pairs: Pairs, base_offset: int = 0, codec: str = "lz4") -> bytes:
    """Record batches as they travel."""
    done: list[bytearray] = []
    builder = BatchBuilder(BATCH_BYTES, CODECS[codec])
    for key, value in pairs:
        if builder.append(timestamp=None, key=key, value=value, headers=[]) is None:
            done.append(builder._build())
            builder = BatchBuilder(BATCH_BYTES, CODECS[codec])
            builder.append(timestamp=None, key=key, value=value, headers=[])
    done.append(builder._build())
    for batch in done:
        # The broker gives each batch its place: 8 bytes which the checksum leaves out.
        struct.pack_into(">q", batch, 0, base_offset)
        base_offset += struct.unpack_from(">i", batch, 23)[0] + 1
    return b"".join(done)


def unpacked(data: bytes) -> list[Any]:
    """The records of a fetched piece, as the consumer makes them."""
    return list(PartitionRecords(PARTITION, MemoryRecords(data), [], 0, None, None, True, READ_COMMITTED))


class Bench:
    """One partition's score table and what happens to it, batch after batch."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.judge = Judge.of(bench_model())
        self.kept: dict[bytes, bytes] = {}
        self.offset = 0

    def round(self, touches: list[Sent], clock: Clock) -> None:
        """All parts over one batch; the state goes on as the worker would leave it."""
        data = packed([(sent.key, sent.value) for sent in touches], self.offset)
        self.offset += len(touches)
        judge = self.judge
        clock.rounds.append(len(touches))
        records = clock.time("fetch", lambda: unpacked(data))
        clock.time("decode event", lambda: [DECODER.decode(record.value) for record in records])
        folded = clock.time("fold", lambda: fold(records, self.kept, judge, ledger=False))
        told = clock.time("fold+ledger", lambda: fold(records, self.kept, judge, ledger=True))
        states = list(folded.states.items())
        clock.time("append state", lambda: packed(states, codec=self.codec))
        cards = clock.time("card", lambda: [(k, card(k.decode(), lead_codec.decode(s), judge)) for k, s in states])
        shown = clock.time("encode card", lambda: [(key, JSON.encode(one)) for key, one in cards])
        clock.time("append card", lambda: packed(shown, codec=self.codec))
        lines = clock.time("encode ledger", lambda: [(e.lead_id.encode(), JSON.encode(e)) for e in told.ledger])
        clock.time("append ledger", lambda: packed(lines, codec=self.codec))
        clock.time("partition", lambda: [partition_for(key, 4) for key, _ in states])
        self.kept.update(states)

    def warm_up(self, touches: list[Sent]) -> None:
        """Give the leads a past."""
        records = unpacked(packed([(sent.key, sent.value) for sent in touches], self.offset))
        self.offset += len(touches)
        self.kept.update(fold(records, self.kept, self.judge, ledger=False).states)

    def functions(self, touches: list[Sent], ledger: bool) -> pstats.Stats:
        """The fold alone under the profiler, which makes calls look dearer than they are."""
        records = unpacked(packed([(sent.key, sent.value) for sent in touches], self.offset))
        with cProfile.Profile() as profile:
            fold(records, self.kept, self.judge, ledger=ledger)
        return pstats.Stats(profile)


def table(bench: Bench, clock: Clock) -> list[tuple[str, float]]:
    """Parts and sums."""
    us = clock.us
    outcome = [
        ("fetch: unpack records", us("fetch")),
        ("fold: decode event", us("decode event")),
        ("fold: decode state, apply, encode state", us("fold") - us("decode event")),
        ("append state: record batches", us("append state")),
        ("partition by key, uncached", us("partition")),
    ]
    outcome.append(("= score stage, cards and ledger off", sum(cost for _, cost in outcome)))
    more = [
        ("ledger: more in the fold", us("fold+ledger") - us("fold")),
        ("ledger: encode", us("encode ledger")),
        ("ledger: append", us("append ledger")),
        ("card: decode state, build", us("card")),
        ("card: encode", us("encode card")),
        ("card: append", us("append card")),
    ]
    outcome += [*more, ("= score stage, all outputs", outcome[-1][1] + sum(cost for _, cost in more))]
    return outcome


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile_score", description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--past", type=int, default=200_000, help="touches before measuring")
    parser.add_argument("--batch", type=int, default=2_000, help="touches per flush and partition")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--codec", choices=CODECS, default="lz4", help="of what is written")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="also the N dearest functions")
    said = parser.parse_args()
    bench, clock = Bench(said.codec), Clock()
    load = iter(Load(said.past + said.batch * (said.rounds + 2), said.leads))
    bench.warm_up(list(islice(load, said.past)))
    for _ in range(said.rounds):
        bench.round(list(islice(load, said.batch)), clock)
    sizes = sorted(map(len, bench.kept.values()))
    large = sizes[-len(sizes) // 100]
    print(
        f"Python {platform.python_version()}: {said.rounds} rounds of {said.batch:,} touches on {said.leads:,} leads,"
    )
    print(
        f"each with a past of about {said.past / said.leads:g}; state {median(sizes):.0f} bytes, 99 % under {large:,}"
    )
    print(f"\nCPU us per touch, written with {said.codec}")
    for part, cost in table(bench, clock):
        print(f"{cost:12.2f}  {part}")
    if said.functions:
        for ledger in (False, True):
            print(f"\nfunctions of the fold, ledger {'on' if ledger else 'off'}")
            bench.functions(list(islice(load, said.batch)), ledger).sort_stats("tottime").print_stats(said.functions)


if __name__ == "__main__":
    main()
