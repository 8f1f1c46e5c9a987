"""Our user in Redis may run what our scripts and stages run, and nothing else; the names are ours alone."""

import re
from pathlib import Path

from agents.redis.acl import COMMANDS, CONNECTION, SCRIPTS, set_user

AGENTS = Path(__file__).parents[3] / "agents"
IN_LUA = re.compile(r"redis\.p?call\(\s*'(\w+)'")
IN_PYTHON = re.compile(r"\b(?:_?redis|pipeline|client)\s*\.(\w+)\(")
OTHERWISE: dict[str, tuple[str, ...]] = {
    "register_script": ("evalsha", "script|load"), "scan_iter": ("scan",), "delete": ("del",),
    "execute": ("multi", "exec"),
} | dict.fromkeys(
    (
        "aclose", "pipeline", "from_url", "get_retry", "startswith", "rpartition", "describe_topics", "delete_topics",
        "list_consumer_groups", "describe_consumer_groups", "list_consumer_group_offsets", "describe_cluster",
    ), (),
)  # fmt: skip
"""What redis-py calls otherwise than Redis, and what is asked of Kafka in the same files."""
NOT_REDIS = ("security", "configuration", "topics", "cli", "rebuild", "snapshots", "canary")
"""Folders where another client is called `client`."""


def in_lua() -> set[str]:
    return {name.lower() for path in AGENTS.rglob("*.lua") for name in IN_LUA.findall(path.read_text())}


def in_python() -> set[str]:
    texts = [p.read_text() for p in AGENTS.rglob("*.py") if p.relative_to(AGENTS).parts[0] not in NOT_REDIS]
    texts = [text for text in texts if "redis" in text]
    called = {name for text in texts for name in IN_PYTHON.findall(text)}
    return {one for name in called for one in OTHERWISE.get(name, (name,))}


def test_every_command_of_a_script_is_on_the_list() -> None:
    assert set() == in_lua() - set(COMMANDS)


def test_every_command_of_a_stage_is_on_the_list() -> None:
    assert set() == in_python() - set(COMMANDS)


def test_no_command_is_on_the_list_that_nobody_runs() -> None:
    assert set() == set(COMMANDS) - in_lua() - in_python() - {*CONNECTION, *SCRIPTS}


def test_nothing_on_the_list_reaches_names_of_others_or_the_server() -> None:
    dangerous = {"keys", "flushall", "flushdb", "config", "acl", "shutdown", "debug", "monitor", "replicaof", "migrate"}

    assert set() == set(COMMANDS) & dangerous


def test_the_user_has_our_names_with_our_prefix_and_begins_with_nothing() -> None:
    said = set_user("touchline", "acme.").split()

    assert ["ACL", "SETUSER", "touchline", "on", ">PASSWORD", "resetkeys", "resetchannels", "-@all"] == said[:8]
    assert ["~touchline:acme.*"] == [word for word in said if word.startswith("~")]
    assert {*COMMANDS} == {word[1:] for word in said if word.startswith("+")}
