"""One server of the stack: opened on a fixed port, waited for, stopped by pid, and never left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.ports import HOST, is_free

GUARD = Path(__file__).with_name("guard.py")
LOOK_EVERY_S = 0.02


class ServerFailed(Exception):
    """A server did not open; the message names its log and quotes the end of it."""


class Server(ABC):
    """May be started again after a stop or a kill: same port, same data."""

    name: str

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.log = folder / f"{self.name}.log"
        self.exit_code = 0
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Of the server itself; 0 when it does not run."""
        return self._pid if self.running else 0

    @property
    def running(self) -> bool:
        """Launched and not ended."""
        return self._guard is not None and self._guard.poll() is None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What to run; called before each start."""

    def environment(self) -> Mapping[str, str] | None:
        """What it runs with; None: our own environment."""
        return None

    @abstractmethod
    def answers(self) -> bool:
        """It speaks its protocol on its port; False while it does not yet."""

    def start(self, within_s: float = 60.0) -> None:
        """Launch it and wait until it answers."""
        self.launch()
        self.wait_open(within_s)

    def launch(self) -> None:
        """Start the process, wait for nothing."""
        if self.running:
            return
        if not is_free(self.port):
            raise ServerFailed(f"{self.name} cannot listen on {self.address}: Address already in use")
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = [sys.executable, "-I", "-S", str(GUARD), str(self.log), *self.command()]
        # A session of its own: Ctrl-C is for us alone, and we stop our servers in order.
        guard = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd=self.folder,
            env=self.environment(),
        )
        assert guard.stdout is not None
        first_line = guard.stdout.readline()
        self._guard = guard
        if not first_line.strip():
            guard.wait()
            raise ServerFailed(f"{self.name} could not be started: {' '.join(arguments[4:6])}")
        self._pid = int(first_line)

    def wait_open(self, within_s: float = 60.0) -> None:
        """Return once it answers; stop it and raise when it ended or took too long."""
        deadline_s = time.monotonic() + within_s
        while not self.answers():
            if self._ended(LOOK_EVERY_S):
                raise ServerFailed(f"{self.name} ended while starting. {self.excerpt()}")
            if time.monotonic() > deadline_s:
                self.kill()
                raise ServerFailed(f"{self.name} did not answer on {self.address} in {within_s:g} s. {self.excerpt()}")

    def stop(self, within_s: float = 20.0) -> None:
        """Ask it to end; kill it when it does not. Does nothing when it does not run."""
        self.send(signal.SIGTERM)
        if not self._ended(within_s):
            self.kill()
        self._forget()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.send(signal.SIGKILL)
        if self._guard is not None:
            self.exit_code = self._guard.wait()
        self._forget()

    def send(self, sign: signal.Signals) -> None:
        """Send a signal to the server, for instance SIGSTOP and SIGCONT to make it hang for a while."""
        if self.running:
            # The guard reaps it: while the guard runs the pid is the server's, or at worst free for an instant.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, sign)

    def excerpt(self, lines: int = 15) -> str:
        """Where the log is, and its last lines."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        tail = "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
        return f"Its log: {self.log}\n{tail}"

    def wait_end(self, within_s: float) -> int:
        """Wait for it to end by itself; its exit code, 128 + the signal's number when a signal ended it."""
        if not self._ended(within_s):
            raise ServerFailed(f"{self.name} still runs after {within_s:g} s. {self.excerpt()}")
        return self.exit_code

    def _ended(self, within_s: float) -> bool:
        if self._guard is None:
            return True
        try:
            self.exit_code = self._guard.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _forget(self) -> None:
        if self._guard is not None:
            for pipe in (self._guard.stdin, self._guard.stdout):
                if pipe is not None:
                    pipe.close()
        self._guard = None
