"""`touchline config`: values with their origins, secrets never; and the `--config` that every command takes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agents.cli.main import config_first
from agents.configuration.fields import fields, is_secret, shown, variable, without_passwords
from agents.settings import Settings

TOUCHLINE = Path(sys.executable).with_name("touchline")
HUSH = "hush-4711"


def touchline(*words: str, cwd: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHLINE_")}
    return subprocess.run(
        [str(TOUCHLINE), *words],
        cwd=cwd,
        env=bare | {"NO_COLOR": "1"} | env,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_show_tells_every_setting_with_its_origin_and_no_secret(tmp_path: Path) -> None:
    secrets = {variable(name): HUSH for name in fields() if is_secret(name)}
    secret, file = tmp_path / "ask", tmp_path / "touchline.toml"
    secret.write_text(HUSH)
    del secrets["TOUCHLINE_ASK_KEY"]
    file.write_text(f'redis = "redis://u:{HUSH}@r:6379/0"\npartitions = 7\n')
    file.chmod(0o600)
    env = secrets | {"TOUCHLINE_ASK_KEY_FILE": str(secret), "TOUCHLINE_TYPO": HUSH, "TOUCHLINE_PREFIX": "acme."}
    ran = touchline("config", "show", "--json", "--port", "7000", cwd=tmp_path, **env)
    table = touchline("config", "show", "--port", "7000", cwd=tmp_path, **env)
    told: dict[str, Any] = {one["setting"]: one for one in json.loads(ran.stdout)["settings"]}

    assert (0, 0) == (ran.returncode, table.returncode)
    assert list(fields()) == list(told)
    assert HUSH not in ran.stdout + ran.stderr + table.stdout + table.stderr
    assert {
        "port": (7000, "--port"), "prefix": ("acme.", "TOUCHLINE_PREFIX"), "partitions": (7, "touchline.toml:2"),
        "redis": ("redis://u:********@r:6379/0", "touchline.toml:1"), "queue": ("sales", "default"),
        "ask_key": ("********", f"TOUCHLINE_ASK_KEY_FILE ({secret})"),
        "identity_key": ("********", "TOUCHLINE_IDENTITY_KEY"),
    } == {name: (told[name]["value"], told[name]["where"]) for name in
          ("port", "prefix", "partitions", "redis", "queue", "ask_key", "identity_key")}  # fmt: skip
    assert ["TOUCHLINE_TYPO"] == [line.split()[0] for line in json.loads(ran.stdout)["warnings"]]


def test_check_names_every_fault_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("partitons = 3\ncards = 1\n")
    ran = touchline("config", "check", "--config", "ours.toml", cwd=tmp_path)

    assert 2 == ran.returncode
    assert [
        "ours.toml:1: partitons is no setting",
        "ours.toml:2: cards is 1, a number where true or false is needed",
    ] == [
        line.partition("touchline: ")[2].removeprefix(f"{tmp_path}/")
        for line in ran.stderr.splitlines()
        if line.startswith("touchline: ")
    ]


def test_check_finds_files_that_are_not_there_and_variables_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "touchline.toml").write_text('model = "ours.yaml"\nsnapshot_to = "made-by-us"\n')
    ran = touchline("config", "check", cwd=tmp_path, TOUCHLINE_BOOTSTAP="k:9092")

    assert 1 == ran.returncode
    assert "model (touchline.toml:1) names ours.yaml, which is not there." in ran.stdout
    assert "Did you mean TOUCHLINE_BOOTSTRAP?" in ran.stderr
    assert "snapshot_to" not in ran.stdout


def test_a_check_of_nothing_finds_nothing(tmp_path: Path) -> None:
    ran = touchline("config", "check", "--json", cwd=tmp_path)

    assert (0, {"file": "", "set": 0, "warnings": []}) == (ran.returncode, json.loads(ran.stdout))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("run score --config x.toml --port 1", "--config x.toml run score --port 1"),
        ("run score --config=x.toml", "--config=x.toml run score"),
        ("--config x.toml run score", "--config x.toml run score"),
        ("touch send -- --config x", "touch send -- --config x"),
        ("doctor", "doctor"),
        ("doctor --config", "--config doctor"),
    ],
)
def test_config_may_stand_anywhere_on_the_line(said: str, read: str) -> None:
    assert read.split() == config_first(said.split())


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://u:p@h/0", "redis://u:********@h/0"),
        ("redis://:p@h/0", "redis://:********@h/0"),
        ("redis://u@h/0", "redis://u@h/0"),
        ("redis://u:p/w#x@h:1/0", "redis://********@h:1/0"),
        ("redis://u:p@w@h/0", "redis://u:********@h/0"),
        ("no connection to redis://u:p@h/0 now", "no connection to redis://u:********@h/0 now"),
        ("plain text", "plain text"),
    ],
)
def test_passwords_in_urls_are_masked(url: str, told: str) -> None:
    assert told == without_passwords(url)


def test_no_secret_of_the_settings_is_shown_whatever_its_type() -> None:
    settings = Settings.model_validate({name: HUSH for name in fields() if is_secret(name)})

    assert HUSH not in json.dumps([str(shown(name, value)) for name, value in settings])
    assert HUSH not in repr(settings)
