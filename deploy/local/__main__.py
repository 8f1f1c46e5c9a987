"""`python -m deploy.local`: Kafka and Redis in the foreground until Ctrl-C."""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

from deploy.local.programs import PACKAGES, ProgramMissing, require
from deploy.local.server import ServerFailed
from deploy.local.stack import FolderBusy, LocalStack, opened

CLEAN_UP_S = 15.0


class Told(KeyboardInterrupt):
    """To end, by another signal than Ctrl-C."""


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the data here; default: a folder for this run alone")
    parser.add_argument("--brokers", type=int, default=1, metavar="N", help="Kafka brokers (default: 1)")
    parser.add_argument("--programs", action="store_true", help="only have the programs, or say which are missing")
    parser.add_argument("--json", action="store_true", help="print the addresses as one JSON line")
    parser.add_argument(
        "--run",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run this with TOUCHLINE_BOOTSTRAP and TOUCHLINE_REDIS",
    )
    return parser.parse_args()


def stop_on_signal(number: int, frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP end us as Ctrl-C does."""
    raise Told


def report(stack: LocalStack, as_json: bool) -> None:
    """Say where the servers are."""
    found = stack.addresses
    if as_json:
        pids = [server.pid for server in (*stack.brokers, stack.redis)]
        said = {"bootstrap": found.bootstrap, "redis": found.redis, "folder": str(stack.folder), "pids": pids}
        print(json.dumps(said), flush=True)
        return
    print(f"export TOUCHLINE_BOOTSTRAP={found.bootstrap}\nexport TOUCHLINE_REDIS={found.redis}")
    print(f"# data and logs: {stack.folder}\n# Ctrl-C stops both", flush=True)


def run(stack: LocalStack, command: list[str]) -> int:
    """Run a command against the stack; its exit code."""
    found = stack.addresses
    environment = os.environ | {"TOUCHLINE_BOOTSTRAP": found.bootstrap, "TOUCHLINE_REDIS": found.redis}
    running = subprocess.Popen(command, env=environment)
    try:
        return running.wait()
    except Told:
        running.terminate()
        raise
    finally:  # after Ctrl-C, which the command got too, it is given time to clean up
        try:
            running.wait(CLEAN_UP_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def main() -> int:
    """Open the stack, wait to be stopped, close it."""
    said = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop_on_signal)
    try:
        if said.programs:
            require(*PACKAGES)
            return 0
        with contextlib.ExitStack() as closing:
            if said.folder:
                stack = closing.enter_context(LocalStack(said.folder, brokers=said.brokers))
            else:
                stack = closing.enter_context(opened(brokers=said.brokers))
            if said.run:
                return run(stack, said.run)
            report(stack, said.json)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 130 if said.run else 0
    except ProgramMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    except (ServerFailed, FolderBusy, OSError) as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
