"""A broker and a Redis that ask who is there: TLS, SCRAM, certificates, tokens, and rights for each of them."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.distribution import Distribution
from deploy.local.kafka import Kafka, Node
from deploy.local.ports import HOST, free_port
from deploy.local.redis_server import Redis

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
SESSION_MS = 3000
BEARER = "org.apache.kafka.common.security.oauthbearer"


@dataclass(frozen=True)
class Certificates:
    """Files, PEM."""

    ca: Path
    server: Path
    """Certificate and key of the servers in one file."""


@dataclass(frozen=True)
class Doors:
    """Ports of a locked broker, beside its plain one, through which its owner comes in, who may do everything."""

    scram: int = field(default_factory=free_port)
    mutual: int = field(default_factory=free_port)
    token: int = field(default_factory=free_port)
    scram_plain: int = field(default_factory=free_port)
    """SCRAM without TLS."""


def locks(node: Node, doors: Doors, certificates: Certificates, jwks_url: str, audience: str) -> dict[str, str | int]:
    """Lines of `server.properties`. Whoever has no right to something may not do it."""
    listening = {
        "PLAINTEXT": node.port, "SCRAM": doors.scram, "MUTUAL": doors.mutual, "TOKEN": doors.token,
        "SCRAMPLAIN": doors.scram_plain,
    }  # fmt: skip
    advertised = ",".join(f"{name}://{HOST}:{port}" for name, port in listening.items())
    said: dict[str, str | int] = {
        "listeners": f"{advertised},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": advertised,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,MUTUAL:SSL,"
        "TOKEN:SASL_SSL,SCRAMPLAIN:SASL_PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.server),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.ca),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.token.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.token.oauthbearer.sasl.jaas.config": f"{BEARER}.OAuthBearerLoginModule required;",
        "listener.name.token.oauthbearer.sasl.server.callback.handler.class":
            f"{BEARER}.OAuthBearerValidatorCallbackHandler",
        # A session by token ends soon, so that tests see several.
        "listener.name.token.oauthbearer.connections.max.reauth.ms": SESSION_MS,
        "sasl.oauthbearer.jwks.endpoint.url": jwks_url,
        "sasl.oauthbearer.expected.audience": audience,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }  # fmt: skip
    for name in ("scram", "scramplain"):
        said[f"listener.name.{name}.sasl.enabled.mechanisms"] = "SCRAM-SHA-512,SCRAM-SHA-256"
        said[f"listener.name.{name}.scram-sha-512.sasl.jaas.config"] = SCRAM
        said[f"listener.name.{name}.scram-sha-256.sasl.jaas.config"] = SCRAM
    return said


class LockedKafka(Kafka):
    """One broker that knows its users by password, certificate and token."""

    def __init__(
        self, folder: Path, distribution: Distribution, doors: Doors, certificates: Certificates, *,
        passwords: Mapping[str, str], jwks_url: str, audience: str,
    ) -> None:  # fmt: skip
        """`passwords`: of SCRAM users, by name."""
        node = Node.free()
        more = locks(node, doors, certificates, jwks_url, audience)
        super().__init__(folder, distribution, node, more=more)
        self.doors, self._passwords, self._jwks_url = doors, passwords, jwks_url

    def environment(self) -> Mapping[str, str]:
        """Kafka fetches keys from no address that its owner has not named."""
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self._jwks_url}"
        return os.environ | {"JDK_JAVA_OPTIONS": allowed}

    def _format(self, config: Path) -> None:
        users = [
            f"{mechanism}=[name={name},password={password}]"
            for name, password in self._passwords.items()
            for mechanism in ("SCRAM-SHA-512", "SCRAM-SHA-256")
        ]
        command = [
            *self.distribution.java("kafka.tools.StorageTool"), "format", "-t", self.cluster_id, "-c", str(config),
            *(word for user in users for word in ("--add-scram", user)),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.environment())
        if done.returncode:
            self.log.write_text(done.stdout + done.stderr)
            raise OSError(f"Kafka could not format its data folder; what it said: {self.log}")


class LockedRedis(Redis):
    """Its plain port is its owner's; by TLS come the users of its list."""

    def __init__(self, folder: Path, certificates: Certificates, users: list[str]) -> None:
        """`users`: lines of a Redis ACL file."""
        super().__init__(folder, free_port())
        self.tls_port = free_port()
        self._certificates, self._users = certificates, users

    def command(self) -> list[str]:
        """As a plain one, with a second port."""
        listed = self.folder / "users.acl"
        listed.write_text("\n".join(["user default on nopass ~* &* +@all", *self._users, ""]))
        server = str(self._certificates.server)
        return [
            *super().command(), "--tls-port", str(self.tls_port), "--tls-cert-file", server, "--tls-key-file", server,
            "--tls-ca-cert-file", str(self._certificates.ca), "--tls-auth-clients", "no", "--aclfile", str(listed),
        ]  # fmt: skip

    @property
    def tls_url(self) -> str:
        """For clients that come by TLS."""
        return f"rediss://{HOST}:{self.tls_port}/0"
