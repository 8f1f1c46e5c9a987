"""The one place that turns settings into what a Kafka client is made with."""

from functools import cache
from pathlib import Path
from typing import Any

from agents.security.tls import Renewed, context
from agents.security.tokens import Tokens
from agents.settings import KafkaMechanism, KafkaSecurity, Settings

PROTOCOLS = {
    KafkaSecurity.PLAINTEXT: "PLAINTEXT",
    KafkaSecurity.TLS: "SSL",
    KafkaSecurity.SASL_PLAINTEXT: "SASL_PLAINTEXT",
    KafkaSecurity.SASL_TLS: "SASL_SSL",
}
"""As clients call it."""


def secured(settings: Settings) -> dict[str, Any]:
    """How a client encrypts and says who it is. Raises `BadSecurity` for files that are of no use."""
    security = settings.kafka_speaks
    said: dict[str, Any] = {"security_protocol": PROTOCOLS[security]}
    if security in (KafkaSecurity.TLS, KafkaSecurity.SASL_TLS):
        said["ssl_context"] = _tls(settings)
    if security not in (KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_TLS):
        return said
    said["sasl_mechanism"] = settings.kafka_says_who.upper()
    if settings.kafka_says_who is KafkaMechanism.OAUTHBEARER:
        return said | {"sasl_oauth_token_provider": tokens(settings)}
    password = settings.kafka_password.get_secret_value()
    return said | {"sasl_plain_username": settings.kafka_user, "sasl_plain_password": password}


def kafka_client(settings: Settings) -> dict[str, Any]:
    """What every client of a cluster is made with: where it is, and how it is spoken to."""
    return {"bootstrap_servers": settings.bootstrap, **secured(settings)}


def tokens(settings: Settings) -> Tokens:
    """Where our access tokens come from."""
    return _tokens(
        settings.kafka_token_url, settings.kafka_token_client, settings.kafka_token_secret.get_secret_value(),
        settings.kafka_token_scope, settings.kafka_token_ca,
    )  # fmt: skip


@cache
def _tokens(url: str, client: str, secret: str, scope: str, ca: Path | None) -> Tokens:
    return Tokens(url, client, secret, scope, ca)


def _tls(settings: Settings) -> Renewed:
    return context(
        "TOUCHLINE_KAFKA", settings.kafka_ca, settings.kafka_cert, settings.kafka_key,
        settings.kafka_key_password.get_secret_value(), settings.kafka_check_hostname,
    )  # fmt: skip
