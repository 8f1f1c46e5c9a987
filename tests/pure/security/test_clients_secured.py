"""No client of Kafka or Redis is made without what the settings say of TLS and of who we are."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "agents").rglob("*.py"))
CLIENTS = {
    "AIOKafkaConsumer": "kafka_client", "AIOKafkaProducer": "kafka_client", "AIOKafkaAdminClient": "kafka_client",
    "AIOKafkaClient": "kafka_client", "AIOKafkaConnection": "security", "create_conn": ("security", "says"),
    "from_url": "redis_client", "Redis": "redis_client", "StrictRedis": "redis_client",
}  # fmt: skip
"""What makes a client, and the name of what it must be given whole."""


def made(source: str) -> Iterator[tuple[str, int, bool]]:
    """(client, line, is it given what the settings say) of each client that a text makes."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name in CLIENTS:
            wanted = CLIENTS[name]
            whole = [keyword.value for keyword in node.keywords if keyword.arg is None]
            names = {one.id for value in whole for one in ast.walk(value) if isinstance(one, ast.Name)}
            yield name, node.lineno, bool(names & {*([wanted] if isinstance(wanted, str) else wanted)})


def test_no_client_is_made_without_the_settings_of_security() -> None:
    found = [(path, *one) for path in FILES for one in made(path.read_text())]

    assert [] == [f"{path}:{line} {name}" for path, name, line, secured in found if not secured]
    kinds = {name for _, name, _, _ in found}
    assert {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "AIOKafkaConnection", "from_url"} <= kinds


def test_the_look_finds_a_client_that_is_made_without() -> None:
    careless = "AIOKafkaConsumer(bootstrap_servers=settings.bootstrap)\naiokafka.AIOKafkaProducer()\nRedis.from_url(u)"

    assert [("AIOKafkaConsumer", False), ("AIOKafkaProducer", False), ("from_url", False)] == [
        (name, secured) for name, _, secured in made(careless)
    ]


def test_faust_is_told_as_well() -> None:
    assert "broker_credentials=credentials(settings)" in (ROOT / "agents" / "app.py").read_text()


def test_connections_of_asyncio_are_opened_in_known_places_alone() -> None:
    opened = {
        str(path.relative_to(ROOT))
        for path in FILES
        if any(word in path.read_text() for word in ("create_connection(", "open_connection("))
    }

    assert {"agents/table/fetch_line.py", "agents/checkup/broker.py"} == opened
