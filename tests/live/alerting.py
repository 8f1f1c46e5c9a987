"""A real Prometheus and Alertmanager with the rules and routes we ship, in a hurry, and who is notified by them."""

import asyncio
import re
import shutil
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from aiohttp import web
from ruamel.yaml import YAML

from agents.demo.crew import Worker
from deploy.local.ports import HOST, free_port
from deploy.local.server import Server
from tests.live.prometheus import Prometheus, Ready

SHIPPED = Path(__file__).parents[2] / "deploy" / "prometheus"
HURRY = 60
"""A minute of the rules passes in a second. Thresholds stay: what takes seconds in a rule takes seconds here."""
NO_GREAT_HURRY = 20
"""Time enough for what takes workers some seconds, such as to notice that Redis is back."""
LENGTH = re.compile(r"(\d+)([smhdw])")
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
RANGE = re.compile(r"(?<=\[)[0-9smhdw:]+(?=\])")
LENGTHS = ("for", "keep_firing_for", "interval", "group_wait", "group_interval", "repeat_interval", "resolve_timeout")


def hurried(text: str, factor: int = HURRY) -> str:
    """A file of rules or routes whose lengths of time are all divided by the factor; nothing else of it is changed."""
    document = YAML(typ="safe").load(text)
    _hurry(document, factor)
    written = StringIO()
    YAML(typ="safe").dump(document, written)
    return written.getvalue()


def _hurry(node: Any, factor: int) -> None:
    if isinstance(node, list):
        for one in node:
            _hurry(one, factor)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in LENGTHS:
                node[name] = _shorter(value, factor)
            elif name == "expr":
                node[name] = RANGE.sub(lambda found: _shorter(found[0], factor), value)
            else:
                _hurry(value, factor)


def _shorter(length: str, factor: int) -> str:
    """Of a length, or of a range and the steps in it."""
    parts = [sum(int(n) * UNITS_MS[unit] for n, unit in LENGTH.findall(part)) for part in length.split(":")]
    return ":".join(f"{max(1, part_ms // factor)}ms" if part_ms else "" for part_ms in parts)


class Watch(Prometheus):
    """All workers as one job, as the rules have it, and Alertmanager told."""

    def __init__(self, folder: Path, workers: Iterable[Worker], alertmanager: Server, factor: int) -> None:
        super().__init__(folder, free_port(), workers, ())
        self._factor = factor
        self._alertmanager = alertmanager

    def _said(self) -> dict[str, Any]:
        rules = []
        for path in sorted((SHIPPED / "rules").glob("*.yaml")):
            rules.append(self.folder / path.name)
            rules[-1].write_text(hurried(path.read_text(), self._factor))
        return {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
            "rule_files": [str(path) for path in rules],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self._alertmanager.address]}]}]},
            "scrape_configs": [
                {"job_name": "touchline", "static_configs": [{"targets": [one.address for one in self._workers]}]}
            ],
        }


class Alertmanager(Ready):
    """With the routes and inhibitions of the example, and the receivers of a test."""

    name = "alertmanager"

    def __init__(self, folder: Path, receiver: str, factor: int) -> None:
        super().__init__(folder, free_port())
        self._factor = factor
        self._receiver = receiver

    def command(self) -> list[str]:
        """Alone: it joins no cluster."""
        config = self.folder / "alertmanager.yaml"
        example = (SHIPPED / "alertmanager.example.yaml").read_text()
        config.write_text(hurried(example, self._factor).replace("127.0.0.1:9095", self._receiver))
        return [
            shutil.which("prometheus-alertmanager") or "alertmanager", f"--config.file={config}",
            f"--storage.path={self.folder / 'data'}", f"--web.listen-address={self.address}",
            "--cluster.listen-address=", "--log.level=warn",
        ]  # fmt: skip


class Receiver:
    """Everybody who is told: pager, tickets and log."""

    def __init__(self) -> None:
        self.address = f"{HOST}:{free_port()}"
        self.told: list[tuple[str, dict[str, Any]]] = []
        """(who, alert) in the order in which they came."""
        self._heard = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def open(self) -> "Receiver":
        """Listen."""
        app = web.Application()
        app.router.add_post("/{who}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        host, _, port = self.address.partition(":")
        await web.TCPSite(self._runner, host, int(port)).start()
        return self

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.told += [(request.match_info["who"], alert) for alert in (await request.json())["alerts"]]
        self._heard.set()
        return web.Response()

    def firing(self) -> dict[str, set[str]]:
        """Alerts that somebody was told of so far, resolved or not, and what of."""
        told: dict[str, set[str]] = {}
        for _, alert in self.told:
            told.setdefault(alert["labels"]["alertname"], set()).add(alert["annotations"]["summary"])
        return told

    async def until(self, name: str, status: str, within_s: float) -> tuple[str, dict[str, Any]]:
        """Wait until somebody is told that an alert fires, or is resolved: who, and the alert."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for who, alert in self.told:
                        if (alert["labels"]["alertname"], alert["status"]) == (name, status):
                            return who, alert
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            told = [(who, alert["labels"]["alertname"], alert["status"]) for who, alert in self.told]
            raise AssertionError(
                f"nobody was told within {within_s:g} s that {name} is {status}; told: {told}"
            ) from None
