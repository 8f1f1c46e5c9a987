"""A worker that dies between two steps of a flush, once a file says at which: `python -m tests.chaos.mortal run score`.

It is the worker itself; only what it writes to Kafka, and what it asks of the identity graph, is watched.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from agents.cli.main import main
from agents.delivery.producer import Outbox
from agents.demo.crew import Worker
from agents.people.identity_graph import IdentityGraph
from streams.topology import Topic

WISH = "MORTAL_WISH"
"""Environment variable: the file."""
BEFORE, AFTER = "before", "after"
IDENTIFY_STEPS = (
    "after resolve", "before identity.links", "after identity.links", "after lead.profiles", "before lead.events",
    "after lead.events", "before announced", "after announced",
)  # fmt: skip
SCORE_STEPS = (
    "before lead.cards", "after ripe", "before lead.events", "after lead.events", "before lead.state",
    "after lead.state",
)  # fmt: skip
STEPS = {"identify": IDENTIFY_STEPS, "score": SCORE_STEPS}
"""By stage, in the order of a flush."""
ROOT = Path(__file__).parents[2]

Written = Callable[..., Awaitable[Any]]


class MortalWorker(Worker):
    """`touchline run STAGE`, which can be wished dead."""

    @property
    def wish_file(self) -> Path:
        """Where it looks."""
        return self.folder / "wish"

    def command(self) -> list[str]:
        """The same arguments."""
        return [sys.executable, "-m", "tests.chaos.mortal", *super().command()[1:]]

    def environment(self) -> Mapping[str, str]:
        """Its settings, and where its end is written."""
        return {**super().environment(), WISH: str(self.wish_file), "PYTHONPATH": str(ROOT)}

    def wish(self, step: str) -> None:
        """It shall die there, the next time it comes by."""
        self.wish_file.write_text(step)

    def launch(self) -> None:
        """With no wish left from before."""
        self.wish_file.unlink(missing_ok=True)
        super().launch()


def watched(write: Written, name: Callable[..., str]) -> Written:
    """The same, and the end before or after it if that is wished."""
    file = Path(os.environ[WISH])

    async def written(self: Any, *arguments: Any, **named: Any) -> Any:
        step = name(*arguments)
        _die(file, f"{BEFORE} {step}")
        done = await write(self, *arguments, **named)
        _die(file, f"{AFTER} {step}")
        return done

    return written


def _die(file: Path, step: str) -> None:
    if file.exists() and file.read_text() == step:
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _topic(topic: Topic, *_: object) -> str:
    return topic.name


if __name__ == "__main__":
    setattr(Outbox, "write", watched(Outbox.write, _topic))  # noqa: B010 - a method may not be assigned plainly
    for method in ("resolve", "announced"):
        setattr(IdentityGraph, method, watched(getattr(IdentityGraph, method), lambda *_, said=method: said))
    main()
