"""What does a routing policy cost? The latency with one in the loop beside that without, by turns, on one machine.

`python -m tests.bench.routed [--rate 1000] [--seconds 20] [--turns 2] [--quick]`: every tenth touch makes a
handoff; the policy has twenty people, shared by weight, a promise and a plan.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from agents.settings import Settings
from deploy.local.server import ServerFailed
from tests.bench import results
from tests.bench.chain import working
from tests.bench.place import Place, machine, place, topics_of
from tests.bench.ride import Ride, quantile, ride
from tests.bench.visitors import MODEL

MOST_WORSE = 0.2
NAMES = ("without", "with")
PEOPLE = ", ".join(f"p{number}: {{weight: {1 + number % 3}, capacity: 100000}}" for number in range(20))
POLICY = f"""
routing: bench
version: 1
hours: always
people: {{{PEOPLE}}}
teams: {{desk: {{members: [{", ".join(f"p{number}" for number in range(20))}], lead: p0}}}}
rules:
  - {{name: known owner, if: {{has: owner}}, to: owner, else: next rule}}
  - {{name: big deal, if: {{headcount: 500 or more}}, to: team desk}}
  - {{name: everyone, to: team desk}}
respond: {{within: 30m, remind: "owner, at 20m", escalate: "p0, at 30m", reassign: "desk, at 45m, at most 2 times"}}
follow up: {{touches: 3, gaps: [1d, 3d], channels: [call, messenger, email]}}
"""


async def _ride(settings: Settings, folder: Path, rate: int, seconds: float, broker_pid: int) -> Ride:
    folder.mkdir(parents=True)
    async with working(settings, folder) as stages:
        return await ride(settings, stages, folder, rate, seconds, broker_pid=broker_pid)


def run(where: Place, folder: Path, rate: int, seconds: float, turns: int) -> dict[str, list[Ride]]:
    """By turns, so that a busy neighbour disturbs both."""
    policy = folder / "routing.yaml"
    policy.write_text(POLICY)
    rides: dict[str, list[Ride]] = {name: [] for name in NAMES}
    for turn in range(turns):
        for name in NAMES if turn % 2 == 0 else reversed(NAMES):
            changes = {"model": MODEL} | ({"routing": policy} if name == "with" else {})
            with topics_of(where.settings, f"{name}{turn}", **changes) as settings:
                done = asyncio.run(_ride(settings, folder / f"{name}{turn}", rate, seconds, where.broker_pid))
            p50, p99 = (quantile(done.seconds, share) * 1000 for share in (0.5, 0.99))
            print(
                f"{name} a policy: {len(done.seconds):,} handoffs, p50 {p50:,.0f} ms, p99 {p99:,.0f} ms, "
                f"{done.missing} missing, route {done.work['route'].cores:.2f} cores", flush=True,
            )  # fmt: skip
            rides[name].append(done)
    return rides


def rows(rides: dict[str, list[Ride]], rate: int, turns: int) -> list[results.Row]:
    """The best of the turns counts: a neighbour only ever slows."""
    found = []
    for word, share in (("p50", 0.5), ("p99", 0.99)):
        ms = {name: min(quantile(done.seconds, share) for done in rides[name]) * 1000 for name in NAMES}
        worse = ms["with"] / ms["without"] - 1
        beside = f"{ms['with']:,.0f} ms with, {ms['without']:,.0f} without"
        found.append(
            results.Row(
                what=f"{word} with a routing policy, of that without", figure=worse * 100, unit="%",
                goal=f"{MOST_WORSE:.0%} worse at most", met=worse <= MOST_WORSE,
                note=f"{rate:,} touches/s, best of {turns} turns: {beside}",
            )
        )  # fmt: skip
    return found


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routed", description=__doc__)
    parser.add_argument("--rate", type=int, default=1_000, help="touches a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each ride")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="200 touches a second for 5 s: shows that it works")
    said = parser.parse_args()
    rate, seconds, turns = (200, 5.0, 1) if said.quick else (said.rate, said.seconds, said.turns)
    logging.disable(logging.ERROR)
    print(machine(), flush=True)
    try:
        with place() as where, tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
            found = rows(run(where, Path(folder), rate, seconds, turns), rate, turns)
    except KeyboardInterrupt:
        print("stopped; nothing of it runs any more")
        return 130
    except ServerFailed as failed:
        print(failed)
        return 1
    results.keep("routed", found, said.quick)
    print(results.table(said.quick))
    return 0


if __name__ == "__main__":
    sys.exit(main())
