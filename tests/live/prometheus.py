"""A real Prometheus that scrapes workers, and what it answers."""

import asyncio
import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.demo.crew import Worker
from deploy.local.server import Server

SCRAPE = "500ms"


class Ready(Server):
    """A server that says at `/-/ready` whether it is, as Prometheus and its kin do."""

    def answers(self) -> bool:
        """It takes questions."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=2.0) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Prometheus(Ready):
    """Scrapes each worker as a job of its stage, twice a second."""

    name = "prometheus"

    def __init__(self, folder: Path, port: int, workers: Iterable[Worker], rules: Sequence[Path] = ()) -> None:
        super().__init__(folder, port)
        self._workers, self._rules = list(workers), rules

    def command(self) -> list[str]:
        """With exemplars, which it does not keep unless asked to."""
        self._config().write_text(json.dumps(self._said()))
        return [
            shutil.which("prometheus") or "prometheus", f"--config.file={self._config()}",
            f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address={self.address}",
            "--enable-feature=exemplar-storage", "--log.level=warn",
        ]  # fmt: skip

    async def query(self, expr: str) -> list[tuple[Mapping[str, str], float]]:
        """Labels and value of each series, now."""
        found = await self.ask("query", query=expr)
        if found["resultType"] == "scalar":
            return [({}, float(found["result"][1]))]
        return [(one["metric"], float(one["value"][1])) for one in found["result"]]

    async def ask(self, what: str, **words: str) -> Any:
        """Of its HTTP API."""
        url = f"http://{self.address}/api/v1/{what}?{urllib.parse.urlencode(words)}"
        return await asyncio.to_thread(_data, url)

    def _config(self) -> Path:
        return self.folder / "prometheus.json"

    def _said(self) -> dict[str, Any]:
        # JSON is YAML.
        return {
            "global": {"scrape_interval": SCRAPE, "scrape_timeout": SCRAPE, "evaluation_interval": "1s"},
            "rule_files": [str(path) for path in self._rules],
            "scrape_configs": [
                {"job_name": f"touchline-{one.stage}-{one.port}", "static_configs": [{"targets": [one.address]}]}
                for one in self._workers
            ],
        }


def _data(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=10.0) as reply:
            return json.loads(reply.read())["data"]
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{url}: {refused.read().decode()}") from None
