"""A real Redis for one run: nothing on disk unless asked for."""

import socket
from pathlib import Path

from deploy.local.ports import HOST
from deploy.local.programs import require
from deploy.local.server import Server


class Redis(Server):
    """Forgets everything at a stop, unless it is persistent."""

    name = "redis"

    def __init__(self, folder: Path, port: int, *, persistent: bool = False) -> None:
        super().__init__(folder, port)
        self.persistent = persistent

    @property
    def url(self) -> str:
        """For clients."""
        return f"redis://{self.address}/0"

    def command(self) -> list[str]:
        """Everything on the command line: no file of the machine's own Redis is read."""
        program = require("redis-server")["redis-server"]
        keep = "yes" if self.persistent else "no"
        return [
            program, "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder), "--save", "",
            "--appendonly", keep, "--daemonize", "no", "--logfile", "",
        ]  # fmt: skip

    def answers(self) -> bool:
        """PING is answered by PONG; while it loads its file it is not."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
