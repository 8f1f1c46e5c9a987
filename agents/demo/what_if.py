"""What another handoff line would have made of everybody who came: asked of the log, with the command anybody uses."""

import asyncio
import json
from typing import Any

from agents.demo.crew import TOUCHLINE, environment_of
from agents.demo.display import Display
from agents.settings import Settings

LINE = 60
NAMED = 3
WITHIN_S = 60.0


async def what_if(settings: Settings, display: Display) -> None:
    """`touchline model replay --line 60` over what was just sent."""
    display.say(f"What if the line were {LINE}? Everything is folded again, under both models", title=True)
    command = ("model", "replay", "--line", str(LINE), "--names", "--json", "--jobs", "1")
    running = await asyncio.create_subprocess_exec(
        TOUCHLINE, *command, env=dict(environment_of(settings)), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, fault = await asyncio.wait_for(running.communicate(), WITHIN_S)
    finally:
        if running.returncode is None:
            running.kill()
    if running.returncode:
        display.say(f"touchline {' '.join(command)} ended with {running.returncode}: {fault.decode()[-300:]}")
        return
    report: dict[str, Any] = json.loads(said.splitlines()[-1])
    now, then = (report["handoffs"][side]["handoffs"] for side in ("current", "candidate"))
    display.say(f"touchline model replay --line {LINE}: {now} handoffs would be {then}, of {report['events']:,} events")
    for change, told in report["changes"].items():
        if told["leads"]:
            names = ", ".join(one["called"] or one["lead_id"] for one in told["examples"][:NAMED])
            display.say(
                f"  {change.replace('_', ' ')}: {told['leads']} ({names}{'...' if told['leads'] > NAMED else ''})"
            )
