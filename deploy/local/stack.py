"""Kafka and Redis together: opened in one call, gone with their folder when they were only for one run."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

from deploy.local.distribution import Distribution, locked
from deploy.local.kafka import NO_MORE, Kafka, Node, kafka_id
from deploy.local.ports import free_port
from deploy.local.programs import require
from deploy.local.redis_server import Redis
from deploy.local.server import ServerFailed

ATTEMPTS = 3
"""Another program may take a port between our look and the server's bind."""

TAKEN = "ddress already in use"


def home() -> Path:
    """Where the stack keeps its files: `TOUCHLINE_DATA_DIR`, or `.touchline` where we run."""
    return Path(os.environ.get("TOUCHLINE_DATA_DIR", ".touchline")).absolute()


@dataclass(frozen=True)
class Addresses:
    """What clients need."""

    bootstrap: str
    """Kafka brokers, `host:port`, comma separated."""
    redis: str
    """Redis URL."""


class FolderBusy(Exception):
    """Another stack runs in the folder."""


class LocalStack:
    """One run of the servers in one folder. The folder, its ports and its data may be used again by the same object."""

    def __init__(
        self, folder: Path, *, brokers: int = 1, persistent_redis: bool = False,
        configured: Mapping[str, str | int] = NO_MORE,
    ) -> None:  # fmt: skip
        """`configured`: lines of `server.properties` beside the usual ones."""
        self.folder = folder.absolute()
        self._persistent_redis = persistent_redis
        self._distribution = Distribution(home() / "kafka")
        self._lock: TextIO | None = None
        self._brokers, self._configured = brokers, configured
        self._opened_once = False
        self._cluster_id = kafka_id()
        self._place()

    def _place(self) -> None:
        """Choose ports; the servers are made anew, their data is not."""
        voters = [Node.free(n + 1) for n in range(self._brokers)]
        self.brokers = [
            Kafka(
                self.folder / f"kafka-{node.id}", self._distribution, node, voters, self._cluster_id, self._configured
            )
            for node in voters
        ]
        self.redis = Redis(self.folder / "redis", free_port(), persistent=self._persistent_redis)

    @property
    def kafka(self) -> Kafka:
        """The first broker; the only one, as a rule."""
        return self.brokers[0]

    @property
    def addresses(self) -> Addresses:
        """Of the servers, whether they run or not."""
        return Addresses(",".join(broker.address for broker in self.brokers), self.redis.url)

    def start(self, within_s: float = 60.0) -> Addresses:
        """Open all servers, side by side, and wait until each answers."""
        self.claim()
        require("java", "redis-server", *(() if self._distribution.resolved else ("mvn",)))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                for server in (self.redis, *self.brokers):
                    server.launch()
                for server in (self.redis, *self.brokers):
                    server.wait_open(within_s)
            except ServerFailed as failed:
                self._end_servers(in_order=False)
                if self._opened_once or attempt == ATTEMPTS or not self._met_a_taken_port(failed):
                    raise
                self._place()
            except BaseException:
                self._end_servers(in_order=False)
                raise
            else:
                break
        self._opened_once = True
        return self.addresses

    def stop(self) -> None:
        """End all servers in order; data and ports stay for the next start."""
        self._end_servers(in_order=True)
        self._release_folder()

    def discard(self) -> None:
        """End all servers the quick way and delete the folder."""
        archiving = [broker for broker in self.brokers if broker.archives]
        for broker in archiving[:1]:
            broker.stop()
        self._end_servers(in_order=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._release_folder()

    def __enter__(self) -> "LocalStack":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _met_a_taken_port(self, failed: ServerFailed) -> bool:
        logs = (server.log for server in (self.redis, *self.brokers))
        return any(TAKEN in said for said in (str(failed), *(log.read_text() for log in logs if log.exists())))

    def _end_servers(self, *, in_order: bool) -> None:
        for server in (*reversed(self.brokers), self.redis):
            if in_order:
                server.stop()
            else:
                server.kill()

    def claim(self) -> None:
        """Make the folder ours; the system frees it even when we are killed."""
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            holder = (self.folder / "lock").open("a")
            try:
                fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder.close()
                raise FolderBusy(f"another stack runs in {self.folder}; stop it or choose another folder") from None
            self._lock = holder

    def _release_folder(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


@contextmanager
def opened(*, brokers: int = 1, persistent_redis: bool = False) -> Iterator[LocalStack]:
    """A stack in a folder of its own, deleted afterwards; also sweeps what killed runs left."""
    runs = home() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with locked(runs / "lock"):  # else one run might sweep the folder another is about to claim
        sweep(runs)
        folder = Path(tempfile.mkdtemp(dir=runs, prefix="run-"))
        stack = LocalStack(folder, brokers=brokers, persistent_redis=persistent_redis)
        stack.claim()
    try:
        stack.start()
        yield stack
    finally:
        stack.discard()


def sweep(runs: Path) -> None:
    """Delete the folders of runs whose owner is gone: its lock is free."""
    for lock in runs.glob("run-*/lock"):
        with lock.open("a") as holder:
            try:
                fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(lock.parent, ignore_errors=True)
