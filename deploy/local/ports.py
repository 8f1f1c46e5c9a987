"""Free loopback ports that stay free while a server is down for a moment."""

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
LOWEST = 15000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def highest() -> int:
    """The last port below those the kernel gives to outgoing connections.

    A client that keeps dialling a stopped server may be given the server's own port as its source, and then the
    server cannot come back: so ours lie outside of that range.
    """
    try:
        first = int(EPHEMERAL.read_text().split()[0])
    except (OSError, ValueError):
        first = 32768
    return first - 1 if first - LOWEST > 1000 else 32767


def is_free(port: int) -> bool:
    """Nobody listens there now."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody listens on. Random, so that two runs at the same time hardly ever meet."""
    last = highest()
    for _ in range(1000):
        port = random.randint(LOWEST, last)
        if is_free(port):
            return port
    raise OSError(f"no free port on {HOST} between {LOWEST} and {last}")
