"""How long from a touch to its handoff? Through identify, score and route, real workers, read by a stranger.

`python -m tests.bench.latency [--rates 1000,5000,half] [--seconds 60] [--again]`: every tenth touch makes a handoff.
`half` is half of what the chain took when it was behind (`make bench-score`, last measured).
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import msgspec

from tests.bench import results
from tests.bench.chain import working
from tests.bench.parts import Run, measured, parser
from tests.bench.place import Place, create_topics, place
from tests.bench.results import Row
from tests.bench.ride import Ride, agrees, bucket_of, quantile, ride
from tests.bench.visitors import MODEL

HALF, RATES = "half", "1000,5000,half"
MAXIMUM = "chain with cards and ledger: throughput"
"""Of `score`: all outputs on, as here."""
WORDS = "p99 at {}"
GOALS_MS = {"1000": 100, "5000": 100, HALF: 250}
WARMING_PER_S, WARMING_S = 2_000, 45.0
"""Before the first ride: a broker just started makes its machine code meanwhile, on the cores of everybody else."""
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


async def run(
    where: Place, folder: Path, rates: Sequence[int], seconds: float, warming_s: float = WARMING_S
) -> AsyncGenerator[Ride, None]:
    """One ride after the other, through the same workers and a broker that has run for a while."""
    settings = where.settings.model_copy(update={"model": MODEL})
    await create_topics(settings)
    async with working(settings, folder) as stages:
        await ride(settings, stages, folder, WARMING_PER_S, warming_s)
        for rate in rates:
            yield await ride(settings, stages, folder, rate, seconds, broker_pid=where.broker_pid)


def told(done: Ride) -> str:
    """For people."""
    sent, ms = done.sent, {name: quantile(done.seconds, share) * 1000 for name, share in QUANTILES.items()}
    low, high = bucket_of(done.product, 0.99)
    verdict = "agrees within one bucket" if agrees(done, 0.99) else "DISAGREES"
    short = "" if done.reached else f" (only {sent.touches / sent.took_s:,.0f} reached)"
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


def kept(name: str, done: Ride) -> Row:
    """Its figure beside its goal; a rate that was not reached tells nothing of it."""
    p50, p90, p99, most = (quantile(done.seconds, share) * 1000 for share in QUANTILES.values())
    goal_ms = GOALS_MS.get(name)
    met = None if goal_ms is None or not done.reached else p99 <= goal_ms and not done.missing
    wanting = "" if done.reached else f"; only {done.sent.touches / done.sent.took_s:,.0f}/s were sent"
    wanting += f"; {done.missing:,} handoffs missing" if done.missing else ""
    return Row(
        what=WORDS.format(name), figure=p99, unit="ms", goal=f"{goal_ms} ms" if goal_ms else "", met=met,
        note=f"{done.rate:,} touches/s: p50 {p50:,.0f}, p90 {p90:,.0f}, max {most:,.0f} ms{wanting}",
    )  # fmt: skip


def rate_of(name: str, quick: bool) -> int:
    """Touches per second of `1000` or `half`; 0: the maximum is not known yet."""
    if name != HALF:
        return int(name)
    maximum = [row.figure for row in results.kept("score", quick) if row.what == MAXIMUM]
    return int(maximum[0] / 2) if maximum else 0


def work(asked: Run, names: Sequence[str], seconds: float, done: list[Ride]) -> None:
    """Ride at the rates without a figure."""
    known = {} if asked.again else results.fresh(asked.name, asked.quick)
    rates = {name: rate_of(name, asked.quick) for name in names if WORDS.format(name) not in known}
    if HALF in rates and not rates[HALF]:
        print("half of the maximum: not known before `make bench-score`", flush=True)
        del rates[HALF]
    if not rates:
        return

    async def ride_all(where: Place, folder: Path) -> None:
        warming_s = min(WARMING_S, seconds)
        async with contextlib.aclosing(run(where, folder, list(rates.values()), seconds, warming_s)) as rides:
            left = iter(rates)
            async for one in rides:
                done.append(one)
                print(told(one), flush=True)
                asked.keep([kept(next(left), one)])

    print("on the same cores: broker, Redis, three workers, sender and reader", flush=True)
    with place() as where, tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        asyncio.run(ride_all(where, Path(folder)))


def main() -> int:
    """Measure, print; 1 when a handoff is missing or the product's histogram says otherwise."""
    made = parser("latency", __doc__)
    made.add_argument("--rates", default=RATES, help=f"touches per second, one ride each (default: {RATES})")
    made.add_argument("--seconds", type=float, help="timed, per rate (default: 60; quick: 5)")
    said = made.parse_args()
    seconds = said.seconds or (5.0 if said.quick else 60.0)
    rides: list[Ride] = []
    code = measured(said, "latency", lambda asked: work(asked, said.rates.split(","), seconds, rides))
    if said.json:
        print(msgspec.json.encode({"rows": [row(done) for done in rides]}).decode())
    return code or int(any(done.missing or not agrees(done, 0.99) for done in rides))


if __name__ == "__main__":
    sys.exit(main())
