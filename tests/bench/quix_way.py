"""The same job as the pages of Quix Streams have it: a dataframe, a stateful function, RocksDB, the same rules.

`python -m tests.bench.quix_way BOOTSTRAP PREFIX TOUCHES`, with the Python of `.venv-bench`, prints what it measured as
one JSON line. Left out, though the score stage does it: what `faust_way` leaves out.
"""

import sys
import time
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Protocol

import msgspec

from tests.bench.measured import Measured, own_cpu_s, own_peak_mb
from tests.bench.rules import engagement, nothing_known, take_in

STATE_DIR = "state"
LOG, HANDOFFS = "lead.events", "handoffs"
"""By name: the topology is not installed where Quix is."""


class State(Protocol):
    """Of the key of the message at hand, as Quix gives it."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


class Seen(SimpleNamespace):
    """A touch; JSON leaves empty fields out."""

    page = ""


def score(touch: dict[str, Any], state: State) -> dict[str, Any] | None:
    """Count the touch; a handoff when the lead is ripe."""
    lead: Any = SimpleNamespace(**(state.get("lead") or nothing_known()))
    seen: Any = Seen(**touch)
    ripe = take_in(lead, seen)
    state.set("lead", vars(lead))
    return {"score": engagement(lead), "cause": touch["id"]} if ripe else None


class Progress:
    """Notes when the first message came, and stops the app after the last."""

    def __init__(self, touches: int) -> None:
        self.touches, self.seen = touches, 0
        self.began_s = self.cpu_before_s = 0.0
        self.app: Any = None

    def score(self, touch: dict[str, Any], state: State) -> dict[str, Any] | None:
        """`score`, and at the first touch a look at the clocks."""
        if not self.began_s:
            self.began_s, self.cpu_before_s = time.monotonic(), own_cpu_s()
        return score(touch, state)

    def processed(self, topic: str, partition: int, offset: int) -> None:
        """Called by Quix after each message."""
        self.seen += 1
        if self.seen == self.touches:
            self.app.stop()


def run(bootstrap: str, prefix: str, touches: int) -> Measured:
    """To the last checkpoint: Quix writes states and offsets there, every 5 s unless told, and at the end."""
    progress = Progress(touches)
    # Not importable where it is not installed; `score` above is, and is held to the rules there.
    app = progress.app = import_module("quixstreams").Application(
        broker_address=bootstrap, consumer_group=f"{prefix}quix", auto_offset_reset="earliest", state_dir=STATE_DIR,
        on_message_processed=progress.processed, loglevel="ERROR",
    )  # fmt: skip
    events = app.topic(f"{prefix}{LOG}", key_deserializer="str", value_deserializer="json")
    handoffs = app.topic(f"{prefix}{HANDOFFS}", key_serializer="str", value_serializer="json")
    leads = app.dataframe(events).apply(progress.score, stateful=True)
    leads = leads.filter(lambda handoff: handoff is not None)
    leads.to_topic(handoffs)
    app.run()
    return Measured(
        who="quix", touches=progress.seen, took_s=time.monotonic() - progress.began_s,
        cpu_s=own_cpu_s() - progress.cpu_before_s, peak_mb=own_peak_mb(), note="as its pages have it, same rules",
    )  # fmt: skip


if __name__ == "__main__":
    measured = run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    print(msgspec.json.encode(measured).decode(), flush=True)
