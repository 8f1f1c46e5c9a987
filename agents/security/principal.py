"""Who we are to the broker, as its rights name us."""

import ssl
from pathlib import Path
from typing import Any

from agents.security.kafka import tokens
from agents.settings import KafkaMechanism, KafkaSecurity, Settings

NOBODY = "User:ANONYMOUS"
SHORT = {
    "commonName": "CN", "countryName": "C", "localityName": "L", "stateOrProvinceName": "ST", "organizationName": "O",
    "organizationalUnitName": "OU", "streetAddress": "STREET", "domainComponent": "DC", "userId": "UID",
}  # fmt: skip
"""Names as RFC 2253 writes them, which Kafka does."""


def principal_of(settings: Settings) -> str:
    """As far as a client can know: a broker may have rules of its own that give other names."""
    match settings.kafka_speaks:
        case KafkaSecurity.PLAINTEXT:
            return NOBODY
        case KafkaSecurity.TLS:
            return NOBODY if settings.kafka_cert is None else f"User:{_subject(settings.kafka_cert)}"
    if settings.kafka_says_who is KafkaMechanism.OAUTHBEARER:
        return f"User:{tokens(settings).subject or settings.kafka_token_client}"
    return f"User:{settings.kafka_user}"


def _subject(cert: Path) -> str:
    # Python reads certificates for nobody but itself, in a function it does not show.
    read = getattr(getattr(ssl, "_ssl", None), "_test_decode_cert", None)
    if read is None:
        return f"CN=<the subject of {cert}>"
    said: dict[str, Any] = read(str(cert))
    return ",".join(f"{SHORT.get(name, name)}={value}" for part in reversed(said["subject"]) for name, value in part)
