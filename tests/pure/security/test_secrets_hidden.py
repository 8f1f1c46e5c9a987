"""No secret is shown: by commands, by a worker that waits or is refused, or by the list of processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.settings import Settings

TOUCHLINE = Path(sys.executable).with_name("touchline")
FIELDS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
SECRETS = {f"TOUCHLINE_{name.upper()}": f"hush-{name.replace('_', '-')}" for name in FIELDS}
PLACES = {
    "TOUCHLINE_BOOTSTRAP": "127.0.0.1:1", "TOUCHLINE_KAFKA_USER": "us", "TOUCHLINE_KAFKA_MECHANISM": "scram-sha-256",
    "TOUCHLINE_REDIS": "redis://us:hush-in-the-url@127.0.0.1:1/0?password=hush-in-the-query",
}  # fmt: skip
COMMANDS = {
    "config show": "TOUCHLINE_REDIS",
    "doctor": "no broker answers",
    "lead top": "no Redis answers at redis://127.0.0.1:1/0",
}
"""A command, and what it says all the same."""


def environment(**more: str) -> dict[str, str]:
    """Every secret there is, and nobody at home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHLINE_")}
    return kept | SECRETS | PLACES | more | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def test_there_are_secrets_to_hide() -> None:
    wanted = {
        "kafka_password",
        "kafka_key_password",
        "kafka_token_secret",
        "redis_password",
        "write_key",
        "identity_key",
    }
    assert wanted <= set(FIELDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_shows_no_secret(words: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [str(TOUCHLINE), *words.split()], capture_output=True, text=True, env=environment(), cwd=tmp_path, timeout=60
    )

    assert COMMANDS[words] in ran.stdout + ran.stderr
    assert "hush" not in ran.stdout + ran.stderr


def test_a_worker_that_waits_and_one_that_is_refused_show_no_secret(tmp_path: Path) -> None:
    refused = environment(TOUCHLINE_KAFKA_CERT=str(tmp_path / "none.pem"))
    ended = subprocess.run(
        [str(TOUCHLINE), "run", "mirror"], capture_output=True, text=True, env=refused, cwd=tmp_path, timeout=60
    )
    assert 2 == ended.returncode, ended.stdout + ended.stderr
    assert "TOUCHLINE_KAFKA_CERT" in ended.stdout + ended.stderr
    assert "hush" not in ended.stdout + ended.stderr

    log = tmp_path / "log"
    with log.open("w") as out:
        waits = subprocess.Popen(
            [str(TOUCHLINE), "run", "mirror"], stdout=out, stderr=out, env=environment(), cwd=tmp_path
        )
    try:
        until_s = time.monotonic() + 30
        while "waiting for Kafka" not in log.read_text() and time.monotonic() < until_s:
            assert waits.poll() is None, log.read_text()
        called = Path(f"/proc/{waits.pid}/cmdline").read_text()
    finally:
        waits.kill()
        waits.wait()
    assert "waiting for Kafka" in log.read_text()
    assert "hush" not in log.read_text() + called
