"""A month of a sales team, played in minutes and recounted: `python -m tests.month`, or `make test-month`."""

import argparse
import asyncio
import logging
import pickle
import random
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from deploy.local.stack import opened
from tests.month.play import ALL_WORKERS, Month, drawn_kills
from tests.month.run import Run
from tests.month.team import WHOLE
from tests.month.verdict import judge

LEADS, SECONDS, KILLS = 5_000, 330.0, 12
MOST_LEADS, MOST_SECONDS = 50_000, 3_600.0
KILLED = tuple(name for name in ALL_WORKERS if not name.startswith("mirror"))


def main() -> int:
    """Exit code 1 when anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.month", description=__doc__)
    parser.add_argument("--leads", type=int, default=LEADS, help=f"who come (default: {LEADS:,})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"the month takes (default: {SECONDS:g})")
    parser.add_argument("--seed", type=int, help="repeats leads, answers and kills of a run (default: drawn)")
    parser.add_argument("--kill", action="store_true", help=f"kill -9 {KILLS} workers, and empty Redis once")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    parser.add_argument("--keep", type=Path, help="a file for all that was read, to look into what did not hold")
    parser.add_argument("--logs", type=Path, help="a folder in which the workers' logs stay")
    said = parser.parse_args()
    if not (0 < said.leads <= MOST_LEADS and 10 <= said.seconds <= MOST_SECONDS):
        parser.error(f"--leads is at most {MOST_LEADS}, --seconds lies between 10 and {MOST_SECONDS:g}")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    seed = random.randrange(1_000_000) if said.seed is None else said.seed
    kills = drawn_kills(seed, WHOLE, KILLED, KILLS, forget=True) if said.kill else []
    month = Month(seed=seed, leads=said.leads, plan=WHOLE, seconds=said.seconds, kills=kills)

    def say(line: str) -> None:
        if not said.json:
            print(line, flush=True)

    say(f"seed {seed}")
    began_s = time.monotonic()
    with opened() as stack, tempfile.TemporaryDirectory(prefix="month-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) if said.logs is None else said.logs
        played = asyncio.run(Run(month, stack.addresses, place, say).to_the_end())
    say(f"played in {time.monotonic() - began_s:.0f} s; everything is read, now the recount")
    if said.keep is not None:
        said.keep.write_bytes(pickle.dumps(played))
    verdict = judge(played)
    for line in verdict.wrong:
        print(line, file=sys.stderr)
    took = {"seed": seed, "seconds": round(time.monotonic() - began_s, 1)}
    print(msgspec.json.encode(msgspec.structs.asdict(verdict) | took).decode(), flush=True)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
