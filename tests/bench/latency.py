"""How long from a touch to its handoff? Through identify, score and route, real workers, read by a stranger.

`python -m tests.bench.latency --rates 1000,5000 --seconds 60`: every tenth touch makes a handoff.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import ServerFailed
from tests.bench.place import Place, create_topics, machine, place
from tests.bench.ride import Ride, agrees, bucket_of, quantile, ride
from tests.bench.visitors import MODEL

STAGES = ("identify", "score", "route")
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


@contextlib.asynccontextmanager
async def working(settings: Settings, folder: Path) -> AsyncIterator[dict[str, Worker]]:
    """The three stages, ready; ended afterwards."""
    stages = {name: Worker(name, settings, folder / name, free_port()) for name in STAGES}
    try:
        await asyncio.gather(*(worker.ready(60.0) for worker in stages.values()))
        yield stages
    finally:
        for worker in stages.values():
            worker.kill()


async def run(where: Place, rates: list[int], seconds: float) -> list[Ride]:
    """One ride after the other, through the same workers."""
    settings = where.settings.model_copy(update={"model": MODEL})
    await create_topics(settings)
    with tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        async with working(settings, Path(folder)) as stages:
            rides = []
            for rate in rates:
                rides.append(await ride(settings, stages, Path(folder), rate, seconds, broker_pid=where.broker_pid))
                print(told(rides[-1]), flush=True)
            return rides


def told(done: Ride) -> str:
    """For people."""
    sent, ms = done.sent, {name: quantile(done.seconds, share) * 1000 for name, share in QUANTILES.items()}
    low, high = bucket_of(done.product, 0.99)
    verdict = "agrees within one bucket" if agrees(done, 0.99) else "DISAGREES"
    short = (
        "" if sent.touches / sent.took_s > done.rate * 0.99 else f" (only {sent.touches / sent.took_s:,.0f} reached)"
    )
    return (
        f"\n{done.rate:,} touches/s{short}: {len(done.seconds):,} handoffs timed, {done.missing} missing, "
        f"{done.repeated} repeated\n"
        f"  touch to handoff readable: {', '.join(f'{name} {value:,.0f} ms' for name, value in ms.items())}\n"
        f"  the product's own histogram: {done.product_count:,} handoffs, p99 between {low * 1000:g} and "
        f"{high * 1000:g} ms; {verdict} (ours with the warm-up: {quantile(done.all_seconds, 0.99) * 1000:,.0f} ms)\n"
        f"{_stages(done)}\n"
        f"  sender: {sent.cpu_s / sent.took_s:.2f} cores, late by {sent.latest_s * 1000:.0f} ms at most"
    )


def _stages(done: Ride) -> str:
    lines = [
        f"  {name}: {work.cores:.2f} cores, {work.flushes_per_s:.0f} flushes/s of {work.records:.0f} records and "
        f"{work.flush_ms:.1f} ms"
        for name, work in done.work.items()
    ]
    return "\n".join([*lines, f"  broker: {done.broker_cores:.2f} cores"] if done.broker_cores else lines)


def row(done: Ride) -> dict[str, object]:
    """For programs."""
    return {
        "rate": done.rate,
        "sent_per_s": round(done.sent.touches / done.sent.took_s, 1),
        "handoffs": len(done.seconds),
        "missing": done.missing,
        "repeated": done.repeated,
        **{f"{name}_ms": round(quantile(done.seconds, share) * 1000, 2) for name, share in QUANTILES.items()},
        "product_p99_ms": [edge * 1000 for edge in bucket_of(done.product, 0.99)],
        "product_agrees": agrees(done, 0.99),
        "cores": {name: round(work.cores, 3) for name, work in done.work.items()},
    }


def main() -> int:
    """Measure, print; 1 when a handoff is missing or the product's histogram says otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    parser.add_argument("--rates", default="1000,5000", help="touches per second, one ride each (default: 1000,5000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="timed, per rate (default: 60)")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    said = parser.parse_args()
    logging.disable(logging.ERROR)  # clients tell of every retry while topics are new
    print(machine())
    print("on the same cores: broker, Redis, three workers, sender and reader", flush=True)
    try:
        with place() as where:
            rides = asyncio.run(run(where, [int(rate) for rate in said.rates.split(",")], said.seconds))
    except KeyboardInterrupt:
        print("stopped; nothing of it runs any more")
        return 130
    except ServerFailed as failed:
        print(str(failed))
        return 1
    if said.json:
        print(msgspec.json.encode({"rows": [row(done) for done in rides]}).decode())
    return int(any(done.missing or not agrees(done, 0.99) for done in rides))


if __name__ == "__main__":
    sys.exit(main())
