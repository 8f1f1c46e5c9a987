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

from deploy.local.stack import opened
from tests.chaos.driver import WORKERS, Plan, Ran, Run
from tests.chaos.schedule import Fault, draw

PER_S = 400.0
MOST_PER_S = 2_000.0
FIRST_S = 2.0
CHAOS_SESSION_S = 6.0


class Size(msgspec.Struct, frozen=True):
    """How much is done."""

    touches: int
    faults: int
    seconds: float
    """Over which the touches are spread, unless that would be too fast."""


FULL = Size(touches=240_000, faults=90, seconds=600)
QUICK = Size(touches=32_000, faults=14, seconds=80)


def main() -> int:
    """Exit code 1 when anything was lost, doubled or missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under four minutes")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    parser.add_argument("--seed", type=int, help="repeat the schedule and the load of a run (default: drawn)")
    parser.add_argument("--touches", type=int, help=f"distinct ones (default: {FULL.touches:,})")
    parser.add_argument("--faults", type=int, help=f"in all (default: {FULL.faults})")
    said = parser.parse_args()
    size = QUICK if said.quick else FULL
    touches, faults = said.touches or size.touches, size.faults if said.faults is None else said.faults
    seconds = max(touches / MOST_PER_S, min(size.seconds, touches / PER_S))
    seed = random.randrange(1_000_000) if said.seed is None else said.seed
    plan = Plan(
        seed=seed, touches=touches, per_s=touches / seconds, session_s=CHAOS_SESSION_S, settle_within_s=300.0,
        strikes=draw(seed, WORKERS, count=faults, first_s=FIRST_S, last_s=seconds, session_s=CHAOS_SESSION_S),
    )  # fmt: skip

    def say(line: str) -> None:
        if not said.json:
            print(line, flush=True)

    say(f"seed {seed}: {touches} touches in about {seconds:.0f} s, {faults} faults")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients' complaints about outages we make
    began_s = time.monotonic()
    with opened(persistent_redis=True) as stack, tempfile.TemporaryDirectory(prefix="touchline-chaos-") as folder:
        ran = asyncio.run(Run(plan, stack, Path(folder), say).to_the_end())
    for line in [*ran.verdict.wrong, *([ran.unsettled] if ran.unsettled else [])]:
        print(line, file=sys.stderr)
    for ended in ran.fleet.ended:
        say(f"{ended.worker} ended by itself with {ended.code}. {ended.log}")
    print(msgspec.json.encode(summary(ran, seed, time.monotonic() - began_s)).decode(), flush=True)
    return 1 if ran.verdict.wrong or ran.unsettled else 0


def summary(ran: Ran, seed: int, took_s: float) -> dict[str, object]:
    """The last line."""
    verdict = msgspec.structs.asdict(ran.verdict)
    wrong = verdict.pop("wrong")
    counts = {fault.value: sum(1 for *_, strike in ran.struck if strike.fault is fault) for fault in Fault}
    return verdict | {
        "faults": len(ran.struck),
        "faults_by_kind": counts,
        "restarts": ran.fleet.restarts,
        "ended_by_themselves": len(ran.fleet.ended),
        "liveness_failures": sum(not asked.live for told in ran.fleet.asked.values() for asked in told),
        "differences": len(wrong),
        "settled": not ran.unsettled,
        "seed": seed,
        "seconds": round(took_s, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
