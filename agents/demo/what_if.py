"""What another model would have made of everybody who came: asked of the log, with the command anybody uses."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from agents.demo.crew import TOUCHLINE, environment_of
from agents.demo.display import Display
from agents.model_file import PRESET
from agents.settings import Settings

NAMED = 3
WITHIN_S = 60.0
BY_SPEED = re.compile(r"(surge:.*)hand_off: true")
"""The preset's trigger of points gained fast."""


async def what_if(settings: Settings, folder: Path, display: Display) -> None:
    """`touchline model replay` of the preset with one word changed, over what was just sent."""
    display.say("What if speed alone handed nobody off? Everything is folded again, under both models", title=True)
    candidate = folder / "calmer.yaml"
    text = PRESET.read_text().replace("\nversion: 1\n", "\nversion: 2\n")
    candidate.write_text(BY_SPEED.sub(r"\1hand_off: false", text))
    command = ("model", "replay", str(candidate), "--names", "--json", "--jobs", "1")
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
    events = f"{report['events']:,} events"
    display.say(f"touchline model replay {candidate.name}: {now} handoffs would be {then}, of {events}")
    for change, told in report["changes"].items():
        if told["leads"]:
            names = ", ".join((one["called"] or one["lead_id"]).split(",")[0] for one in told["examples"][:NAMED])
            display.say(
                f"  {change.replace('_', ' ')}: {told['leads']} ({names}{'...' if told['leads'] > NAMED else ''})"
            )
