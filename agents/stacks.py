"""All stacks of a worker on its standard error at SIGUSR1: where each thread is, and what each task waits for."""

import asyncio
import faulthandler
import signal
import sys
from collections.abc import Iterator
from types import FrameType

TELLS = signal.SIGUSR1


def tell_stacks() -> None:
    """From now on the signal makes this process say where it is. It goes on as if nothing had happened.

    Threads are told from C, even while Python hangs; tasks as soon as the main thread runs Python again.
    """
    signal.signal(TELLS, _tell_tasks)
    faulthandler.register(TELLS, file=sys.stderr, all_threads=True, chain=True)


def _tell_tasks(number: int, frame: FrameType | None) -> None:
    """Of every running loop: Faust's consumer has one of its own."""
    for loop in _running_loops():
        for task in sorted(asyncio.all_tasks(loop), key=asyncio.Task.get_name):
            print(f"{task.get_name()} ({task.get_coro()!r})", file=sys.stderr)
            task.print_stack(limit=12, file=sys.stderr)
    sys.stderr.flush()


def _running_loops() -> Iterator[asyncio.AbstractEventLoop]:
    for bottom in sys._current_frames().values():
        frame: FrameType | None = bottom
        while frame is not None:
            held = frame.f_locals.get("self") if frame.f_code.co_name == "run_forever" else None
            if isinstance(held, asyncio.AbstractEventLoop):
                yield held
            frame = frame.f_back
