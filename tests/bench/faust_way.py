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

DAY_MS = 86_400_000
PRICES_HALF_LIFE_MS, DEMO_HALF_LIFE_MS = 7 * DAY_MS, 14 * DAY_MS
BURST, BURST_WITHIN_MS, BURST_POINTS = 6, 2 * DAY_MS, 10.0
LINE, REARM_UNDER, NOT_WITHIN_MS = 40.0, 30.0, 14 * DAY_MS


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
    return Lead(
        at_ms=0, videos=[], blog_days={}, prices=0.0, demos=0.0, presentations=0, unsubscribed=0, visits=[],
        burst_ms=-1, armed=True, handed_ms=-1,
    )  # fmt: skip


def engagement(lead: Lead) -> float:
    """Points at the lead's clock, limits applied."""
    reading = min(25.0, 2.0 * len(lead.videos) + sum(lead.blog_days.values()))
    buying = min(90.0, min(20.0, 4.0 * lead.prices) + 30.0 * lead.demos + 5.0 * lead.presentations)
    burst = BURST_POINTS if lead.burst_ms >= 0 and lead.at_ms < lead.burst_ms + BURST_WITHIN_MS else 0.0
    return min(100.0, reading + buying + burst - 5.0 * lead.unsubscribed)


def count(lead: Lead, touch: Touch) -> None:
    """Apply the rule that knows this kind of touch."""
    match touch.kind:
        case "video_view" if (video := touch.props.get("video", "")) not in lead.videos:
            lead.videos = [*lead.videos, video]
        case "page_view" if touch.page.startswith("/pricing"):
            lead.prices += 1.0
        case "page_view" if touch.page.startswith("/blog/"):
            day = str(touch.at_ms // DAY_MS)
            lead.blog_days[day] = min(3, lead.blog_days.get(day, 0) + 1)
        case "presentation_request":
            lead.presentations += 1
        case "demo_request":
            lead.demos += 1.0
        case "unsubscribe":
            lead.unsubscribed += 1
        case "visit":
            lead.visits = [at for at in lead.visits if at > touch.at_ms - BURST_WITHIN_MS] + [touch.at_ms]
            over = lead.burst_ms < 0 or touch.at_ms >= lead.burst_ms + BURST_WITHIN_MS
            if len(lead.visits) >= BURST and over:
                lead.burst_ms = touch.at_ms


def take_in(lead: Lead, touch: Touch) -> bool:
    """Let time pass, count the touch; True when the lead is ripe."""
    passed_ms = max(0, touch.at_ms - lead.at_ms) if lead.at_ms else 0
    lead.prices *= 2.0 ** (-passed_ms / PRICES_HALF_LIFE_MS)
    lead.demos *= 2.0 ** (-passed_ms / DEMO_HALF_LIFE_MS)
    lead.at_ms = max(lead.at_ms, touch.at_ms)
    if engagement(lead) < REARM_UNDER:
        lead.armed = True
    count(lead, touch)
    waited = lead.handed_ms < 0 or lead.at_ms >= lead.handed_ms + NOT_WITHIN_MS
    ripe = lead.armed and waited and engagement(lead) >= LINE
    if ripe:
        lead.armed, lead.handed_ms = False, lead.at_ms
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
