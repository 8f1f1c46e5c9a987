"""Which fold is at work: the plain Python, or a compiled copy of it (`make compiled`) put in front by PYTHONPATH."""

from pathlib import Path

import agents
import streams.fold
from agents.app import CannotStart
from deploy.compiled import SOURCES, digest_of

PLAIN, COMPILED = "plain", "compiled"


def fold_in_use() -> str:
    """`plain` or `compiled`. Raises `CannotStart` for a copy compiled from other sources than those installed."""
    at_work = Path(streams.fold.__file__)
    if at_work.suffix == ".py":
        return PLAIN
    built_from = (at_work.parent / SOURCES).read_text().strip()
    installed = Path(agents.__file__).parents[1] / "streams"
    if built_from != digest_of(installed):
        raise CannotStart(
            f"the compiled fold in {at_work.parent} was built from other sources than those in {installed}: run `make "
            "compiled` again, or start without PYTHONPATH"
        )
    return COMPILED
