"""The command line explains itself, and README.md speaks of commands that exist."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from agents.cli.main import CONFIG, app, config_first
from agents.cli.terminal import options
from agents.settings import DEVELOPMENT_KEY, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
READS = (
    "topics plan", "topics apply", "dead-letters ls", "handoffs tail", "lead show", "lead explain", "lead top",
    "model check", "doctor", "config show", "config check",
)  # fmt: skip


def commands(at: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command by its words, groups included."""
    node = typer.main.get_command(app) if at is None else at
    yield " ".join(path), node
    for name, child in getattr(node, "commands", {}).items():
        yield from commands(child, (*path, name))


COMMANDS = dict(commands())
LEAVES = {words: command for words, command in COMMANDS.items() if not hasattr(command, "commands")}
TOLD = [line.strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def told(program: str) -> list[str]:
    """Lines of README's shell blocks that begin with a program."""
    return [line for line in TOLD if line.split(" ")[0] == program]


def shell_words(line: str) -> list[str]:
    """A line's words up to where its output goes."""
    words = shlex.split(line, comments=True)
    return words[: words.index(">")] if ">" in words else words


def parsed(line: str) -> str:
    """The words of the command a line runs; a wrong word or option raises typer's usage error."""
    rest, words, node = config_first(shell_words(line)[1:]), [], COMMANDS[""]
    if rest[0] == CONFIG:
        rest = rest[2:]
    while hasattr(node, "commands"):
        node = node.commands[rest[0]]
        words.append(rest.pop(0))
    node.make_context(" ".join(words), rest)
    return " ".join(words)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_says_what_it_does(words: str) -> None:
    assert (COMMANDS[words].help or "").strip().endswith((".", ")"))


@pytest.mark.parametrize("words", LEAVES)
def test_every_option_says_what_it_is_for(words: str) -> None:
    silent = [p.name for p in LEAVES[words].params if p.param_type_name == "option" and not p.help]

    assert [] == silent


@pytest.mark.parametrize("words", READS)
def test_every_command_that_reads_can_print_json(words: str) -> None:
    assert "--json" in [name for parameter in LEAVES[words].params for name in parameter.opts]


def test_the_exit_codes_are_under_the_help_of_the_program() -> None:
    assert all(f"{code} " in COMMANDS[""].epilog for code in (0, 1, 2, 3))


@pytest.mark.parametrize("line", told("touchline"))
def test_readme_speaks_of_commands_that_exist(line: str) -> None:
    assert parsed(line) in LEAVES


def test_a_line_with_an_unknown_option_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed("touchline topics plan --replicas 3")


@pytest.mark.parametrize("line", told("make"))
def test_readme_speaks_of_targets_that_make_knows(line: str) -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert shlex.split(line, comments=True)[1] in targets


def default_told(name: str) -> str:
    """A setting's default as README writes it; a secret's and a list's are told in words."""
    match Settings.model_fields[name].default:
        case SecretStr() as secret if secret.get_secret_value() == DEVELOPMENT_KEY:
            return "a development key"
        case SecretStr() as secret:
            return secret.get_secret_value()
        case bool() as yes:
            return str(yes).lower()
        case ():
            return ""
        case tuple():
            return "see agents/settings.py"
        case None:
            return ""
        case value:
            return str(value)


def test_readme_has_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `TOUCHLINE_(\w+)` \|([^|]*)\|", README, re.MULTILINE)

    assert {name: default_told(name) for name in Settings.model_fields} == {
        name.lower(): default.replace("`", "").strip() for name, default in rows
    }


def test_the_help_of_an_option_names_the_default_in_force() -> None:
    helps = {
        parameter.name: parameter.help
        for command in LEAVES.values()
        for parameter in command.params
        if parameter.help and "TOUCHLINE_" in parameter.help and parameter.name in Settings.model_fields
    }
    wrong = [
        name
        for name, text in helps.items()
        if (value := Settings.model_fields[name].default) and f"default: {value})" not in text
    ]

    assert {"bootstrap", "redis", "prefix", "partitions"} <= set(helps)
    assert [] == wrong


def test_help_needs_neither_kafka_nor_redis_nor_settings() -> None:
    heavy = ("faust", "aiokafka", "redis", "pydantic", "aiohttp", "agents.settings")
    program = f"import sys, agents.cli.main; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=30)

    assert "[]\n" == ran.stdout


def test_a_setting_out_of_range_is_refused_with_the_option_that_said_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        options.settings_from(partitions=0)

    assert 2 == ended.value.exit_code
    assert "--partitions is 0" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("acls", "--format", "strimzi"), ("topics", "export")], ids=" ".join)
@pytest.mark.parametrize("said", ["My Cluster", "kafka\nx: y", "-kafka", "", "k" * 64])
def test_what_cannot_be_a_clusters_name_is_refused_before_it_is_in_a_manifest(words: Sequence[str], said: str) -> None:
    ended = CliRunner().invoke(app, [*words, "--cluster", said])

    assert (2, "") == (ended.exit_code, ended.stdout)
    assert f"--cluster is {said!r}" in ended.stderr


def test_the_command_line_wins_over_the_environment_and_it_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOUCHLINE_REDIS", raising=False)
    monkeypatch.setenv("TOUCHLINE_PREFIX", "env.")
    monkeypatch.setenv("TOUCHLINE_PARTITIONS", "7")
    settings = options.settings_from(prefix="line.", partitions=None, redis=None)

    assert ("line.", 7, "redis://127.0.0.1:6379/0") == (settings.prefix, settings.partitions, settings.redis)
