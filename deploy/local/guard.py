"""Runs one program and makes sure that it ends with whoever asked for it, however that one ended.

Run by its path: `guard.py LOG COMMAND...`. The owner holds the other end of our standard input: when it closes (the
owner ended, was killed, crashed) the program is killed. Should this guard be killed itself, Linux kills the program.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def die_with_the_guard() -> None:
    """Between fork and exec: ask Linux for SIGKILL when the guard ends. The guard starts it from its main thread,
    because the kernel means the thread, not the process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def watch_owner(program: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the owner, then end the program."""
    while os.read(0, 1):
        pass
    with contextlib.suppress(ProcessLookupError):
        program.kill()


def main() -> int:
    """Print the program's pid, wait for its end, and pass on its exit code."""
    log, command = sys.argv[1], sys.argv[2:]
    with open(log, "ab") as sink:
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            preexec_fn=die_with_the_guard,  # noqa: PLW1509 (no thread runs yet)
        )
    print(program.pid, flush=True)
    threading.Thread(target=watch_owner, args=(program,), daemon=True).start()
    code = program.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())
