"""What an operator sets; where each value comes from is `agents/configuration`: command line, environment, file."""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

DEVELOPMENT_KEY = "touchline-development-key"
"""Hashes identities where no secret is set: `doctor` and every worker warn about it."""


class StoreKind(StrEnum):
    """Where a score worker keeps its leads."""

    MEMORY = "memory"
    ROCKSDB = "rocksdb"


class KafkaSecurity(StrEnum):
    """How brokers are spoken to."""

    PLAINTEXT = "plaintext"
    TLS = "tls"
    SASL_PLAINTEXT = "sasl_plaintext"
    SASL_TLS = "sasl_tls"

    @classmethod
    def _missing_(cls, value: object) -> "KafkaSecurity | None":
        """Kafka's own words: `SSL`, `SASL_SSL`."""
        plain = str(value).lower().replace("ssl", "tls")
        return next((one for one in cls if one.value == plain), None)


class KafkaMechanism(StrEnum):
    """How we say who we are to a broker that asks by SASL."""

    SCRAM_SHA_512 = "scram-sha-512"
    SCRAM_SHA_256 = "scram-sha-256"
    PLAIN = "plain"
    OAUTHBEARER = "oauthbearer"

    @classmethod
    def _missing_(cls, value: object) -> "KafkaMechanism | None":
        """As Kafka writes them, in capitals."""
        return next((one for one in cls if one.value == str(value).lower()), None)


class Settings(BaseModel):
    """Every field is a key of the settings file, and has an environment variable of its name: `TOUCHLINE_BOOTSTRAP`."""

    # The words under a field are its description in the file's schema, and in what is said of a wrong value.
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    bootstrap: str = "127.0.0.1:9092"
    """Kafka brokers, `host:port`, comma separated."""
    redis: str = "redis://127.0.0.1:6379/0"
    """Redis URL; `rediss://` is TLS."""
    kafka_security: KafkaSecurity | None = None
    """How brokers are spoken to; none: as the rest says. `sasl_tls` with a user or a token endpoint, `tls` with a CA or
    a certificate, else `plaintext`."""
    kafka_ca: Path | None = None
    """Certificates (PEM) that sign the brokers'; none: those this machine trusts."""
    kafka_cert: Path | None = None
    """Our own certificate (PEM), for brokers that ask for one; read anew when the file changes."""
    kafka_key: Path | None = None
    """Its private key (PEM); none: in the same file."""
    kafka_key_password: SecretStr = SecretStr("")
    """Opens an encrypted key."""
    kafka_check_hostname: bool = True
    """A broker's certificate must name the host we called."""
    kafka_mechanism: KafkaMechanism | None = None
    """SASL mechanism; none: `oauthbearer` with a token endpoint, else `scram-sha-512`."""
    kafka_user: str = ""
    """SASL user."""
    kafka_password: SecretStr = SecretStr("")
    """SASL password."""
    kafka_token_url: str = ""
    """OAuth 2.0 token endpoint, asked with client credentials."""
    kafka_token_client: str = ""
    """Client id for the token endpoint."""
    kafka_token_secret: SecretStr = SecretStr("")
    """Client secret for the token endpoint."""
    kafka_token_scope: str = ""
    """Scope asked for; empty: none."""
    kafka_token_ca: Path | None = None
    """Certificates (PEM) that sign the token endpoint's; none: those this machine trusts."""
    redis_user: str = ""
    """Redis ACL user; empty: the one of the URL, else Redis' default user."""
    redis_password: SecretStr = SecretStr("")
    """Redis password; empty: the one of the URL, if it has one."""
    redis_ca: Path | None = None
    """Certificates (PEM) that sign Redis'; none: those this machine trusts."""
    redis_cert: Path | None = None
    """Our own certificate (PEM), for a Redis that asks for one."""
    redis_key: Path | None = None
    """Its private key (PEM); none: in the same file."""
    redis_check_hostname: bool = True
    """Redis' certificate must name the host we called."""
    prefix: str = ""
    """Put before every topic, group and Redis key, for shared clusters: `acme.`"""
    generation: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{0,30})?$")
    """Of the log: a suffix on the names of its topics; empty: the first."""
    partitions: int = Field(default=24, ge=1)
    """Of the log; fixed for a generation of it."""
    input_partitions: int = Field(default=0, ge=0)
    """Of the input topics when we create them; 0: as the log."""
    replication: int = Field(default=0, ge=0)
    """Replicas of topics we create; 0: the broker's default."""
    model: Path | None = None
    """Scoring model; none: the preset."""
    identity_key: SecretStr = Field(default=SecretStr(DEVELOPMENT_KEY), min_length=1)
    """Keys the hash of personal identities. Keep it: with another key everybody is somebody new."""
    identity_policy: Path | None = None
    """Identity policy, a YAML file: which identities make two leads one; none: as in deploy/identity.yaml."""
    region: str = "KZ"
    """ISO 3166 country of phone numbers written without one."""
    keep_props: tuple[str, ...] = (
        "video", "article", "product", "plan", "form", "document", "button", "term", "content", "answered",
        "duration_s", "recording", "status",
    )  # fmt: skip
    """Touch properties that may reach the log."""
    routing: Path | None = None
    """Routing policy, a YAML file: who gets a ripe lead, and by when; none: one queue for all."""
    queue: str = "sales"
    """Where handoffs go without a routing policy."""
    respond_within_s: int = Field(default=1800, ge=1)
    """The promise without a routing policy: seconds from the touch to the first contact."""
    cards: bool = True
    """Publish score cards. Off saves their share of the score stage; on again, who was touched meanwhile gets one."""
    cards_every_s: float = Field(default=1.0, ge=0)
    """Seconds between two cards of a lead: the first change at once, then the latest state; 0: with every flush."""
    ledger: bool = True
    """Publish the ledger: every change of a score with its reason."""
    host: str = "127.0.0.1"
    """Address for metrics, health and intake."""
    port: int = Field(default=0, ge=0, le=65535)
    """Port of metrics and health (and of the intake); 0: the stage's usual one."""
    write_key: SecretStr = Field(default=SecretStr("touchline"), min_length=1)
    """Write key the intake asks for (Segment's Basic user name)."""
    ask_key: SecretStr = SecretStr("")
    """Key of `/v1/route/decide`, which tells of leads; empty: the write key, which websites may show to everybody."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Port of the intake's metrics, away from where the world sends; 0: they are shown beside its API."""
    requests_per_s: int = Field(default=2_000, ge=0)
    """Requests a second the intake takes from one address, twice as many at once; 0: it does not count them."""
    proxies: tuple[str, ...] = ()
    """Networks of our own proxies, `10.0.0.0/8`: the address they add to `X-Forwarded-For` is who asks the intake."""
    member: str = ""
    """Static group member id; empty: dynamic."""
    session_timeout_s: float = Field(default=10.0, gt=0)
    """Seconds after which a silent worker's partitions are given away."""
    stall_after_s: float = Field(default=120.0, gt=0)
    """Seconds without progress, while records wait and Kafka and Redis answer, after which a worker ends with 1."""
    group_records: int = Field(default=20_000, ge=1)
    """Most records in one flush."""
    store: StoreKind = StoreKind.MEMORY
    """Where a score worker keeps its leads: `memory`, or `rocksdb` under `data_dir` for more than memory holds."""
    store_cache_mb: int = Field(default=256, ge=8)
    """Memory of the `rocksdb` store, all partitions together: blocks, filters, write buffers."""
    watermark_every_s: float = Field(default=0.5, ge=0)
    """Seconds between two words of `identify` on every partition of the log about how far it has read; 0: it says
    nothing, and timers wait for their hold."""
    watermark_idle_every_s: float = Field(default=5.0, ge=0)
    """The same once nothing came in for a minute: timers of a quiet hour may be so late."""
    timer_hold_s: float = Field(default=30.0, ge=0)
    """Seconds a deadline waits for inputs not yet read past it, before it fires all the same, marked as degraded."""
    timers_at_once: int = Field(default=500, ge=1)
    """Most deadlines of one partition put on the log at a look; there are 20 looks a second."""
    model_leads_per_s: int = Field(default=1_000, ge=1)
    """After an activation: so many leads a second, to which nothing happens, a worker puts under the new model."""
    pace_ms: int = Field(default=5, ge=0)
    """Pause between polls, so that a flush gathers more than a trickle."""
    snapshot_to: Path | None = None
    """Folder for snapshots of the score table, taken by the score stage; none: it takes none."""
    snapshot_every_s: float = Field(default=21_600.0, gt=0)
    """Seconds between them."""
    data_dir: Path = Path(".touchline")
    """Local files of the stack and of stores."""

    @property
    def kafka_speaks(self) -> KafkaSecurity:
        """How brokers are spoken to, said or derived."""
        if self.kafka_security is not None:
            return self.kafka_security
        if self.kafka_user or self.kafka_token_url:
            return KafkaSecurity.SASL_TLS
        return KafkaSecurity.TLS if self.kafka_ca or self.kafka_cert else KafkaSecurity.PLAINTEXT

    @property
    def kafka_says_who(self) -> KafkaMechanism:
        """By which SASL mechanism, said or derived."""
        if self.kafka_mechanism is not None:
            return self.kafka_mechanism
        return KafkaMechanism.OAUTHBEARER if self.kafka_token_url else KafkaMechanism.SCRAM_SHA_512

    @field_validator("proxies")
    @classmethod
    def _networks(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        for network in said:
            try:
                ip_network(network)
            except ValueError:
                raise PydanticCustomError("network", "no network, such as 10.0.0.0/8 or fd00::/8") from None
        return said

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """What does not fit together would else be passed over in silence, with passwords in the clear."""
        speaks = self.kafka_speaks
        tls = speaks in (KafkaSecurity.TLS, KafkaSecurity.SASL_TLS)
        sasl = speaks in (KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_TLS)
        token = sasl and self.kafka_says_who is KafkaMechanism.OAUTHBEARER
        password = sasl and not token
        wrong = {
            f"kafka_security is {speaks}, and kafka_ca or kafka_cert is set": (self.kafka_ca or self.kafka_cert)
            and not tls,
            f"kafka_security is {speaks}, and kafka_user or kafka_token_url is set": (
                self.kafka_user or self.kafka_token_url
            )
            and not sasl,
            "kafka_key is set, and kafka_cert is not": self.kafka_key and not self.kafka_cert,
            f"{self.kafka_says_who} needs kafka_user and kafka_password": password
            and not (self.kafka_user and self.kafka_password.get_secret_value()),
            "oauthbearer needs kafka_token_url, kafka_token_client and kafka_token_secret": token
            and not (self.kafka_token_url and self.kafka_token_client and self.kafka_token_secret.get_secret_value()),
            "redis_ca or redis_cert is set, and redis is no rediss:// URL": (self.redis_ca or self.redis_cert)
            and not self.redis.startswith("rediss://"),
            "redis_key is set, and redis_cert is not": self.redis_key and not self.redis_cert,
            "redis_user is set, and redis_password is not": self.redis_user
            and not self.redis_password.get_secret_value(),
        }
        if told := "; ".join(what for what, holds in wrong.items() if holds):
            raise PydanticCustomError("unfit", "{told}", {"told": told})
        return self
