"""The exported AsyncAPI document: valid by the official schema, and true of the topology."""

import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
from ruamel.yaml import YAML

from agents.cli.schema import PACKAGED
from streams.topology import INTAKE, TOPICS, TOPOLOGY

OFFICIAL = json.loads((Path(__file__).parent / "asyncapi" / "3.1.0.json").read_bytes())


def document() -> dict[str, Any]:
    return YAML(typ="safe").load((PACKAGED / "asyncapi.yaml").read_bytes())


def test_the_asyncapi_document_is_valid_by_the_official_schema() -> None:
    assert [] == [error.message for error in jsonschema_rs.validator_for(OFFICIAL).iter_errors(document())]


def test_the_official_schema_refuses_a_broken_document() -> None:
    broken = document()
    broken["operations"]["score.reads.lead.events"]["action"] = "listen"

    assert not jsonschema_rs.validator_for(OFFICIAL).is_valid(broken)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    text = json.dumps(document())
    whole = document()

    for reference in re.findall(r'"\$ref": "([^"]+)"', text):
        if reference.startswith("./"):
            assert (PACKAGED / reference).is_file(), reference
            continue
        node = whole
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


def test_the_asyncapi_document_names_every_topic_and_every_operation_of_the_topology() -> None:
    operations = {
        *(f"{step.name}.reads.{topic.name}" for step in TOPOLOGY for topic in step.reads),
        *(f"{step.name}.writes.{topic.name}" for step in (INTAKE, *TOPOLOGY) for topic in step.says),
        "score.writes.lead.state",
        "score.restores.lead.state",
    }

    assert {topic.name for topic in TOPICS} == set(document()["channels"])
    assert operations == set(document()["operations"])


def test_the_kafka_bindings_say_how_a_topic_is_kept() -> None:
    kafka = document()["channels"]["lead.state"]["bindings"]["kafka"]

    assert 24 == kafka["partitions"]
    assert ["compact"] == kafka["topicConfiguration"]["cleanup.policy"]
    assert "retention.ms" not in kafka["topicConfiguration"]
    handoffs = document()["channels"]["handoffs"]["bindings"]["kafka"]
    assert 30 * 86_400_000 == handoffs["topicConfiguration"]["retention.ms"]


def test_the_asyncapi_file_is_yaml_that_reads_back_as_it_was_written() -> None:
    out = io.StringIO()
    YAML().dump(document(), out)

    assert document() == YAML(typ="safe").load(out.getvalue())
