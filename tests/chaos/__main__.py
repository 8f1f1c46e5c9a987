"""Kills, pauses, restarts and outages under load, then a recount: `python -m tests.chaos`, or `make test-chaos`."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from agents.settings import StoreKind
from deploy.local.stack import opened
from tests.chaos.driver import WORKERS, Plan, Ran, Run, Say
from tests.chaos.report import Report, total
from tests.chaos.schedule import ONE_BROKER, SEVERAL_BROKERS, Fault, draw

FIRST_S = 2.0
CHAOS_SESSION_S = 6.0
THREE_OF_A_STAGE = (
    "identify-1", "identify-2", "identify-3", "score-1", "score-2", "score-3", "route-1", "mirror-1",
)  # fmt: skip


class Size(msgspec.Struct, frozen=True):
    """How much is done."""

    seeds: int
    touches: int
    """Of one seed."""
    faults: int
    """Of one seed."""
    seconds: float
    """Over which the touches of one seed are spread."""
    workers: tuple[str, ...]


FULL = Size(seeds=3, touches=350_000, faults=30, seconds=420.0, workers=THREE_OF_A_STAGE)
QUICK = Size(seeds=1, touches=32_000, faults=14, seconds=80.0, workers=WORKERS)


def main() -> int:
    """Exit code 1 when anything was lost, doubled or missing, or a worker was not live, or ended without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under four minutes")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    parser.add_argument("--seed", type=int, help="first seed: repeats schedule and load of a run (default: drawn)")
    parser.add_argument("--seeds", type=int, help=f"how many runs, one after the other (default: {FULL.seeds})")
    parser.add_argument("--touches", type=int, help=f"distinct ones, of each seed (default: {FULL.touches:,})")
    parser.add_argument("--faults", type=int, help=f"of each seed (default: {FULL.faults})")
    parser.add_argument("--seconds", type=float, help=f"of load, of each seed (default: {FULL.seconds:g})")
    parser.add_argument("--brokers", type=int, default=1, help="3: replicated, and leaders are killed (default: 1)")
    parser.add_argument("--store", type=StoreKind, choices=list(StoreKind), default=StoreKind.MEMORY,
                        help="where score workers keep their leads (default: memory)")  # fmt: skip
    parser.add_argument("--logs", type=Path, help="a folder in which the workers' logs stay")
    said = parser.parse_args()
    size = QUICK if said.quick else FULL
    first = random.randrange(1_000_000) if said.seed is None else said.seed
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients' complaints about outages we make

    def say(line: str) -> None:
        if not said.json:
            print(line, flush=True)

    reports = []
    for seed in range(first, first + (said.seeds or size.seeds)):
        plan = planned(
            seed, said.touches or size.touches, size.faults if said.faults is None else said.faults,
            said.seconds or size.seconds, size.workers, said.brokers, outage=not said.quick, store=said.store,
        )  # fmt: skip
        reports.append(one(plan, said.brokers, say, said.logs))
    print(msgspec.json.encode(total(reports)).decode(), flush=True)
    return 0 if all(report.well for report in reports) else 1


def planned(
    seed: int, touches: int, faults: int, seconds: float, workers: tuple[str, ...], brokers: int, *,
    outage: bool, store: StoreKind = StoreKind.MEMORY,
) -> Plan:  # fmt: skip
    """A plan for one seed. With one broker and time for it, one of its faults is a long outage in the middle."""
    outage = outage and brokers == 1 and faults > 0
    strikes = draw(
        seed, workers, count=faults - outage, first_s=FIRST_S, last_s=seconds, session_s=CHAOS_SESSION_S,
        faults=ONE_BROKER if brokers == 1 else SEVERAL_BROKERS, brokers=brokers,
    )  # fmt: skip
    if outage:
        strikes += draw(seed, workers, count=1, first_s=seconds / 2, last_s=seconds / 2, session_s=0.0,
                        faults=[Fault.OUTAGE])  # fmt: skip
    return Plan(
        seed=seed, touches=touches, per_s=touches / seconds, session_s=CHAOS_SESSION_S, settle_within_s=300.0,
        strikes=strikes, workers=workers, hot=True, store=store,
    )  # fmt: skip


def one(plan: Plan, brokers: int, say: Say, logs: Path | None = None) -> Report:
    """Run a plan on servers of its own."""
    load = f"{plan.touches} touches at {plan.per_s:.0f}/s"
    say(f"seed {plan.seed}: {load}, {len(plan.strikes)} faults, brokers: {brokers}")
    began_s = time.monotonic()
    with (
        opened(brokers=brokers, persistent_redis=True) as stack,
        tempfile.TemporaryDirectory(prefix="touchline-chaos-", ignore_cleanup_errors=True) as folder,
    ):
        place = Path(folder) if logs is None else logs / f"seed-{plan.seed}"
        place.mkdir(parents=True, exist_ok=True)
        ran: Ran = asyncio.run(Run(plan, stack, place, say).to_the_end())
        report = Report.of(ran, plan.seed, time.monotonic() - began_s)
    for line in report.wrong:
        print(line, file=sys.stderr)
    for ended in ran.fleet.ended:
        say(f"{ended.worker} ended by itself with {ended.code}: {ended.reason or ended.log}")
    say(msgspec.json.encode(report).decode())
    return report


if __name__ == "__main__":
    sys.exit(main())
