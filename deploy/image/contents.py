"""Lists what is in the image: a CycloneDX document of what is installed, with the hashes the lock asked for.

Refuses when the two differ: something came in past the lock, or is missing.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OURSELVES = "touchline"
UNLICENSED = "no licence is declared"

Document = dict[str, Any]


class Differs(RuntimeError):
    """What is installed and what was locked are not the same; in one line."""


def normal(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def cyclonedx(*words: str) -> Document:
    """What the library's command prints, valid by its own schema."""
    command = [sys.executable, "-m", "cyclonedx_py", *words, "--output-reproducible", "--output-format", "JSON"]
    ran = subprocess.run([*command, "--spec-version", "1.6", "-o", "-"], capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    found: Document = json.loads(ran.stdout)
    return found


def by_name(document: Document) -> dict[str, Document]:
    """Its components."""
    return {normal(one["name"]): one for one in document.get("components", [])}


def contents(environment: Path, lock: Path) -> Document:
    """Everything installed there, with licences, hashes, and who needs whom. Raises `Differs`."""
    document = cyclonedx("environment", str(environment))
    installed, locked = by_name(document), by_name(cyclonedx("requirements", str(lock)))
    ours = installed.pop(OURSELVES, None)
    compare(
        {name: one["version"] for name, one in installed.items()},
        {name: one["version"] for name, one in locked.items()},
    )
    for name, one in installed.items():
        one["externalReferences"] = [*one.get("externalReferences", []), *locked[name].get("externalReferences", [])]
    if ours is not None:
        document["components"].remove(ours)
        document["metadata"]["component"] = ours | {"type": "application"}
    return document


def compare(installed: Mapping[str, str], locked: Mapping[str, str]) -> None:
    """Raise `Differs` unless they are the same versions of the same packages."""
    past = sorted(f"{name} {version}" for name, version in installed.items() - locked.items())
    missing = sorted(f"{name} {version}" for name, version in locked.items() - installed.items())
    told = [
        *([f"installed and not in the lock: {', '.join(past)}"] if past else []),
        *([f"in the lock and not installed: {', '.join(missing)}"] if missing else []),
    ]
    if told:
        raise Differs("; ".join(told))


def licences(document: Document) -> dict[str, str]:
    """By package; several are joined."""
    found = {}
    for name, one in by_name(document).items():
        told = [_licence(choice) for choice in one.get("licenses", [])]
        found[name] = " AND ".join(sorted(set(told))) or UNLICENSED
    return found


def _licence(choice: Document) -> str:
    if "expression" in choice:
        return str(choice["expression"])
    held = choice["license"]
    return str(held.get("id") or held["name"])


def main() -> int:
    """Write the document, print the licences."""
    parser = argparse.ArgumentParser(prog="python -m deploy.image.contents", description=__doc__)
    parser.add_argument("environment", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    said = parser.parse_args()
    try:
        document = contents(said.environment, said.lock)
    except Differs as fault:
        print(fault, file=sys.stderr)
        return 1
    said.into.write_text(json.dumps(document, indent=2) + "\n")
    for name, licence in sorted(licences(document).items()):
        print(f"{name:32} {licence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
