"""`touchline demo` as a person runs it: exact counts under kills, and nothing left behind."""

import asyncio
import json
import os
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.demo.crew import TOUCHLINE
from deploy.local.stack import home
from tests.live.interrupts import hearing_interrupts
from tests.live.kafka import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

MARK = "DEMO_OF_THIS_TEST"
SERVERS = 7
"""Kafka, Redis, four stages, the intake."""


def processes() -> list[Path]:
    return list(Path("/proc").glob("[0-9]*"))


class Demo:
    """A run of the command, with a mark in the environment of all that it starts."""

    def __init__(self) -> None:
        self._mark = f"{MARK}={uuid.uuid4().hex}"
        self.folder = Path()
        """Of its stack."""

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        name, _, value = self._mark.partition("=")
        self.process = subprocess.Popen(
            hearing_interrupts([str(TOUCHLINE), "demo", *arguments]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=os.environ | {name: value}, start_new_session=True,
        )  # fmt: skip
        return self.process

    def read_until(self, words: str) -> str:
        """What it prints up to the line with these words; notes the folder, which exists by then."""
        assert self.process.stdout is not None
        told = ""
        for line in iter(self.process.stdout.readline, ""):
            told += line
            if words in line:
                break
        (self.folder,) = {f for f in (home() / "runs").glob("run-*") if self._living_in(f) & self._marked()}
        return told

    def alive(self) -> set[int]:
        """Processes of it: those marked, and those in its folder (Redis hides its environment)."""
        return self._marked() | self._living_in(self.folder)

    def _marked(self) -> set[int]:
        return {int(p.name) for p in processes() if self._mark.encode() in _read(p / "environ")}

    def _living_in(self, folder: Path) -> set[int]:
        return {int(p.name) for p in processes() if _link(p / "cwd").startswith(f"{folder}/")}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended while we looked
        return b""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


@pytest.fixture
def demo() -> Iterator[Demo]:
    one = Demo()
    yield one
    one.process.kill()
    one.process.communicate()


@pytest.mark.long
async def test_the_demo_counts_every_touch_once_under_kills_and_leaves_nothing(demo: Demo) -> None:
    running = demo.start("--plain", "--json", "--seconds", "12")
    await asyncio.to_thread(demo.read_until, "workers ready")
    out, err = await asyncio.to_thread(running.communicate, timeout=200)
    assert 0 == running.returncode, out[-3000:] + err
    summary: dict[str, Any] = json.loads(out.splitlines()[-1])

    assert (0, 0, 0) == (summary["lost"], summary["twice"], summary["handoffs_missing"])
    assert summary["sent"] == summary["counted"] > 1000
    assert summary["handoffs"] == summary["handoff_ids"] > 0
    assert 0 < summary["p50_ms"] <= summary["p99_ms"]
    assert summary["dead_letters"]
    assert "handed to sales" in out
    assert summary["merged"] > 0
    told = [line for line in out.splitlines() if "are one person" in line]
    (cookie, before, address, mailed, left, after), = re.findall(
        r"the cookie (L\w{16}) \(([\d.]+) points\) and the address (L\w{16}) \(([\d.]+)\) are one person: "
        r"(L\w{16}) \(([\d.]+)\)", "\n".join(told)
    )  # fmt: skip
    assert min(cookie, address) == left
    assert pytest.approx(float(before) + float(mailed), abs=0.1) == float(after)
    assert re.search(r"SQL by his first words: given to (ann|bob)", out)
    assert re.search(r"after [\d.]+ s: (ann|bob) is reminded", out)
    assert re.search(r"after [\d.]+ s: escalated to dina\n", out)
    assert re.search(r"after [\d.]+ s: given to (ann|bob), under the same handoff id", out)
    assert "kill -9 score" in out
    assert "kill -9 identify" in out
    assert "\x1b" not in out
    assert set() == demo.alive()
    assert not demo.folder.exists()


async def test_ctrl_c_under_load_ends_everything_and_deletes_the_folder(demo: Demo) -> None:
    running = demo.start("--seconds", "60")
    await asyncio.to_thread(demo.read_until, "company's hour")
    assert len(demo.alive()) >= 1 + 2 * SERVERS, "the demo, its servers and their guards"

    running.send_signal(signal.SIGINT)
    await asyncio.to_thread(running.communicate, timeout=150)

    assert 130 == running.returncode

    async def gone() -> bool:
        return not demo.alive()

    await until(gone, "the demo's processes to end")
    assert not demo.folder.exists()
