"""The fold as machine code, for a worker that is measured beside the plain one: built if its sources have changed."""

import os
from collections.abc import Mapping
from pathlib import Path

from agents.demo.crew import Worker
from deploy.compiled import SOURCES, STREAMS, CannotCompile, build, digest_of

FOLDER = Path(__file__).parents[2] / "build" / "compiled"


def compiled_fold() -> Path | None:
    """Where it lies, as `make compiled` makes it; None, and a line that says why: there is no C compiler."""
    sources = FOLDER / "streams" / SOURCES
    if not sources.is_file() or sources.read_text().strip() != digest_of(STREAMS):
        print("building the compiled fold, which takes a minute", flush=True)
        try:
            build(FOLDER)
        except CannotCompile as fault:
            print(f"the compiled fold is not measured: {fault}", flush=True)
            return None
    return FOLDER


class CompiledWorker(Worker):
    """A worker with the compiled fold in front of the plain one."""

    def environment(self) -> Mapping[str, str]:
        """As an operator sets it."""
        told = dict(super().environment())
        return told | {"PYTHONPATH": os.pathsep.join(filter(None, (str(FOLDER), told.get("PYTHONPATH"))))}
