"""Rights as others write them: commands of Kafka's own tool, and Strimzi's KafkaUser."""

import json
import shlex
from collections.abc import Iterable, Sequence

from msgspec import Struct

from streams.acls.rights import Operation, Right


class Holder(Struct, frozen=True):
    """Somebody with rights."""

    name: str
    """What it is: `identify`, `lead erase`, `operator`."""
    principal: str
    """As the broker knows it: `User:touchline-identify`, `User:CN=touchline-identify`."""
    rights: tuple[Right, ...]


def alike(rights: Iterable[Right]) -> list[tuple[Right, list[str]]]:
    """The first of those with the same operations on the same kind of resource, and the names of all of them."""
    found: dict[tuple[str, tuple[Operation, ...]], tuple[Right, list[str]]] = {}
    for right in rights:
        found.setdefault((right.resource, right.operations), (right, []))[1].append(right.name)
    return list(found.values())


def given(right: Right, names: Iterable[str], principal: str, bootstrap: str) -> str:
    """The command of Kafka's own tool that gives this right on all of the names."""
    return shlex.join(
        [
            "kafka-acls.sh", "--bootstrap-server", bootstrap, "--add", "--allow-principal", principal,
            *(word for one in right.operations for word in ("--operation", one.value)),
            *(word for name in names for word in (f"--{right.resource}", name)),
        ]
    )  # fmt: skip


def kafka_acls(holder: Holder, bootstrap: str) -> list[str]:
    """Commands that give all of the rights."""
    return [given(right, names, holder.principal, bootstrap) for right, names in alike(holder.rights)]


def strimzi(holder: Holder, cluster: str = "kafka", authentication: str = "scram-sha-512") -> dict[str, object]:
    """A `KafkaUser`; Strimzi's cluster must authorise by `simple`."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {
            "name": holder.principal.removeprefix("User:").removeprefix("CN="),
            "labels": {"strimzi.io/cluster": cluster},
        },
        "spec": {
            "authentication": {"type": authentication},
            "authorization": {"type": "simple", "acls": [_entry(right) for right in holder.rights]},
        },
    }


def _entry(right: Right) -> dict[str, object]:
    return {
        "resource": {"type": right.resource.value, "name": right.name, "patternType": "literal"},
        "operations": [operation.value for operation in right.operations],
        "host": "*",
    }


def yaml_of(documents: Sequence[object]) -> str:
    """YAML documents; what is in them is texts, lists and maps."""
    return "".join(f"---\n{chr(10).join(_lines(document))}\n" for document in documents)


def _lines(value: object) -> Iterable[str]:
    match value:
        case dict():
            for key, held in value.items():
                if isinstance(held, dict | list) and held:
                    yield f"{key}:"
                    yield from (f"  {line}" for line in _lines(held))
                else:
                    yield f"{key}: {json.dumps(held)}"
        case list():
            for held in value:
                first, *rest = _lines(held)
                yield f"- {first}"
                yield from (f"  {line}" for line in rest)
        case _:
            yield json.dumps(value)
