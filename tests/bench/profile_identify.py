"""Where the time of identify and route goes: CPU microseconds per touch, or per ripe lead, of each part.

`TOUCHLINE_REDIS=redis://... python -m tests.bench.profile_identify [--functions 30]`: no broker, batches are made and
thrown away; a real Redis (one of our own, unless told), whose CPU is not counted: it is another process.
"""

import argparse
import asyncio
import contextlib
import cProfile
import gc
import os
import platform
import pstats
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from agents.group_commit import Group
from agents.identify import Identify
from agents.life import GC_THRESHOLDS
from agents.redis.keys import RedisKeys
from agents.route import Route
from agents.settings import Settings
from deploy.local.stack import opened
from schemas.touch import Touch
from streams.people.admission import admit
from streams.people.log_entries import Head
from streams.people.touch_lines import Source
from tests.bench.load import PARTITIONS, bench_model
from tests.bench.profile_score import packed, unpacked
from tests.bench.spans import Paper, Spans, Told
from tests.pure.ripes import ripe

PAGES = ("/", "/pricing", "/blog/lead-scoring", "/product", "/docs/start")
JSON = msgspec.json.Encoder()
TOUCH = msgspec.json.Decoder(Touch)
HEAD = msgspec.json.Decoder(Head)

NAMED: dict[str, Callable[[str], dict[str, str]]] = {
    "known": lambda n: {"anonymous": f"visitor-{n}"},
    "asked": lambda n: {"anonymous": f"visitor-{n}"},
    "new": lambda n: {"anonymous": f"visitor-{n}"},
    "new, mail": lambda n: {"anonymous": f"visitor-{n}", "email": f"anna.{n}@steppe-foods.example"},
    "new, phone": lambda n: {"email": f"anna.{n}@steppe-foods.example", "phone": f"+7701{n[-7:]}"},
}
"""Columns: people in memory, people in Redis alone, and people never seen, by what they are known by."""


class Bench:
    """Both stages, and people without end."""

    def __init__(self, settings: Settings, batch: int) -> None:
        self.settings, self.batch, self.spans = settings, batch, Spans()
        self.people = 0
        self.identify, self.route = Identify(settings, bench_model()), Route(settings)

    async def start(self) -> None:
        """Connect, and take the time of what a flush calls."""
        self.out = Paper(self.settings, self.spans)
        # There is no log from which a graph could be rebuilt.
        await self.identify._redis.set(RedisKeys(self.settings.prefix).graph, "whole")
        await self.identify.start(self.out)
        await self.route.start(self.out)
        for name, part in (
            ("changes", "changes of others"), ("resolve", "ask"), ("merge", "profiles"), ("check", "same graph"),
            ("announced", "mark announced"),
        ):  # fmt: skip
            self.spans.watch(self.identify._graph, name, f"redis: {part}")
        self.spans.watch(self.identify._reader, "read", "read: all")
        self.spans.watch(self.route, "_prepare", "redis: contacts, note handoffs")

    def touches(self, column: str, numbers: Iterable[int]) -> list[tuple[bytes, bytes]]:
        """As producers write them."""
        now_ms = time.time_ns() // 1_000_000
        return [
            (b"k%d" % n, JSON.encode({
                "touch_id": uuid.uuid4().hex, "kind": "page_view", "at": now_ms, "who": NAMED[column](f"{n:012d}"),
                "page": PAGES[n % len(PAGES)], "source": "google", "campaign": "autumn", "props": {"plan": "team"},
            }))
            for n in numbers
        ]  # fmt: skip

    def fresh(self) -> range:
        """People nobody has seen."""
        self.people += self.batch
        return range(self.people - self.batch, self.people)

    def group(self, topic: str, data: bytes) -> Group:
        """Fetched records, stamped by the broker."""
        with self.spans.span("fetch: unpack records"):
            records = unpacked(data)
        return Group([Told(records, _Message(topic, 0))], str, lambda: False)

    async def touched(self, column: str, *, measured: bool = True) -> None:
        """One flush of a batch of touches, then its parts apart on people that are as new."""
        spans, people = self.spans, self.fresh()
        spans.column = ""
        if column in ("known", "asked"):
            await self.identify.flush(self.group("touches.web", packed(self.touches(column, people))))
        if column == "asked":
            links = self.identify._links
            links._forget_all()
        data = packed(self.touches(column, people))
        gc.collect()
        if measured:
            spans.column = column
            spans.counts[column] = spans.counts.get(column, 0) + self.batch
        group = self.group("touches.web", data)
        with spans.span("flush"):
            await self.identify.flush(group)
        self.parts(column, self.group_of(column, people if column == "known" else self.fresh()))
        spans.column = ""

    def group_of(self, column: str, people: range) -> list[Any]:
        held, self.spans.column = self.spans.column, ""
        records: list[Any] = unpacked(packed(self.touches(column, people)))
        self.spans.column = held
        return records

    def parts(self, column: str, records: list[Any]) -> None:
        """What reading does with each, one after another."""
        span, hider, scribe = self.spans.span, self.identify._reader._hider, self.identify._reader._scribe
        gc.collect()
        with span("read: decode"):
            for record in records:
                TOUCH.decode(record.value)
        with span("read: admit, decode included"):
            messages = [admit("touches.web", record.value, record.headers, record.timestamp) for record in records]
        with span("read: normal forms and hashes"):
            people = [hider.who(cast(Touch, message).who) for message in messages]
        source = Source.of("touches.web", 0)
        with span("read: log entry, encoded"):
            lines = [
                self.identify._reader._lines.line(cast(Touch, m), source, r.offset, r.timestamp, w.public, "")
                for m, r, w in zip(messages, records, people, strict=True)
            ]
        if column.startswith("new"):
            with span("derived facts"):
                for line, who in zip(lines, people, strict=True):
                    scribe.derived(HEAD.decode(line), list(who.identities))

    async def ripened(self) -> None:
        """One flush of ripe leads whose profiles are in Redis."""
        spans, people, keys = self.spans, self.fresh(), RedisKeys(self.settings.prefix)
        ripes = [ripe(handoff_id=str(uuid.uuid4()), lead_id=f"L{n:016d}") for n in people]
        pipeline = self.route._redis.pipeline(transaction=False)
        for n in people:
            mail, phone = f'["anna.{n}@steppe-foods.example",1,"t-1"]', f'["+7701{n:07d}",1,"t-2"]'
            pipeline.hset(keys.profile(f"L{n:016d}"), mapping={"email": mail, "phone": phone})
        await pipeline.execute()
        data = packed([(one.lead_id.encode(), JSON.encode(one)) for one in ripes])
        gc.collect()
        spans.column = "route"
        spans.counts["route"] = spans.counts.get("route", 0) + self.batch
        group = self.group("ripe", data)
        with spans.span("flush"):
            await self.route.flush(group)
        spans.column = ""

    async def stop(self) -> None:
        """Take our keys off the server."""
        async with Redis.from_url(self.settings.redis) as redis:
            async for key in redis.scan_iter(match=f"touchline:{self.settings.prefix}*", count=10_000):
                await redis.unlink(key)
        await self.identify.stop()
        await self.route.stop()


class _Message(NamedTuple):
    topic: str
    partition: int


INSIDE = ("read: decode", "read: admit, decode included", "read: normal forms and hashes", "read: log entry, encoded",
          "derived facts")  # fmt: skip
"""Taken apart, on other people: they are in `read: all` and in `the rest of the flush`."""


def table(spans: Spans, columns: list[str]) -> Iterator[tuple[str, list[float]]]:
    """Parts by column, and their sum."""
    parts = list(dict.fromkeys(part for _, part in spans.took_ns))
    whole = ("fetch: unpack records", "flush")
    apart = [part for part in parts if part not in (*whole, *INSIDE)]
    for part in (whole[0], *INSIDE[:4], *apart, *INSIDE[4:]):
        if part in parts and any(figures := [spans.us(part, column) for column in columns]):
            yield part, figures
    rest = [spans.us("flush", column) - sum(spans.us(part, column) for part in apart) for column in columns]
    yield "the rest of the flush", rest
    yield "= the stage", [sum(spans.us(part, column) for part in whole) for column in columns]


async def measure(settings: Settings, said: argparse.Namespace) -> None:
    """All columns, round by round."""
    bench = Bench(settings, said.batch)
    await bench.start()
    try:
        for column in NAMED:
            await bench.touched(column, measured=False)
        gc.set_threshold(*GC_THRESHOLDS)  # as a worker does
        gc.freeze()
        for _ in range(said.rounds):
            for column in NAMED:
                await bench.touched(column)
            await bench.ripened()
        print(f"Python {platform.python_version()}: {said.rounds} rounds of {said.batch:,}; CPU us each")
        for columns in (list(NAMED), ["route"]):
            print(f"\n{''.join(f'{column:>11}' for column in columns)}")
            for part, figures in table(bench.spans, columns):
                print(f"{''.join(f'{figure:11.2f}' for figure in figures)}  {part}")
        for column in said.profile or ():
            with cProfile.Profile() as profile:
                await (bench.ripened() if column == "route" else bench.touched(column))
            print(f"\nfunctions: {column}, with what prepares it")
            pstats.Stats(profile).sort_stats("tottime").print_stats(said.functions)
    finally:
        await bench.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile_identify", description=__doc__)
    parser.add_argument("--batch", type=int, default=2_000, help="touches per flush")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument(
        "--profile", action="append", choices=(*NAMED, "route"), help="also the dearest functions of it"
    )
    parser.add_argument("--functions", type=int, default=30, metavar="N", help="how many of them")
    said = parser.parse_args()
    with contextlib.ExitStack() as closing:
        redis = os.environ.get("TOUCHLINE_REDIS") or closing.enter_context(opened()).addresses.redis
        settings = Settings(redis=redis, prefix=f"bench-{uuid.uuid4().hex[:8]}.", partitions=PARTITIONS)
        asyncio.run(measure(settings, said))


if __name__ == "__main__":
    main()
