"""A service binding folder (servicebinding.io): Kafka and Redis as a platform hands them to a workload."""

from collections.abc import Callable, Mapping
from pathlib import Path

from agents.configuration.environment import Unreadable, secret_in
from agents.configuration.fields import fields
from agents.configuration.origins import Given, Layer, Origin, Wrong

ROOT = "SERVICE_BINDING_ROOT"
KAFKA, REDIS = "kafka", "redis"

Entries = Mapping[str, Path]
"""A binding's files by name."""

ADDRESSES = ("bootstrapServers", "bootstrap-servers", "bootstrap.servers")
"""How operators of Kafka name it; Strimzi's KafkaAccess writes all three."""


def read(environment: Mapping[str, str]) -> tuple[dict[str, Given], list[Wrong]]:
    """What bindings say, by field, and what of it cannot be used."""
    given: dict[str, Given] = {}
    wrong: list[Wrong] = []
    root = environment.get(ROOT)
    if not root:
        return given, wrong
    found: dict[str, list[Path]] = {}
    try:
        folders = sorted(one for one in Path(root).iterdir() if one.is_dir() and not one.name.startswith("."))
    except OSError as fault:
        remedy = f"Mount the bindings there, or unset {ROOT}."
        return given, [
            Wrong(where=ROOT, what=f" names {root}, which cannot be read: {fault.strerror or fault}", remedy=remedy)
        ]
    for folder in folders:
        kind = secret_in(folder / "type")
        if isinstance(kind, str):
            found.setdefault(kind.strip().lower(), []).append(folder)
    for kind, reader in ((KAFKA, _kafka), (REDIS, _redis)):
        match found.get(kind, []):
            case []:
                pass
            case [folder]:
                reader(folder, given, wrong)
            case several:
                told = ", ".join(one.name for one in several)
                remedy = (
                    f"Bind one, or name the address yourself: TOUCHLINE_{'BOOTSTRAP' if kind == KAFKA else 'REDIS'}."
                )
                wrong.append(Wrong(where=root, what=f" holds several bindings of type {kind}: {told}", remedy=remedy))
    return given, wrong


class Binding:
    """One folder, read entry by entry."""

    def __init__(self, folder: Path, given: dict[str, Given], wrong: list[Wrong]) -> None:
        self.folder = folder
        self._given = given
        self._wrong = wrong

    def has(self, *entries: str) -> str:
        """The first of the entries that is there; empty: none."""
        return next((entry for entry in entries if (self.folder / entry).is_file()), "")

    def text(self, entry: str) -> str:
        """What an entry says; empty where it is missing."""
        if not self.has(entry):
            return ""
        said = secret_in(self.folder / entry)
        if isinstance(said, Unreadable):
            remedy = "Look at the Secret behind this binding."
            self._wrong.append(Wrong(where=str(self.folder / entry), what=f" {said.why}", remedy=remedy))
            return ""
        return said.strip()

    def take(self, field: str, value: object, entry: str) -> None:
        """This entry is the value of that field, if there is such a field."""
        if field in fields() and value:
            self._given[field] = Given(value, Origin(Layer.BINDING, str(self.folder / entry)))


def _kafka(folder: Path, given: dict[str, Given], wrong: list[Wrong]) -> None:
    binding = Binding(folder, given, wrong)
    entry = binding.has(*ADDRESSES, "uri", "host")
    address = binding.text(entry) if entry else ""
    if entry == "host" and binding.has("port"):
        address = f"{address}:{binding.text('port')}"
    binding.take("bootstrap", address.rpartition("://")[2], entry)
    if not address:
        remedy = f"It needs one of {', '.join((*ADDRESSES, 'uri', 'host'))}."
        wrong.append(Wrong(where=str(folder), what=" is a binding of type kafka that names no broker", remedy=remedy))
    for field, (entries, shape) in KAFKA_ENTRIES.items():
        entry = binding.has(*entries)
        if entry:
            binding.take(field, shape(binding, entry), entry)


def _redis(folder: Path, given: dict[str, Given], wrong: list[Wrong]) -> None:
    binding = Binding(folder, given, wrong)
    if uri := binding.text("uri"):
        binding.take("redis", uri, "uri")
    elif host := binding.text("host"):
        secured = binding.text("ssl").lower() in ("true", "1", "yes") or binding.has(*CERTIFICATES)
        port, number = binding.text("port") or "6379", binding.text("database") or "0"
        binding.take("redis", f"{'rediss' if secured else 'redis'}://{host}:{port}/{number}", "host")
    else:
        remedy = "It needs an entry `uri`, or `host`."
        wrong.append(Wrong(where=str(folder), what=" is a binding of type redis that names no server", remedy=remedy))
    for field, (entries, shape) in REDIS_ENTRIES.items():
        entry = binding.has(*entries)
        if entry:
            binding.take(field, shape(binding, entry), entry)


Shape = Callable[[Binding, str], object]


def _text(binding: Binding, entry: str) -> object:
    return binding.text(entry)


def _path(binding: Binding, entry: str) -> object:
    return binding.folder / entry


def _lower(binding: Binding, entry: str) -> object:
    return binding.text(entry).lower().replace("ssl", "tls")


CERTIFICATES = ("ssl.truststore.crt", "ca.crt", "certificates")

KAFKA_ENTRIES: dict[str, tuple[tuple[str, ...], Shape]] = {
    "kafka_security": (("securityProtocol", "security.protocol", "security-protocol"), _lower),
    "kafka_mechanism": (("saslMechanism", "sasl.mechanism", "sasl-mechanism"), _lower),
    "kafka_user": (("username", "user"), _text),
    "kafka_password": (("password",), _text),
    "kafka_ca": (CERTIFICATES, _path),
    "kafka_cert": (("ssl.keystore.crt", "user.crt"), _path),
    "kafka_key": (("ssl.keystore.key", "user.key", "private-key"), _path),
}
"""Which entries are which of our fields, beside the address; certificates stay files, so that new ones are seen."""
REDIS_ENTRIES: dict[str, tuple[tuple[str, ...], Shape]] = {
    "redis_user": (("username",), _text),
    "redis_password": (("password",), _text),
    "redis_ca": (CERTIFICATES, _path),
    "redis_cert": (("tls.crt",), _path),
    "redis_key": (("tls.key", "private-key"), _path),
}
