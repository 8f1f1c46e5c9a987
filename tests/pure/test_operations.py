"""What operators read is so: every event of the logs has its line, and every command of the documents exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.pure.test_cli_help import LEAVES, parsed

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "deploy" / "docs").glob("*.md"))
OPERATIONS = (ROOT / "deploy" / "docs" / "operations.md").read_text()
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def events() -> dict[str, str]:
    """Every event that our code logs, with its level."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "agents").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "LOG"
                and node.func.attr in LEVELS
            ):
                event = node.args[0]
                assert isinstance(event, ast.Constant), f"{path}:{node.lineno}: an event is a plain text"
                found[str(event.value)] = node.func.attr
    return found


def commands(document: Path) -> list[str]:
    """Lines of its boxes that begin with our command, options of other programs after it cut off."""
    boxes = re.findall(r"```(?:sh|console)\n(.*?)```", document.read_text(), re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for box in boxes for line in box.splitlines()]
    return [re.split(r" \|\|? | && ", line.partition(" #")[0])[0] for line in lines if line.startswith("touchline ")]


def test_every_event_of_the_logs_is_in_the_table_with_its_level() -> None:
    told = dict(re.findall(r"^\| `([^`]+)` \| (info|warning|error|critical) \|", OPERATIONS, re.MULTILINE))

    assert events() == told


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_documents_speak_of_commands_that_exist(document: Path) -> None:
    assert [] == [line for line in commands(document) if parsed(line) not in LEAVES]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_what_documents_point_to_is_there(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()) if "://" not in link]

    assert [] == [link for link in links if not (document.parent / link).exists()]
