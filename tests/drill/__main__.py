"""Five things break under load; each is told, looked up, mended and heals: `python -m tests.drill`, `make drill`."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from pathlib import Path

import msgspec

from deploy.local.programs import require
from deploy.local.stack import LocalStack, opened
from tests.chaos.driver import Say
from tests.drill.faults import NAMES
from tests.drill.play import Drill, Drilled
from tests.drill.told import Report, table
from tests.live.alerting import NO_GREAT_HURRY

PER_S, MOST_TOUCHES = 1_000.0, 900_000


def main() -> int:
    """Exit code 1 when an alert did not fire or was not resolved, something did not heal or does not add up."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object at the end, and nothing else")
    parser.add_argument("--per-s", type=float, default=PER_S, help=f"touches a second (default: {PER_S:g})")
    parser.add_argument("--touches", type=int, default=MOST_TOUCHES, help=f"at most (default: {MOST_TOUCHES:,})")
    parser.add_argument("--only", choices=NAMES, action="append", default=[], help="this fault; may be repeated")
    parser.add_argument("--no-restarts", action="store_true", help="neither the rolling restart nor the rollback")
    parser.add_argument("--factor", type=int, default=NO_GREAT_HURRY,
                        help=f"so many seconds of the rules pass in one (default: {NO_GREAT_HURRY})")  # fmt: skip
    parser.add_argument("--previous", default="", metavar="REV", help="the earlier release's (default: newest tag)")
    parser.add_argument("--seed", type=int, help="of the load (default: drawn)")
    parser.add_argument("--logs", type=Path, help="a folder in which all logs stay")
    said = parser.parse_args()
    if not (0 < said.per_s <= 5_000 and 0 < said.touches <= 3_000_000 and 1 <= said.factor <= 60):
        parser.error("--per-s is at most 5,000, --touches 3,000,000, --factor 60")
    require("prometheus", "prometheus-alertmanager")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients' complaints about outages we make

    def say(line: str) -> None:
        if not said.json:
            print(line, flush=True)

    say(f"The shipped rules and routes, with every length of time divided by {said.factor}: a `for` of 1m is "
        f"{60 / said.factor:g} s. Thresholds, and what takes workers seconds, stay as they are.")  # fmt: skip
    seed = random.randrange(1_000_000) if said.seed is None else said.seed
    drilled = Drilled(
        seed=seed, per_s=said.per_s, most_touches=said.touches, factor=said.factor, faults=said.only,
        revision=said.previous, restarts=not said.no_restarts,
    )  # fmt: skip
    with opened(persistent_redis=True) as stack, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder) if said.logs is None else said.logs
        place.mkdir(parents=True, exist_ok=True)
        report = asyncio.run(_drill(drilled, stack, place, say))
    for line in table(report):
        say(line)
    if said.json:
        print(msgspec.json.encode(report).decode(), flush=True)
    return 0 if report.well else 1


async def _drill(drilled: Drilled, stack: LocalStack, place: Path, say: Say) -> Report:
    return await Drill(drilled, stack, place, say).drilled()


if __name__ == "__main__":
    sys.exit(main())
