"""Are there known vulnerabilities in what the locks install? `make audit`: pip-audit's answer, judged.

Exit code 0: none known, or the database said nothing, which is told; 1: some, each with the release that mends it.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "deploy/image/runtime.lock", "tests/bench/quix.lock")
ACCEPTED: dict[str, str] = {}
"""Known vulnerabilities that do not concern us, by id: why not, and until when we look again."""
TIMEOUT_S = 300


class Vulnerability(Struct, frozen=True):
    """As pip-audit tells of one."""

    id: str
    fix_versions: list[str] = []
    aliases: list[str] = []


class Dependency(Struct, frozen=True):
    """One locked package."""

    name: str
    version: str = ""
    vulns: list[Vulnerability] = []
    skip_reason: str = ""
    """Why the database could not be asked for it; empty: it was."""


class Audit(Struct, frozen=True):
    """The answer as JSON."""

    dependencies: list[Dependency]


class Verdict(Struct, frozen=True):
    """What it comes to."""

    lines: list[str]
    vulnerable: bool


def judged(lock: str, audit: Audit, accepted: dict[str, str]) -> Verdict:
    """What is to be said of one lock, and whether it may stay as it is."""
    found = [(package, one) for package in audit.dependencies for one in package.vulns]
    lines = []
    vulnerable = False
    for package, one in found:
        known = {one.id, *one.aliases} & accepted.keys()
        if known:
            lines.append(f"{lock}: {package.name} {package.version}: {one.id}, accepted: {accepted[known.pop()]}")
            continue
        vulnerable = True
        mended = f"mended in {', '.join(one.fix_versions)}" if one.fix_versions else "not mended yet"
        lines.append(f"{lock}: {package.name} {package.version}: {one.id}, {mended}. Raise it, and run `make lock`")
    asked = [package for package in audit.dependencies if not package.skip_reason]
    silent = len(audit.dependencies) - len(asked)
    if silent:
        lines.append(f"{lock}: NOT AUDITED: the database did not know or answer for {silent} of {silent + len(asked)}")
    elif not found:
        lines.append(f"{lock}: {len(asked)} packages, no known vulnerability")
    return Verdict(lines, vulnerable)


def asked(lock: str) -> Audit:
    """What the database of vulnerabilities knows of a lock. Raises CalledProcessError with pip-audit's words."""
    command = [
        str(Path(sys.executable).with_name("pip-audit")), "--disable-pip", "--require-hashes", "--requirement", lock,
        "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    if not done.stdout.startswith("{"):  # with vulnerabilities its exit code is 1, too
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return msgspec.json.decode(done.stdout, type=Audit)


def main() -> int:
    """Ask for each lock, and say."""
    argparse.ArgumentParser(prog="python -m deploy.audit", description=__doc__).parse_args()
    verdicts = []
    for lock in LOCKS:
        try:
            verdicts.append(judged(lock, asked(lock), ACCEPTED))
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
            why = str(fault.stderr or fault).strip().splitlines()[-1]
            verdicts.append(Verdict([f"{lock}: NOT AUDITED: {why}"], vulnerable=False))
    for verdict in verdicts:
        for line in verdict.lines:
            print(line)
    return 1 if any(verdict.vulnerable for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
