"""The fold as machine code: a copy of `streams/` with its busiest modules compiled by mypyc. `make compiled` builds it.

`PYTHONPATH=build/compiled touchline run score` uses it. The plain Python stays the reference: the copy does the same,
byte for byte, and a worker refuses one that was built from other sources.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

STREAMS = Path(__file__).parents[1] / "streams"
MODULES = (
    "fold", "applying", "standing", "ladder", "judge", "asked", "answering", "conditions", "card",
    "lead_codec", "moments", "life", "settling", "deadlines", "consent", "state_upgrades",
    "handoff/episode", "handoff/nurture", "handoff/redirect", "handoff/ripeness", "handoff/clocks", "handoff/updates",
    "handoff/telling", "handoff/answers",
    "scoring/falling", "scoring/late_word", "scoring/part", "scoring/forecast",
    "stages/moving", "stages/timing",
    "scoring/counting", "scoring/engagement", "scoring/facts", "scoring/fit", "scoring/known", "scoring/ledger",
    "scoring/repeats", "scoring/roll", "scoring/touching", "scoring/velocity", "scoring/wanted",
)  # fmt: skip
"""Those that define no message: mypyc cannot compile msgspec's classes."""
SOURCES = "SOURCES"
"""File of the copy that names what it was built from."""
QUIET = "-Wno-misleading-indentation"
"""A warning about how C is laid out, on which gcc spends more time than on compiling eleven megabytes nobody reads."""
BUILD = """
from mypyc.build import mypycify
from setuptools import setup
setup(name="streams", packages=[], py_modules=[], ext_modules=mypycify({files}, opt_level="{level}"))
"""


class CannotCompile(RuntimeError):
    """In one line, with the remedy."""


def digest_of(streams: Path) -> str:
    """SHA-256 of all sources of the package, names included."""
    digest = hashlib.sha256()
    for source in sorted(streams.rglob("*.py")):
        digest.update(str(source.relative_to(streams)).encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def build(folder: Path, level: str = "3") -> None:
    """Make the copy in this folder, anew; `level`: how hard the C compiler tries, 0 to 3. Raises `CannotCompile`."""
    if shutil.which("cc") is None or not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        raise CannotCompile(
            "no C compiler or no Python headers: `apt-get install gcc python3-dev`, or go on without: it is optional"
        )
    shutil.rmtree(folder, ignore_errors=True)
    copy = folder / "streams"
    shutil.copytree(STREAMS, copy, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copytree(STREAMS.parent / "schemas", folder / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    files = [f"streams/{module}.py" for module in MODULES]
    done = subprocess.run(
        [sys.executable, "-c", BUILD.format(files=files, level=level), "-q", "build_ext", "--inplace"],
        cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"CFLAGS": f"{os.environ.get('CFLAGS', '')} {QUIET}"},
    )  # fmt: skip
    # Schemas stay those of the installation: mypyc only had to see their types.
    shutil.rmtree(folder / "schemas")
    shutil.rmtree(folder / "build", ignore_errors=True)
    if done.returncode:
        shutil.rmtree(folder)
        raise CannotCompile(f"mypyc refused, and nothing was kept:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    (copy / SOURCES).write_text(digest_of(STREAMS) + "\n")


def main() -> int:
    """Build, and say how it is used."""
    parser = argparse.ArgumentParser(prog="python -m deploy.compiled", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/compiled"))
    folder = parser.parse_args().folder
    try:
        build(folder.absolute())
    except CannotCompile as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"compiled: PYTHONPATH={folder} touchline run score")
    return 0


if __name__ == "__main__":
    sys.exit(main())
