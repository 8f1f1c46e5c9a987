"""Option over environment over mounted file over service binding over settings file over default, for every field."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.configuration.fields import fields, is_path, is_secret, is_text, possible, shapes, variable
from agents.configuration.origins import BadSettings, Layer
from agents.configuration.reading import Reading, read_settings

SECRETS = [name for name in fields() if is_secret(name)]

BESIDE: dict[str, dict[str, str]] = {
    "kafka_key": {"TOUCHLINE_KAFKA_CERT": "/c"},
    "kafka_user": {"TOUCHLINE_KAFKA_PASSWORD": "p"},
    "kafka_token_url": {"TOUCHLINE_KAFKA_TOKEN_CLIENT": "c", "TOUCHLINE_KAFKA_TOKEN_SECRET": "s"},
    "redis_ca": {"TOUCHLINE_REDIS": "rediss://r"},
    "redis_cert": {"TOUCHLINE_REDIS": "rediss://r"},
    "redis_key": {"TOUCHLINE_REDIS": "rediss://r", "TOUCHLINE_REDIS_CERT": "/c"},
    "redis_user": {"TOUCHLINE_REDIS_PASSWORD": "p"},
}
"""What a setting is of no use without."""


def chosen(field: str, number: int) -> Any:
    """The number-th value of its kind that the field may have."""
    if possible(field):
        return possible(field)[number % 2]
    match sorted(shapes(field))[0]:
        case "boolean":
            return bool(number % 2)
        case "integer":
            return 10 + number
        case "number":
            return 10.5 + number
        case "array":
            return [f"10.{number}.0.0/16", "fd00::/8"] if field == "proxies" else [f"a{number}", "b"]
    return f"/p{number}" if is_path(field) else f"v{number}"


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def plain(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case tuple():
            return list(value)
    return value


def wrong(env: dict[str, str], options: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        read_settings(options, env=env)
    return [f"{one}. {one.remedy}" for one in refused.value.wrong]


@pytest.mark.parametrize("field", fields())
def test_every_setting_is_taken_from_the_most_particular_place(field: str, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(f"{field} = {json.dumps(chosen(field, 1))}\n")
    file.chmod(0o600)
    named = BESIDE.get(field, {}) | {"TOUCHLINE_CONFIG": str(file)}
    variables = named | {variable(field): text(chosen(field, 2))}
    readings: dict[Layer, Reading] = {
        Layer.DEFAULT: read_settings(env=named | {"TOUCHLINE_CONFIG": os.devnull}),
        Layer.FILE: read_settings(env=named),
        Layer.ENVIRONMENT: read_settings(env=variables),
        Layer.OPTION: read_settings({field: chosen(field, 3)}, env=variables),
    }

    assert [*readings] == [reading.origins[field].layer for reading in readings.values()]
    assert [chosen(field, number) for number in (1, 2, 3)] == [
        plain(getattr(reading.settings, field)) for reading in list(readings.values())[1:]
    ]


@pytest.mark.parametrize("field", SECRETS)
def test_every_secret_may_come_from_a_file_that_a_variable_names(field: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of our own\n")
    reading = read_settings(env={f"{variable(field)}_FILE": str(secret)})

    assert "of our own" == getattr(reading.settings, field).get_secret_value()
    assert (Layer.MOUNTED, f"{variable(field)}_FILE ({secret})") == (
        reading.origins[field].layer,
        reading.origins[field].where,
    )


def test_a_secret_file_that_gives_no_secret_is_told_without_what_is_in_it(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text("\n")
    binary.write_bytes(b"\xff")
    env = {"TOUCHLINE_IDENTITY_KEY_FILE": str(empty), "TOUCHLINE_WRITE_KEY_FILE": str(binary),
           "TOUCHLINE_ASK_KEY_FILE": str(tmp_path / "none")}  # fmt: skip

    assert [
        f"TOUCHLINE_IDENTITY_KEY_FILE names {empty}, which is empty",
        f"TOUCHLINE_WRITE_KEY_FILE names {binary}, which is not text",
        f"TOUCHLINE_ASK_KEY_FILE names {tmp_path}/none, which cannot be read: No such file or directory",
    ] == [one.partition(". Name a file that holds nothing but the value of ")[0] for one in wrong(env)]


def test_a_secret_said_twice_is_refused(tmp_path: Path) -> None:
    env = {"TOUCHLINE_ASK_KEY_FILE": str(tmp_path / "key"), "TOUCHLINE_ASK_KEY": "k"}

    assert ["TOUCHLINE_ASK_KEY_FILE is set, and so is TOUCHLINE_ASK_KEY. Say it once: unset one of the two."] == wrong(
        env
    )


def test_variables_that_are_no_settings_are_told_with_the_nearest_known() -> None:
    env = {"TOUCHLINE_PARTITION": "3", "TOUCHLINE_IDENTITYKEY": "k", "TOUCHLINE_XYZZY": "1", "OTHER": "1"}

    assert [
        "TOUCHLINE_PARTITION is no setting, and is passed over. Did you mean TOUCHLINE_PARTITIONS?",
        "TOUCHLINE_IDENTITYKEY is no setting, and is passed over. Did you mean TOUCHLINE_IDENTITY_KEY?",
        "TOUCHLINE_XYZZY is no setting, and is passed over. `touchline config show` lists all settings.",
    ] == [f"{one}. {one.remedy}" for one in read_settings(env=env).odd]


def test_what_kubernetes_says_of_a_service_named_like_us_is_no_setting() -> None:
    env = {
        "TOUCHLINE_SERVICE_HOST": "10.0.0.7", "TOUCHLINE_SERVICE_PORT": "6160", "TOUCHLINE_SERVICE_PORT_HTTP": "6160",
        "TOUCHLINE_PORT": "tcp://10.0.0.7:6160", "TOUCHLINE_PORT_6160_TCP": "tcp://10.0.0.7:6160",
        "TOUCHLINE_PORT_6160_TCP_ADDR": "10.0.0.7",
    }  # fmt: skip
    reading = read_settings(env=env)

    assert 0 == reading.settings.port
    assert ["TOUCHLINE_PORT"] == [one.where for one in reading.odd]


def test_an_empty_variable_says_something_only_where_text_may_be_empty() -> None:
    reading = read_settings(env={"TOUCHLINE_MODEL": "", "TOUCHLINE_PARTITIONS": "", "TOUCHLINE_PREFIX": ""})

    assert (None, 24, Layer.DEFAULT) == (
        reading.settings.model,
        reading.settings.partitions,
        reading.origins["model"].layer,
    )
    assert Layer.ENVIRONMENT == reading.origins["prefix"].layer
    assert ["TOUCHLINE_IDENTITY_KEY is '': it may not be empty"] == [
        one.partition(". ")[0] for one in wrong({"TOUCHLINE_IDENTITY_KEY": ""})
    ]


def test_lists_are_json_or_words_between_commas() -> None:
    assert ("a", "b") == read_settings(env={"TOUCHLINE_KEEP_PROPS": '["a","b"]'}).settings.keep_props
    assert ("a", "b") == read_settings(env={"TOUCHLINE_KEEP_PROPS": "a, b"}).settings.keep_props
    (told,) = wrong({"TOUCHLINE_KEEP_PROPS": "[a"})
    assert "TOUCHLINE_KEEP_PROPS is '[a', no list. Write a list as JSON" in told


def test_an_option_mends_a_variable_that_is_broken() -> None:
    assert 3 == read_settings({"partitions": 3}, env={"TOUCHLINE_PARTITIONS": "x"}).settings.partitions
    (told,) = wrong({"TOUCHLINE_PARTITIONS": "x"})
    assert "TOUCHLINE_PARTITIONS is 'x': a whole number is needed. partitions: Of the log; " in told


def test_no_wrong_value_of_a_secret_is_ever_told() -> None:
    options = dict.fromkeys(SECRETS, 4711)
    env = {"TOUCHLINE_REDIS": "redis://u:hush4711@h/0", "TOUCHLINE_PARTITIONS": "redis://u:hush4711@h/0"}
    told = " ".join(wrong(env, options))

    assert all(f"--{name.replace('_', '-')} is" in told for name in SECRETS)
    assert "4711" not in told


def test_texts_are_told_from_other_shapes() -> None:
    assert is_text("prefix")
    assert is_text("ask_key")
    assert not is_text("model")
    assert not is_text("partitions")


def test_settings_that_do_not_fit_together_are_told() -> None:
    (told,) = wrong({"TOUCHLINE_KAFKA_USER": "u"})

    assert told.startswith("the settings do not fit together: ")
    assert "kafka_password" in told
