"""Starts one stage as a process."""

import asyncio

from agents.app import Stage
from agents.life import live
from agents.settings import Settings


def run_worker(stage: Stage, settings: Settings) -> int:
    """Run until SIGTERM. 0: stopped cleanly; 1: crashed; 2: refused to start, for the reason logged."""
    return asyncio.run(live(stage, settings))
