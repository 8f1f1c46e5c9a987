"""The runbook and the rules as somebody on duty meets them: a section for an alert, and its first command's answer."""

import asyncio
import re
import subprocess
from pathlib import Path

from msgspec import Struct
from ruamel.yaml import YAML

from agents.demo.crew import TOUCHLINE, environment_of
from agents.settings import Settings
from tests.live.alerting import SHIPPED

SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
BOX = re.compile(r"```sh\n(.*?)```", re.DOTALL)
COMMENT = re.compile(r"\s+# .*")
PATIENCE_S = 60.0
"""`doctor` looks twice where much waits, and beside all else on a busy machine."""


class Answered(Struct, frozen=True):
    """A command of the runbook, and what came back."""

    command: str
    code: int | None
    """None: nothing came back in time."""
    text: str


def first_command(alert: str, page: str | None = None) -> str:
    """Of the alert's section."""
    text = (SHIPPED / "runbook.md").read_text() if page is None else page
    sections = dict(SECTION.findall(text))
    assert alert in sections, f"the runbook has no section {alert}"
    box = BOX.search(sections[alert])
    assert box is not None, f"the runbook's section {alert} has no command"
    return COMMENT.sub("", box[1].splitlines()[0]).strip()


def waits_for(alert: str) -> str:
    """How long the shipped rule waits before it fires."""
    for file in sorted((SHIPPED / "rules").glob("*.yaml")):
        for group in YAML(typ="safe").load(file.read_text())["groups"]:
            for rule in group["rules"]:
                if rule.get("alert") == alert:
                    return str(rule.get("for", "0s"))
    raise AssertionError(f"no rule is called {alert}")


async def follow(alert: str, settings: Settings, patience_s: float = PATIENCE_S) -> Answered:
    """Run the section's first command as it stands, in a shell with the deployment's settings."""
    command = first_command(alert)
    env = environment_of(settings) | {"NO_COLOR": "1"}
    env["PATH"] = f"{Path(TOUCHLINE).parent}:{env['PATH']}"

    def run() -> Answered:
        try:
            ran = subprocess.run(
                ["bash", "-c", f"exec {command}"], capture_output=True, text=True, timeout=patience_s, env=env,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Answered(command, None, f"no answer in {patience_s:g} s")
        return Answered(command, ran.returncode, (ran.stdout + ran.stderr).strip())

    return await asyncio.to_thread(run)
