"""The bytes of an earlier release, beside ours, and workers that run the one or the other."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from agents.demo.crew import Worker
from tests.chaos.mortal import ROOT, MortalWorker

BACK = 20
"""Without a release's tag: so many changes back."""
ROOMS = ("agents", "streams", "schemas", "deploy")


class ReleasedWorker(MortalWorker):
    """`touchline run STAGE`, by the bytes of this release or, after `release` was set, by those of another."""

    release: Path = ROOT

    def command(self) -> list[str]:
        """As an operator types it."""
        return Worker.command(self)

    def environment(self) -> Mapping[str, str]:
        """Its settings, and where its code is."""
        return {**Worker.environment(self), "PYTHONPATH": str(self.release)}


def earlier(folder: Path, revision: str = "") -> tuple[str, Path] | None:
    """Its name, and a folder that has its code; None: there is no history here, so no earlier bytes."""
    named = revision or _git("describe", "--tags", "--abbrev=0", "HEAD^") or f"HEAD~{BACK}"
    name = _git("log", "-1", "--format=%h, %s", named)
    if not name:
        return None
    archive = subprocess.run(["git", "archive", named, *ROOMS], cwd=ROOT, capture_output=True, check=True).stdout
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return name, folder


def _git(*words: str) -> str:
    ran = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return ran.stdout.strip() if ran.returncode == 0 else ""
