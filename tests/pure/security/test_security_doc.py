"""What deploy/docs/security.md tells an operator to type exists, and its settings fit together."""

import re
from pathlib import Path

import pytest

from agents.security.kafka import PROTOCOLS
from agents.settings import KafkaMechanism, KafkaSecurity, Settings
from tests.pure.test_cli_help import LEAVES, parsed

DOC = (Path(__file__).parents[3] / "deploy" / "docs" / "security.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("touchline ")]


def exported(block: str) -> dict[str, str]:
    """Settings that a block sets, by field; a secret's file stands for the secret."""
    words = [
        word for line in block.splitlines() if line.startswith("export ") for word in line.split("#")[0].split()[1:]
    ]
    pairs = (word.removeprefix("TOUCHLINE_").split("=", 1) for word in words)
    return {name.lower().removesuffix("_file"): value for name, value in pairs}


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_exist(line: str) -> None:
    assert parsed(line) in LEAVES


@pytest.mark.parametrize(
    ("first", "speaks"),
    [
        ("KAFKA_SECURITY=tls", KafkaSecurity.TLS), ("KAFKA_CERT", KafkaSecurity.TLS),
        ("KAFKA_USER", KafkaSecurity.SASL_TLS), ("KAFKA_TOKEN_URL", KafkaSecurity.SASL_TLS),
        ("REDIS_USER", KafkaSecurity.PLAINTEXT),
    ],
)  # fmt: skip
def test_what_it_exports_are_settings_that_fit_together(first: str, speaks: KafkaSecurity) -> None:
    (block,) = [block for block in BLOCKS if first in block and "export" in block]
    said = exported(block)

    assert set() == set(said) - set(Settings.model_fields)
    assert speaks is Settings.model_validate(said).kafka_speaks


def test_every_word_of_how_brokers_are_spoken_to_is_known_to_clients() -> None:
    assert set(KafkaSecurity) == set(PROTOCOLS)


def test_a_token_endpoint_means_oauthbearer_and_a_user_scram() -> None:
    token = {"kafka_token_url": "https://x", "kafka_token_client": "a", "kafka_token_secret": "b"}

    assert KafkaMechanism.OAUTHBEARER is Settings.model_validate(token).kafka_says_who
    user = {"kafka_user": "u", "kafka_password": "p"}
    assert KafkaMechanism.SCRAM_SHA_512 is Settings.model_validate(user).kafka_says_who


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kafka_security": "plaintext", "kafka_ca": "ca.pem"}, "kafka_security is plaintext, and kafka_ca"),
        ({"kafka_security": "tls", "kafka_user": "u", "kafka_password": "p"}, "kafka_security is tls, and kafka_user"),
        ({"kafka_user": "u"}, "needs kafka_user and kafka_password"),
        ({"kafka_security": "sasl_tls"}, "needs kafka_user and kafka_password"),
        ({"kafka_key": "k.pem"}, "kafka_key is set, and kafka_cert is not"),
        ({"kafka_token_url": "https://x"}, "oauthbearer needs"),
        ({"redis_ca": "ca.pem"}, "redis is no rediss:// URL"),
        ({"redis_user": "u"}, "redis_user is set, and redis_password is not"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(said: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Settings.model_validate(said)


@pytest.mark.parametrize("word", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL", "sasl_ssl", "sasl_tls"])
def test_kafkas_own_words_are_understood(word: str) -> None:
    wanted = PROTOCOLS[KafkaSecurity(word)]
    said = {"kafka_security": word, "kafka_mechanism": "SCRAM-SHA-256"}
    said |= {"kafka_user": "u", "kafka_password": "p"} if "SASL" in wanted else {}

    assert word.upper().replace("TLS", "SSL") == wanted
    assert PROTOCOLS[Settings.model_validate(said).kafka_speaks] == wanted
