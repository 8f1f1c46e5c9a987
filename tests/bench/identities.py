"""What does the identity graph cost in Redis: bytes per identity, and the time of a question, at ten million of them?

`python -m tests.bench.identities [--identities 10000000] [--quick] [--again]`: a real Redis of its own, filled as a
rebuild fills it; then asked in batches, as `identify` asks.
"""

import asyncio
import sys
import tempfile
import time
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from redis.asyncio import Redis

from agents.people.asking import Ask
from agents.people.identity_graph import CHUNK, IdentityGraph
from agents.people.refilling import CHUNK as POURED
from agents.people.refilling import Refilling
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from tests.bench import results
from tests.bench.parts import Run, measured, parser
from tests.bench.results import Row

PER_LEAD = ("anonymous", "email", "phone", "anonymous", "whatsapp")
"""Of two leads: five identities."""
MERGED = 20
"""One lead in so many was merged into another."""
GOAL_BYTES, GOAL_US = 400.0, 60.0
FEW = 100_000
HELD, FEW_HELD = "memory per identity", "memory per identity, few of them"
FILLED = "time to fill, per identity"
KNOWN, FEW_KNOWN = "a question, answer known", "a question, answer known, among few identities"
FRESH = "a question, two new identities"
ROWS = (HELD, FILLED, KNOWN, FRESH, FEW_HELD, FEW_KNOWN)


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    identities: int
    questions: int


FULL, QUICK = Size(10_000_000, 200_000), Size(200_000, 20_000)


class Costs(msgspec.Struct, frozen=True):
    """Of one graph."""

    bytes_each: float
    total_gib: float
    fill_us: float
    known_us: float
    known_cpu_us: float
    """Of Redis itself."""
    fresh_us: float


def key(number: int) -> str:
    """The identity of this number: a namespace, and what a keyed hash looks like."""
    hashed = blake2b(number.to_bytes(8, "big"), digest_size=16).digest()
    text = b2a_base64(hashed, newline=False).decode().rstrip("=").replace("+", "-").replace("/", "_")
    return f"{PER_LEAD[number % len(PER_LEAD)]}:{text}"


def lead(number: int) -> str:
    """The lead of this number."""
    return f"L{number:016d}"


def lead_of(identity: int) -> int:
    """Two leads have five identities between them: three, and two."""
    pair, which = divmod(identity, len(PER_LEAD))
    return 2 * pair + (which > 2)


def links(identities: int) -> Iterator[list[Any]]:
    """As a rebuild reads them from `identity.links`, chunk by chunk."""
    for first in range(0, identities, POURED):
        numbers = range(first, min(first + POURED, identities))
        rows: list[Any] = [(key(n), lead(lead_of(n)), 1, 0, 0, 0, ()) for n in numbers]
        losers = {lead_of(n) for n in numbers if lead_of(n) % MERGED == MERGED - 1}
        yield rows + [(f"lead:{lead(n)}", lead(n - 1), 1, 0, 0, 0, ()) for n in losers]


async def costs(server: RedisServer, size: Size) -> Costs:
    """Fill, then ask."""
    settings = Settings(redis=server.url)
    redis, keys = connect(settings), RedisKeys()
    try:
        await redis.flushall()
        before = await _memory(redis)
        await redis.set(keys.graph_lock, "bench")
        refilling = Refilling(settings, redis, keys, "bench")
        began_s = time.monotonic()
        spent_s = 0.0
        for rows in links(size.identities):
            put_s = time.monotonic()
            await refilling.put(rows)
            spent_s += time.monotonic() - put_s
        print(f"filled in {time.monotonic() - began_s:.0f} s", flush=True)
        await refilling.put(commands=[["SET", keys.graph, "bench"], ["DEL", keys.graph_lock]])
        # As in a deployment at work: the log has heard of all merges.
        await redis.delete(keys.unannounced_merges)
        held = await _memory(redis) - before
        graph = IdentityGraph(redis, keys)
        await graph.changes(None)
        random = Random(7)
        known = [_known(random.randrange(size.identities // len(PER_LEAD))) for _ in range(size.questions)]
        cpu_s = await _cpu_s(redis)
        known_us = await _asked(graph, known)
        cpu_us = (await _cpu_s(redis) - cpu_s) * 1e6 / len(known)
        first = size.identities
        fresh = [_ask(first + 5 * n, first + 5 * n + 1) for n in range(size.questions // 4)]
        fresh_us = await _asked(graph, fresh)
        return Costs(
            bytes_each=held / size.identities,
            total_gib=held / 2**30,
            fill_us=spent_s * 1e6 / size.identities,
            known_us=known_us,
            known_cpu_us=cpu_us,
            fresh_us=fresh_us,
        )
    finally:
        await redis.aclose()


def _known(pair: int) -> Ask:
    """A message of somebody with two identities."""
    return _ask(pair * len(PER_LEAD) + 1, pair * len(PER_LEAD) + 2)


def _ask(one: int, other: int) -> Ask:
    return Ask("", 2, (key(one), key(other)), (lead(10**12 + one), lead(10**12 + other)))


async def _asked(graph: IdentityGraph, asks: Sequence[Ask]) -> float:
    """Microseconds per question, in the batches of a busy worker."""
    began_s = time.monotonic()
    for first in range(0, len(asks), CHUNK):
        resolved = await graph.resolve(asks[first : first + CHUNK])
        assert all(answer.home for answer in resolved.answers)
    return (time.monotonic() - began_s) * 1e6 / len(asks)


async def _memory(redis: "Redis") -> int:
    return int((await redis.info("memory"))["used_memory"])


async def _cpu_s(redis: "Redis") -> float:
    told = await redis.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def measure(size: Size) -> list[Row]:
    """Few, then many, on a Redis of our own."""
    with tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        server = RedisServer(Path(folder), free_port())
        server.start()
        try:
            few = asyncio.run(costs(server, msgspec.structs.replace(size, identities=min(FEW, size.identities // 2))))
            many = asyncio.run(costs(server, size))
        finally:
            server.stop()
    full, note = size.identities >= FULL.identities, f"{size.identities:,} identities"
    chunk = f"{CHUNK:,} in one call"
    return [
        Row(what=HELD, figure=many.bytes_each, unit="bytes", goal=f"{GOAL_BYTES:g} bytes",
            met=many.bytes_each <= GOAL_BYTES if full else None,
            note=f"{note}: {many.total_gib:.2f} GiB; one lead in {MERGED} merged"),
        Row(what=FILLED, figure=many.fill_us, unit="us", note=f"{note}, {POURED:,} in one call"),
        Row(what=KNOWN, figure=many.known_us, unit="us", goal=f"{GOAL_US:g} us",
            met=many.known_us <= GOAL_US if full else None,
            note=f"{note}, two in each question, {chunk}; of it Redis' CPU: {many.known_cpu_us:.1f} us"),
        Row(what=FRESH, figure=many.fresh_us, unit="us", note=f"{note}, {chunk}"),
        Row(what=FEW_HELD, figure=few.bytes_each, unit="bytes", note=f"{min(FEW, size.identities // 2):,} identities"),
        Row(what=FEW_KNOWN, figure=few.known_us, unit="us", note=f"of it Redis' CPU: {few.known_cpu_us:.1f} us"),
    ]  # fmt: skip


def main() -> int:
    """Measure what is missing."""
    options = parser("identities", __doc__)
    options.add_argument("--identities", type=int, help=f"in Redis (default: {FULL.identities:,})")
    said = options.parse_args()
    size = QUICK if said.quick else FULL
    if said.identities:
        size = msgspec.structs.replace(size, identities=said.identities)

    def work(run: Run) -> None:
        done = {} if run.again or said.identities else results.fresh(run.name, run.quick)
        if not all(row in done for row in ROWS):
            run.keep(measure(size))

    return measured(said, "identities", work)


if __name__ == "__main__":
    sys.exit(main())
