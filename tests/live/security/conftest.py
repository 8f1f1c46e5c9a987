"""One locked broker and one locked Redis for a file's tests, and settings that come in by each of their doors."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from pydantic import SecretStr

from agents.settings import KafkaMechanism, Settings
from deploy.local.distribution import Distribution
from deploy.local.locked import Certificates, Doors, LockedKafka, LockedRedis
from deploy.local.ports import HOST
from deploy.local.stack import home
from streams.acls import Right, of_step
from streams.topology import Step
from tests.live.kafka import Kafka
from tests.live.security.grants import give, take
from tests.live.security.papers import Authority, Issuer

PARTITIONS = 2
USERS = ("identify", "score", "route", "mirror", "intake", "operator", "nobody")
PASSWORDS = {name: f"kafka-secret-of-{name}" for name in USERS}
REDIS_PASSWORD, TOKEN_SECRET = "redis-secret-of-ours", "token-secret-of-ours"


class Locked(Struct):
    """Whoever asks who is there."""

    kafka: LockedKafka
    redis: LockedRedis
    authority: Authority
    issuer: Issuer
    folder: Path


def redis_user(name: str, *rules: str) -> str:
    """A line of an ACL file."""
    return f"user {name} on >{REDIS_PASSWORD} resetkeys resetchannels -@all {' '.join(rules)}"


@pytest.fixture(scope="session")
def locked() -> Iterator[Locked]:
    """Servers, started once."""
    from agents.redis.acl import rules_of

    with tempfile.TemporaryDirectory(prefix="touchline-locked-") as scratch:
        folder = Path(scratch)
        authority, issuer = Authority(folder / "papers"), Issuer({"touchline-token": TOKEN_SECRET}).start()
        papers = Certificates(authority.ca, authority.sign("server"))
        kafka = LockedKafka(
            folder / "kafka", Distribution(home() / "kafka"), Doors(), papers, passwords=PASSWORDS,
            jwks_url=f"{issuer.url}/keys", audience=Issuer.AUDIENCE,
        )  # fmt: skip
        redis = LockedRedis(folder / "redis", papers, [redis_user("touchline", *rules_of("")), redis_user("bare")])
        try:
            for server in (redis, kafka):
                server.launch()
            for server in (redis, kafka):
                server.wait_open()
            yield Locked(kafka, redis, authority, issuer, folder)
        finally:
            kafka.kill()
            redis.kill()
            issuer.stop()


class World:
    """One test's view: its topics, its rights, and settings for each door."""

    def __init__(self, locked: Locked, prefix: str, data: Path) -> None:
        self.locked, self.prefix, self._data = locked, prefix, data
        self.owner = Settings(
            bootstrap=locked.kafka.address, redis=locked.redis.url, prefix=prefix, partitions=PARTITIONS, data_dir=data
        )
        self.kafka = Kafka(self.owner)

    def scram(self, user: str, **changes: object) -> Settings:
        """By password and TLS; Redis by TLS and its user, too."""
        given = self.owner.model_dump() | {
            "bootstrap": f"{HOST}:{self.locked.kafka.doors.scram}", "kafka_ca": self.locked.authority.ca,
            "kafka_user": user, "kafka_password": SecretStr(PASSWORDS.get(user, "none")),
        } | self.of_redis  # fmt: skip
        return Settings(**given | changes)

    def mutual(self, name: str, **changes: object) -> Settings:
        """By a certificate."""
        given = self.owner.model_dump() | {
            "bootstrap": f"{HOST}:{self.locked.kafka.doors.mutual}", "kafka_ca": self.locked.authority.ca,
            "kafka_cert": self.locked.authority.sign(name),
        } | self.of_redis  # fmt: skip
        return Settings(**given | changes)

    def token(self, **changes: object) -> Settings:
        """By a token."""
        given = self.owner.model_dump() | {
            "bootstrap": f"{HOST}:{self.locked.kafka.doors.token}", "kafka_ca": self.locked.authority.ca,
            "kafka_token_url": f"{self.locked.issuer.url}/token", "kafka_token_client": "touchline-token",
            "kafka_token_secret": SecretStr(TOKEN_SECRET), "kafka_mechanism": KafkaMechanism.OAUTHBEARER,
        } | self.of_redis  # fmt: skip
        return Settings(**given | changes)

    @property
    def of_redis(self) -> dict[str, object]:
        """By TLS, as a user with our rights."""
        return {
            "redis": self.locked.redis.tls_url, "redis_ca": self.locked.authority.ca, "redis_user": "touchline",
            "redis_password": SecretStr(REDIS_PASSWORD),
        }  # fmt: skip

    async def allow(self, step: Step, user: str = "", *more: Right) -> None:
        """Its rights as generated, and no others."""
        await self.give(user or step.name, *of_step(step, self.owner), *more)

    async def give(self, user: str, *rights: Right) -> None:
        """Exactly these."""
        await give(self.locked.kafka.address, f"User:{user}", rights)

    async def take(self, user: str, *rights: Right) -> None:
        """These, away."""
        await take(self.locked.kafka.address, f"User:{user}", rights)


@pytest.fixture
async def world(locked: Locked, prefix: str, tmp_path: Path) -> AsyncIterator[World]:
    """Names of its own."""
    made = World(locked, prefix, tmp_path / "data")
    yield made
    await made.kafka.close()
    await asyncio.sleep(0)
