"""The life of a process in no group: it works until it is told to stop."""

import asyncio
import signal
import time
from collections.abc import Coroutine
from typing import Any

from agents.app import CannotStart
from agents.life import REFUSED, STOPPED
from agents.signals import StartRefused, WorkerStopped
from agents.web import PortTaken


async def until_told(work: Coroutine[Any, Any, None]) -> int:
    """Run it until SIGTERM or Ctrl-C. 0: stopped; 2: topics or the port would make it wrong; a fault is raised."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    stop, working = asyncio.create_task(told.wait()), asyncio.create_task(work)
    await asyncio.wait({stop, working}, return_when=asyncio.FIRST_COMPLETED)
    began_s = time.monotonic()
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
    if not working.cancelled() and (fault := working.exception()) is not None:
        if not isinstance(fault, CannotStart | PortTaken):
            raise fault
        StartRefused(problems=str(fault).splitlines()).emit()
        return REFUSED
    WorkerStopped(after_s=time.monotonic() - began_s).emit()
    return STOPPED
