"""A real Kafka broker, KRaft, that is its own controller or one of several."""

import base64
import shutil
import signal
import socket
import struct
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.distribution import Distribution
from deploy.local.ports import HOST, free_port
from deploy.local.server import Server

MIB = 1024 * 1024
API_VERSIONS = 18
NO_MORE: Mapping[str, str | int] = {}
ENDED_IN_ORDER = 128 + signal.SIGTERM
"""How Java says that SIGTERM was obeyed to the end."""


def kafka_id() -> str:
    """An id as Kafka writes them. One that starts with a dash would look like an option to its tools."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "a", 1)


@dataclass(frozen=True)
class Node:
    """A place in the cluster."""

    id: int
    port: int
    controller_port: int

    @classmethod
    def free(cls, id: int = 1) -> "Node":
        """On ports nobody listens on."""
        return cls(id, free_port(), free_port())


def configuration(node: Node, voters: Sequence[Node], data: Path, more: Mapping[str, str | int] = NO_MORE) -> str:
    """`server.properties` of a node in the cluster of these voters; internal topics have as many replicas as it has
    nodes, three at most. `more`: lines beside ours, or instead of them."""
    replicas = str(min(3, len(voters)))
    listening = f"PLAINTEXT://{HOST}:{node.port},CONTROLLER://{HOST}:{node.controller_port}"
    return "".join(
        f"{key}={value}\n"
        for key, value in {
            "process.roles": "broker,controller",
            "node.id": node.id,
            "controller.quorum.voters": ",".join(f"{v.id}@{HOST}:{v.controller_port}" for v in voters),
            "listeners": listening,
            "advertised.listeners": f"PLAINTEXT://{HOST}:{node.port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "default.replication.factor": replicas,
            "num.partitions": 1,
            "offsets.topic.num.partitions": 1,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.num.partitions": 1,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            # A killed broker may come back only when the controller has given up its old self.
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 3000,
            # Dead letters carry a whole record of the usual 1 MiB, and why it was refused.
            "message.max.bytes": 2 * MIB,
            "replica.fetch.max.bytes": 2 * MIB,
            **more,
        }.items()
    )


class Kafka(Server):
    """One broker; its data outlives a stop and a kill, not the folder."""

    name = "kafka"

    def __init__(
        self, folder: Path, distribution: Distribution, node: Node, voters: Sequence[Node] = (), cluster_id: str = "",
        more: Mapping[str, str | int] = NO_MORE,
    ) -> None:  # fmt: skip
        super().__init__(folder, node.port)
        self.node = node
        self.voters = tuple(voters) or (node,)
        self.cluster_id = cluster_id or kafka_id()
        self.distribution = distribution
        self.more = more
        self.data = folder / "data"
        self._archive_to: Path | None = None

    def command(self) -> list[str]:
        """Write the configuration, format the data folder if it is new, and give the broker's command."""
        self.distribution.prepare()
        config = self.folder / "server.properties"
        config.write_text(configuration(self.node, self.voters, self.data, self.more))
        if not (self.data / "meta.properties").exists():
            self._format(config)
        self._archive_to = None if self.distribution.archive.exists() else self.folder / "classes.jsa"
        return self.distribution.java("kafka.Kafka", str(config), archive_to=self._archive_to)

    def answers(self) -> bool:
        """It answers an ApiVersions request, which a broker does only once it has joined its cluster."""
        client = b"touchline"
        request = struct.pack(f">hhih{len(client)}s", API_VERSIONS, 0, 1, len(client), client)
        try:
            with socket.create_connection((HOST, self.port), timeout=2.0) as line:
                line.sendall(struct.pack(">i", len(request)) + request)
                reply = line.recv(10, socket.MSG_WAITALL)
        except OSError:
            return False
        return len(reply) == 10 and struct.unpack(">iih", reply)[1:] == (1, 0)

    def stop(self, within_s: float = 30.0) -> None:
        """End it in order, and keep the class archive if this run wrote one."""
        was_running = self.running
        super().stop(within_s)
        if was_running and self._archive_to is not None:
            # After any other end the archive may be torn, and Java would trust it.
            if self.exit_code == ENDED_IN_ORDER:
                self.distribution.keep_archive(self._archive_to)
            self._archive_to.unlink(missing_ok=True)
            self._archive_to = None

    @property
    def archives(self) -> bool:
        """This run writes the class archive if it is stopped in order."""
        return self.running and self._archive_to is not None

    def _format(self, config: Path) -> None:
        template = self.distribution.formatted(config, self.log)
        shutil.copytree(template, self.data, dirs_exist_ok=True)
        identity = {"version": 1, "cluster.id": self.cluster_id, "node.id": self.node.id, "directory.id": kafka_id()}
        (self.data / "meta.properties").write_text("".join(f"{key}={value}\n" for key, value in identity.items()))
