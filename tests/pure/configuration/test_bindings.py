"""Service bindings: Kafka and Redis as a platform mounts them."""

from pathlib import Path

import pytest

from agents.configuration.bindings import KAFKA_ENTRIES, REDIS_ENTRIES
from agents.configuration.fields import fields
from agents.configuration.origins import BadSettings, Layer
from agents.configuration.reading import Reading, read_settings

KAFKA_ACCESS = {
    "type": "kafka\n", "provider": "strimzi", "bootstrapServers": "k-1:9093,k-2:9093",
    "bootstrap.servers": "k-1:9093,k-2:9093", "bootstrap-servers": "k-1:9093,k-2:9093",
    "securityProtocol": "SASL_SSL", "saslMechanism": "SCRAM-SHA-512", "username": "touchline", "password": "hush-1\n",
    "ssl.truststore.crt": "-----BEGIN CERTIFICATE-----",
}  # fmt: skip
"""As Strimzi's KafkaAccess writes it."""
REDIS = {"type": "redis", "host": "r", "port": "6380", "username": "tl", "password": "hu/sh", "ssl": "true"}


def bound(root: Path, **bindings: dict[str, str]) -> Reading:
    """What is read with these bindings mounted."""
    for name, entries in bindings.items():
        folder = root / name
        folder.mkdir()
        (folder / "..data").mkdir()  # Kubernetes' own, beside the entries
        for entry, value in entries.items():
            (folder / entry).write_text(value)
    return read_settings(env={"SERVICE_BINDING_ROOT": str(root)})


def refused(root: Path, **bindings: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as told:
        bound(root, **bindings)
    return [str(one).replace(f"{root}", "ROOT") for one in told.value.wrong]


def test_a_cluster_as_strimzi_binds_it_needs_no_other_setting(tmp_path: Path) -> None:
    reading = bound(tmp_path, logs=KAFKA_ACCESS, other={"type": "postgresql", "host": "p"})
    found = reading.settings

    assert ("k-1:9093,k-2:9093", "sasl_tls", "scram-sha-512", "touchline", "hush-1") == (
        found.bootstrap, found.kafka_security, found.kafka_mechanism, found.kafka_user,
        found.kafka_password.get_secret_value(),
    )  # fmt: skip
    assert tmp_path / "logs/ssl.truststore.crt" == found.kafka_ca
    assert (Layer.BINDING, f"{tmp_path}/logs/password") == (
        reading.origins["kafka_password"].layer,
        reading.origins["kafka_password"].where,
    )


def test_a_client_certificate_is_taken_as_files(tmp_path: Path) -> None:
    entries = {"type": "kafka", "bootstrapServers": "k:9093", "securityProtocol": "SSL", "ssl.keystore.crt": "c",
               "ssl.keystore.key": "k"}  # fmt: skip
    found = bound(tmp_path, logs=entries).settings

    assert ("tls", tmp_path / "logs/ssl.keystore.crt", tmp_path / "logs/ssl.keystore.key") == (
        found.kafka_security,
        found.kafka_cert,
        found.kafka_key,
    )


def test_redis_is_put_together_from_its_entries_its_password_kept_out_of_the_url(tmp_path: Path) -> None:
    found = bound(tmp_path, cache=REDIS).settings

    assert ("rediss://r:6380/0", "tl", "hu/sh") == (
        found.redis,
        found.redis_user,
        found.redis_password.get_secret_value(),
    )


def test_a_uri_is_taken_as_it_is(tmp_path: Path) -> None:
    assert "redis://:p@r/3" == bound(tmp_path, cache={"type": "redis", "uri": "redis://:p@r/3"}).settings.redis


def test_a_binding_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    assert ["ROOT/a is a binding of type kafka that names no broker",
            "ROOT/b is a binding of type redis that names no server"] == refused(
        tmp_path, a={"type": "kafka"}, b={"type": "redis"}
    )  # fmt: skip


def test_two_bindings_of_one_type_are_told_by_name(tmp_path: Path) -> None:
    assert ["ROOT holds several bindings of type kafka: a, b"] == refused(tmp_path, a=KAFKA_ACCESS, b=KAFKA_ACCESS)


def test_a_root_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"SERVICE_BINDING_ROOT names .*/none, which cannot be read"):
        read_settings(env={"SERVICE_BINDING_ROOT": f"{tmp_path}/none"})


def test_a_variable_wins_over_a_binding(tmp_path: Path) -> None:
    bound(tmp_path, cache=REDIS)
    reading = read_settings(env={"SERVICE_BINDING_ROOT": str(tmp_path), "TOUCHLINE_REDIS": "redis://mine"})

    assert "redis://mine" == reading.settings.redis


def test_every_entry_is_meant_for_a_setting_that_there_is() -> None:
    assert [] == [name for name in (*KAFKA_ENTRIES, *REDIS_ENTRIES) if name not in fields()]
