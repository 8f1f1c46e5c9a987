"""The same job as its handbook would have it: Faust models, an agent, a table written at each touch, the same rules.

`python -m tests.bench.faust_way BOOTSTRAP PREFIX TOUCHES` prints what it measured as one JSON line.
Left out, though the score stage does it: repeats of a touch, late touches, the ledger, exact counts under a kill.
"""

import os
import sys
import tempfile
import time
from typing import Any

import faust
import msgspec

from streams.topology import HANDOFFS, LEAD_EVENTS
from tests.bench.load import PARTITIONS
from tests.bench.measured import Measured, own_cpu_s, own_peak_mb
from tests.bench.rules import engagement, nothing_known, take_in


class Touch(faust.Record):
    """An event of the log."""

    type: str
    id: str
    at_ms: int
    origin: list[Any]
    kind: str
    props: dict[str, Any]
    channel: str = ""
    source: str = ""
    campaign: str = ""
    message: str = ""
    page: str = ""


class Lead(faust.Record):
    """A row of the table: what each rule of `bench.yaml` needs."""

    at_ms: int
    videos: list[str]
    blog_days: dict[str, int]
    prices: float
    """Decayed to `at_ms`, as `demos`."""
    demos: float
    presentations: int
    unsubscribed: int
    visits: list[int]
    burst_ms: int
    armed: bool
    handed_ms: int


def new_lead() -> Lead:
    """Of whom nothing is known."""
    return Lead(**nothing_known())


def build(bootstrap: str, prefix: str, touches: int) -> faust.App:
    """The app."""
    app = faust.App(
        f"{prefix}faust", broker=f"kafka://{bootstrap}", store="memory://", processing_guarantee="at_least_once",
        topic_partitions=PARTITIONS, topic_replication_factor=1, web_enabled=False, datadir=tempfile.mkdtemp(dir="."),
        consumer_auto_offset_reset="earliest",
    )  # fmt: skip
    events = app.topic(f"{prefix}{LEAD_EVENTS.name}", key_type=str, value_type=Touch)
    handoffs = app.topic(f"{prefix}{HANDOFFS.name}", key_type=str)
    leads = app.Table("leads", key_type=str, value_type=Lead, default=new_lead, partitions=PARTITIONS)

    async def score(stream: Any) -> None:
        began_s = cpu_before_s = 0.0
        seen = 0
        async for lead_id, touch in stream.items():
            if not seen:
                began_s, cpu_before_s = time.monotonic(), own_cpu_s()
            lead = leads[lead_id]
            ripe = take_in(lead, touch)
            leads[lead_id] = lead
            if ripe:
                await handoffs.send(
                    key=lead_id, value={"lead_id": lead_id, "score": engagement(lead), "cause": touch.id}
                )
            seen += 1
            if seen == touches:
                tell(
                    Measured(
                        who="faust", touches=seen, took_s=time.monotonic() - began_s, cpu_s=own_cpu_s() - cpu_before_s,
                        peak_mb=own_peak_mb(), note="as its handbook has it, same rules",
                    )
                )  # fmt: skip

    app.agent(events)(score)
    return app


def tell(measured: Measured) -> None:
    """Say it and go: what Faust does on its way out is not measured."""
    os.write(1, msgspec.json.encode(measured) + b"\n")
    os._exit(0)


if __name__ == "__main__":
    faust.Worker(
        build(sys.argv[1], sys.argv[2], int(sys.argv[3])), loglevel="ERROR", redirect_stdouts=False
    ).execute_from_commandline()
