"""`python -m tests.bench`: all measurements not yet made of this revision, then the table with the goals.

`--quick` compares the subjects alone, small and at once, and keeps nothing.
"""

import argparse
import subprocess
import sys

import msgspec

from tests.bench import results
from tests.bench.compare import FULL, QUICK, Size, compared
from tests.bench.parts import INTERRUPTED

MEASUREMENTS = ("score", "latency", "restore", "memory", "growth")
"""Modules of this folder, in this order: latency asks what the maximum was."""
WHOLE = ("restore",)
"""Measured in one go: no part of it is left for a second run."""


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--table", action="store_true", help="measure nothing: print what is known")
    parser.add_argument("--again", action="store_true", help="also what was measured of this revision already")
    parser.add_argument(
        "--small", action="store_true", help="all measurements in small sizes, kept apart: do they work?"
    )
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    alone = parser.add_argument_group("the comparison alone")
    alone.add_argument("--quick", action="store_true", help="fewer touches: under four minutes, less exact")
    alone.add_argument("--everything", action="store_true", help="also the score worker with cards and ledger on")
    alone.add_argument("--touches", type=int, help=f"on the log (default: {FULL.touches:,})")
    alone.add_argument("--leads", type=int, help=f"who make them (default: {FULL.leads:,})")
    alone.add_argument("--faust-touches", type=int, help=f"of them for Faust (default: {FULL.faust_touches:,})")
    alone.add_argument("--quix-touches", type=int, help=f"of them for Quix (default: {FULL.quix_touches:,})")
    return parser.parse_args()


def measure(small: bool, again: bool) -> int:
    """One measurement after the other, each in a process of its own; what fails does not stop the others."""
    worst = 0
    for name in MEASUREMENTS:
        if name in WHOLE and not again and results.fresh(name, small):
            continue
        print(f"\n--- {name}", flush=True)
        asked = [*(["--quick"] if small else []), *(["--again"] if again and name not in WHOLE else [])]
        code = subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *asked], cwd=results.ROOT).returncode
        if code == INTERRUPTED:
            return code
        worst = max(worst, abs(code))
    return min(1, worst)


def main() -> int:
    """Compare, or measure what is missing, and print."""
    said = arguments()
    changed = {name: getattr(said, name) for name in Size.__struct_fields__ if getattr(said, name)}
    if said.quick or said.everything or changed:
        size = msgspec.structs.replace(QUICK if said.quick else FULL, **changed)
        return compared(size, everything=said.everything, json=said.json)
    try:
        code = 0 if said.table else measure(said.small, said.again)
    except KeyboardInterrupt:
        code = INTERRUPTED  # the measurement got it too, and ended what it had started
    print(f"\n{results.table(said.small)}", flush=True)
    if said.json:
        kept = {name: results.kept(name, said.small) for name in results.names(said.small)}
        print(msgspec.json.encode(kept).decode())
    return code


if __name__ == "__main__":
    sys.exit(main())
