"""The same job as its handbook would have it: Faust models, an agent, a table written at each touch, rules made simple.

`python -m tests.bench.faust_way BOOTSTRAP PREFIX TOUCHES` prints what it measured as one JSON line.
Left out, though the score stage does it: repeats, breakdown by rule, bursts that end, exact counts under a kill.
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

POINTS = {"video_view": 2.0, "presentation_request": 5.0, "demo_request": 30.0, "unsubscribe": -5.0}
HALF_LIFE_MS = 7 * 86_400_000
BURST, BURST_WITHIN_MS, BURST_POINTS = 6, 2 * 86_400_000, 10.0
LINE, REARM_UNDER = 40.0, 30.0


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
    """A row of the table."""

    score: float
    at_ms: int
    touches: int
    visits: list[int]
    armed: bool


def new_lead() -> Lead:
    """Of whom nothing is known."""
    return Lead(score=0.0, at_ms=0, touches=0, visits=[], armed=True)


def points(touch: Touch) -> float:
    """What a touch is worth."""
    if touch.kind == "page_view":
        return 4.0 if touch.page.startswith("/pricing") else 1.0 if touch.page.startswith("/blog/") else 0.0
    return POINTS.get(touch.kind, 0.0)


def take_in(lead: Lead, touch: Touch) -> bool:
    """Apply a touch; True when the lead is ripe."""
    lead.score *= 2.0 ** (-max(0, touch.at_ms - lead.at_ms) / HALF_LIFE_MS)
    lead.at_ms = max(lead.at_ms, touch.at_ms)
    lead.touches += 1
    lead.score += points(touch)
    if touch.kind == "visit":
        lead.visits = [at for at in lead.visits if at > touch.at_ms - BURST_WITHIN_MS] + [touch.at_ms]
        if len(lead.visits) == BURST:
            lead.score += BURST_POINTS
    if lead.score < REARM_UNDER:
        lead.armed = True
    ripe = lead.armed and lead.score >= LINE
    if ripe:
        lead.armed = False
    return ripe


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
                await handoffs.send(key=lead_id, value={"lead_id": lead_id, "score": lead.score, "cause": touch.id})
            seen += 1
            if seen == touches:
                tell(
                    Measured(
                        who="faust", touches=seen, took_s=time.monotonic() - began_s, cpu_s=own_cpu_s() - cpu_before_s,
                        peak_mb=own_peak_mb(), note="as its handbook has it, simpler rules",
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
