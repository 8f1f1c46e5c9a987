"""`python -m tests.mutations`: plants each bug in a copy of the tree and runs its test: was it noticed?"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from deploy.local.stack import opened
from tests.mutations.acting import ACTING
from tests.mutations.allowing import ALLOWING
from tests.mutations.deciding import DECIDING
from tests.mutations.knowing import KNOWING
from tests.mutations.merging import MERGED
from tests.mutations.operating import OPERATING
from tests.mutations.planted import Planted
from tests.mutations.storing import STORING
from tests.mutations.transport import TRANSPORT

ROOT = Path(__file__).parents[2]
COPIED = ("agents", "streams", "schemas", "deploy", "tests", "pyproject.toml", "README.md", "Makefile", "CHANGELOG.md")
ALL = (*TRANSPORT, *DECIDING, *ALLOWING, *MERGED, *ACTING, *KNOWING, *STORING, *OPERATING)
WITHIN_S = 120.0
KILLED, SURVIVED, BROKEN = "killed", "survived", "broken"
TESTS_FAILED = 1
"""Pytest's exit code; others mean that nothing was tested."""


class Fate(msgspec.Struct):
    """What became of a bug."""

    what: str
    file: str
    tests: str
    fate: str
    took_s: float


def main() -> int:
    """0: every bug was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="bugs whose words or file hold this")
    parser.add_argument("--pure", action="store_true", help="leave out those that need Kafka and Redis")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    said = parser.parse_args()
    chosen = [p for p in ALL if (said.only in p.what or said.only in p.file) and not (said.pure and p.live)]
    with ExitStack() as held:
        tree = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="touchline-mutations-")))
        environment = dict(os.environ)
        if any(p.live for p in chosen) and "TOUCHLINE_BOOTSTRAP" not in environment:
            addresses = held.enter_context(opened()).addresses
            environment |= {"TOUCHLINE_BOOTSTRAP": addresses.bootstrap, "TOUCHLINE_REDIS": addresses.redis}
        _copy(tree)
        if not _sound(tree, chosen, environment):
            return 1
        fates = [_plant(tree, planted, environment) for planted in chosen]
    _report(fates, as_json=said.json)
    return 0 if all(fate.fate == KILLED for fate in fates) else 1


def _copy(tree: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, tree / name)


def _pytest(tree: Path, tests: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
    command = [
        sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout",
        f"{WITHIN_S / 2:g}", "--hypothesis-seed=1", *tests,
    ]  # fmt: skip
    try:
        ended = subprocess.run(
            command, cwd=tree, env=environment | {"PYTHONPATH": str(tree)}, capture_output=True, text=True,
            timeout=WITHIN_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return TESTS_FAILED, "the test did not end"
    return ended.returncode, ended.stdout + ended.stderr


def _sound(tree: Path, chosen: Sequence[Planted], environment: dict[str, str]) -> bool:
    """Without a bug every test passes: else nothing is shown by one that fails."""
    for live in (False, True):
        tests = sorted({test for planted in chosen if planted.live is live for test in planted.tests.split()})
        if tests:
            code, told = _pytest(tree, tests, environment)
            if code:
                print(told[-4_000:], "\nthe tests fail without any bug: mend them first", file=sys.stderr)
                return False
    return True


def _plant(tree: Path, planted: Planted, environment: dict[str, str]) -> Fate:
    place = tree / planted.file
    text = place.read_text()
    began_s = time.monotonic()
    if text.count(planted.old) != 1:
        fate, told = BROKEN, f"{planted.old!r} stands {text.count(planted.old)} times in {planted.file}"
    else:
        place.write_text(text.replace(planted.old, planted.new))
        code, told = _pytest(tree, planted.tests.split(), environment)
        place.write_text(text)
        fate = KILLED if code == TESTS_FAILED else SURVIVED if code == 0 else BROKEN
    if fate == BROKEN:
        print(told[-2_000:], file=sys.stderr)
    print(f"{fate:9}{planted.what}", file=sys.stderr, flush=True)
    return Fate(planted.what, planted.file, planted.tests, fate, round(time.monotonic() - began_s, 1))


def _report(fates: Sequence[Fate], *, as_json: bool) -> None:
    counts = {fate: sum(f.fate == fate for f in fates) for fate in (KILLED, SURVIVED, BROKEN)}
    for one in fates:
        print(f"{one.fate:9}{one.file:32}{one.what}")
    print(f"\n{len(fates)} bugs planted: {', '.join(f'{count} {fate}' for fate, count in counts.items())}")
    if as_json:
        print(msgspec.json.encode({"planted": len(fates), **counts, "bugs": fates}).decode())


if __name__ == "__main__":
    sys.exit(main())
