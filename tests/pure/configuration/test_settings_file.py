"""The settings file: what may stand in it, and how each fault is told."""

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest

from agents.configuration.fields import fields, is_secret, meaning
from agents.configuration.file_schema import example, file_schema
from agents.configuration.origins import BadSettings, Layer, Origin
from agents.configuration.reading import Reading, read_settings
from agents.settings import Settings, StoreKind

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a settings file that others may not read."""

    def written(text: str) -> Path:
        path = tmp_path / "touchline.toml"
        path.write_text(text)
        path.chmod(0o600)
        return path

    return written


def reading(path: Path, **env: str) -> Reading:
    return read_settings(env={"TOUCHLINE_CONFIG": str(path)} | env)


def faults(path: Path, **env: str) -> list[tuple[str, str]]:
    """All that is wrong, each without the file's folder, and with its remedy."""
    with pytest.raises(BadSettings) as refused:
        reading(path, **env)
    return [(str(one).replace(f"{path.parent}/", ""), one.remedy) for one in refused.value.wrong]


def test_a_file_sets_what_it_names_and_nothing_else(write: Write) -> None:
    path = write('partitions = 12\nstore = "rocksdb"\ncards = false\nkeep_props = ["video"]\npace_ms = 3\n')

    assert Settings(
        partitions=12, store=StoreKind.ROCKSDB, cards=False, keep_props=("video",), pace_ms=3
    ) == reading(path).settings  # fmt: skip


def test_each_value_has_its_line_as_its_origin(write: Write) -> None:
    path = write('# the log\npartitions = 12\n\n"prefix" = "acme."\n')
    origins = reading(path).origins

    assert Origin(Layer.FILE, f"{path}:2") == origins["partitions"]
    assert Origin(Layer.FILE, f"{path}:4") == origins["prefix"]
    assert Origin(Layer.DEFAULT, "default") == origins["redis"]


def test_everything_wrong_is_told_at_once_with_line_and_remedy(write: Write) -> None:
    path = write(
        'partitons = 12\nnonsense = 1\npartitions = "24"\ncards = 1\ngroup_records = true\n\n[redis]\nurl = "redis://r"\n'
    )

    assert [
        ("touchline.toml:1: partitons is no setting", "Did you mean partitions?"),
        ("touchline.toml:2: nonsense is no setting", "`touchline config show` lists all settings."),
        (
            "touchline.toml:3: partitions is '24', text where a whole number is needed",
            "Of the log; fixed for a generation of it.",
        ),
        (
            "touchline.toml:4: cards is 1, a number where true or false is needed",
            meaning("cards"),
        ),
        (
            "touchline.toml:5: group_records is True, true or false where a whole number is needed",
            "Most records in one flush.",
        ),
    ] == faults(path)[:5]
    assert "touchline.toml:7: redis is " in faults(path)[5][0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("port = 70000", "touchline.toml:1: port is 70000: at most 65535 is possible"),
        ("partitions = 0", "touchline.toml:1: partitions is 0: at least 1 is needed"),
        ("session_timeout_s = 0", "touchline.toml:1: session_timeout_s is 0: more than 0.0 is needed"),
        ('store = "disk"', "touchline.toml:1: store is 'disk': one of 'memory', 'rocksdb' is needed"),
        ('generation = "G 2"', "touchline.toml:1: generation is 'G 2': it must match ^([a-z0-9][a-z0-9-]{0,30})?$"),
        ('write_key = ""', "touchline.toml:1: write_key is '': it may not be empty"),
    ],
)
def test_a_value_out_of_its_range_is_told_with_the_range(write: Write, line: str, told: str) -> None:
    assert [told] == [what for what, _ in faults(write(line))]


def test_what_is_no_toml_is_told_with_its_line(write: Write) -> None:
    ((what, remedy),) = faults(write("partitions = 3\nprefix: acme\n"))

    assert "touchline.toml:2: cannot be read as TOML: Expected '=' after a key in a key/value pair" == what
    assert "This is TOML, not YAML: write `prefix = ...`" == remedy


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path, write: Write) -> None:
    path = write("")
    path.write_bytes(b"\xff\xfe")

    assert "touchline.toml is not text in UTF-8" == faults(path)[0][0]
    assert "nowhere.toml cannot be read: No such file or directory" == faults(tmp_path / "nowhere.toml")[0][0]


@pytest.mark.parametrize("line", ['identity_key = "k"', 'redis = "redis://u:hush@h/0"', 'kafka_password = "hush"'])
def test_a_secret_in_a_file_that_everybody_may_read_is_refused(write: Write, line: str) -> None:
    path = write(line)
    assert [] == reading(path).odd
    path.chmod(0o644)
    ((what, remedy),) = faults(path)

    assert f"touchline.toml:1: {line.split()[0]} is a secret, and everybody on this machine may read the file" == what
    assert f"chmod o-r {path}" in remedy
    assert "hush" not in what + remedy


def test_a_file_without_secrets_may_be_read_by_everybody(write: Write) -> None:
    path = write('redis = "redis://h/0"\npartitions = 2\n')
    path.chmod(0o644)

    assert 2 == reading(path).settings.partitions


def test_paths_are_meant_from_the_folder_of_the_file(write: Write, tmp_path: Path) -> None:
    path = write('model = "models/our.yaml"\ndata_dir = "/var/lib/touchline"\n')

    assert tmp_path / "models/our.yaml" == reading(path).settings.model
    assert Path("/var/lib/touchline") == reading(path).settings.data_dir


def test_a_file_in_the_working_directory_is_found_unless_another_is_named(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("partitions = 5\n")
    monkeypatch.chdir(tmp_path)

    assert 5 == read_settings(env={}).settings.partitions
    assert Path("touchline.toml") == read_settings(env={}).file
    assert 24 == read_settings(env={"TOUCHLINE_CONFIG": os.devnull}).settings.partitions


def test_the_schema_takes_and_refuses_what_the_reader_takes_and_refuses() -> None:
    takes = jsonschema_rs.validator_for(file_schema())

    assert takes.is_valid({"partitions": 3, "store": "rocksdb", "model": "m.yaml", "cards": True})
    for wrong in ({"partitons": 3}, {"partitions": "3"}, {"partitions": 0}, {"store": "disk"}, {"model": None}):
        assert not takes.is_valid(wrong)


def test_every_setting_is_in_the_schema_with_its_meaning_and_no_secret() -> None:
    properties = file_schema()["properties"]

    assert list(fields()) == list(properties)
    assert [] == [name for name, said in properties.items() if not said["description"].endswith(")")]
    assert [] == [name for name in fields() if is_secret(name) and "default" in properties[name]]
    assert "development-key" not in json.dumps(file_schema())


def test_the_example_lists_every_setting_and_is_a_settings_file(write: Write) -> None:
    text = example()
    written = [line[1:] for line in text.splitlines() if line.startswith("#") and line[1] != " "]
    keys = [line.split(" = ")[0] for line in written]
    lived = "\n".join(line for line in written if '""' not in line)

    assert list(fields()) == keys
    assert tomllib.loads(lived)
    assert {} == tomllib.loads(text)
