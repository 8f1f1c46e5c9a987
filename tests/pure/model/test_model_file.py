"""The file of a model: found, read, or refused in words."""

from pathlib import Path

import pytest

from agents.model_file import PRESET, BadModel, load_model
from agents.settings import Settings
from streams.model import model_digest
from tests.pure.model import documents

SETTINGS = Settings()


def test_without_a_name_it_is_the_preset() -> None:
    text, model = load_model(None, SETTINGS)

    assert text == documents.PRESET
    assert model_digest(model) == model_digest(documents.read(documents.PRESET))


def test_a_named_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(documents.M0, encoding="utf-8")

    assert load_model(path, SETTINGS) == (documents.M0, documents.read(documents.M0))


def test_a_broken_file_is_refused_with_every_finding(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("model: b2b\nversion: 1\nengagement: {rules: {a: {when: visit, points: x}}}\n")

    with pytest.raises(BadModel) as refused:
        load_model(path, SETTINGS)

    assert str(refused.value) == (
        f"{path}:3:47  a number expected  [T101]\n"
        "    3 | engagement: {rules: {a: {when: visit, points: x}}}\n"
        "      |                                               ^ this is the text 'x'.\n"
        "      Write digits only, such as 20 or 2.5, without spaces, commas or units.\n"
        "\n"
        "1 error.\n"
    )


def test_a_rule_may_count_once_per_kept_property_only(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(documents.M1)

    with pytest.raises(BadModel, match=r"`video` is not among the properties that are kept"):
        load_model(path, Settings(keep_props=("document",)))


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, f": no such file. Name another one, or none for the preset {PRESET.name}."),
     (b"model: \xff", ": not UTF-8 at byte 7. Save the file as UTF-8.")],
    ids=["missing", "not UTF-8"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(BadModel) as refused:
        load_model(path, SETTINGS)

    assert str(refused.value) == f"{path}{told}"


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"Is a directory\. Name a file that can be read\."):
        load_model(tmp_path, SETTINGS)
