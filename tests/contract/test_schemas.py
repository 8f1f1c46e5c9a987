"""The exported contracts: fresh, valid by the official specifications, and true of every recorded message."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from agents.cli.schema import GOLDEN, MODEL_DOCUMENT, PACKAGED, SETTINGS_DOCUMENT, exported, stale_files
from schemas.export import DRAFT, field_docs, schema
from schemas.handoff import HandoffData
from schemas.headers import CloudEventHeaders, DeadLetterHeaders
from schemas.lead_state import Control, LeadState
from schemas.reject import Reject
from schemas.touch import Touch
from streams.explaining.explain import explain
from streams.explaining.trace import trace
from streams.model import model_digest, read_model
from streams.people.admission import admit
from streams.topology import HANDOFFS, INPUTS, LEAD_CARDS, TOPICS, Topic
from tests.pure.lives import fit20, judge, log, touched, with_coordinates

MESSAGES = [
    pytest.param(topic, path, id=f"{topic.name}/{path.stem}")
    for topic in TOPICS
    for path in sorted((GOLDEN / topic.name).glob("*.json"))
]
BY_NAME = pytest.mark.parametrize("topic", TOPICS, ids=[topic.name for topic in TOPICS])


def written(topic: Topic) -> dict[str, Any]:
    return json.loads((PACKAGED / "json" / f"{topic.name}.json").read_bytes())


def said_by(topic: Topic) -> Any:
    """The type of what can be read of a topic."""
    return DeadLetterHeaders if topic.says is bytes else Control if topic.says is LeadState else topic.says


def meaning(value: Any) -> Any:
    """A message without what its defaults say, its moments as seconds."""
    if isinstance(value, dict):
        full = {key: one for key, one in value.items() if one not in ("", [], {}, None, False)}
        return {key: seconds(one) if key in ("at", "until") else meaning(one) for key, one in full.items()}
    return [meaning(one) for one in value] if isinstance(value, list) else value


def seconds(moment: Any) -> Any:
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else moment


def holds(whole: Any, part: Any) -> bool:
    """Every field of the part is in the whole, with the same value."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(holds, whole, part))
    return bool(part == whole)


def test_the_exported_files_are_what_the_message_types_say() -> None:
    assert [] == stale_files(exported(PACKAGED))


def test_what_a_lead_is_explained_with_is_described_field_by_field() -> None:
    described = json.loads((PACKAGED / "answers" / "lead-explain.json").read_bytes())
    events = [touched("demo_request"), fit20()]
    told = json.loads(msgspec.json.encode(explain("L1", trace(log(with_coordinates(events)), judge()))))

    assert [] == [error.message for error in jsonschema_rs.validator_for(described).iter_errors(told)]
    assert set(told) == set(described["required"])


def test_no_file_is_left_of_a_topic_that_is_gone() -> None:
    assert {*(f"{topic.name}.json" for topic in TOPICS), MODEL_DOCUMENT, SETTINGS_DOCUMENT} == {
        path.name for path in (PACKAGED / "json").iterdir()
    }


@BY_NAME
def test_a_schema_is_a_valid_draft_2020_12_schema(topic: Topic) -> None:
    body = written(topic)

    assert DRAFT == body["$schema"]
    assert f"https://touchline.io/schemas/v1/{topic.name}.json" == body["$id"]
    jsonschema_rs.meta.validate(body)


@BY_NAME
def test_a_topic_has_at_least_six_recorded_messages_and_its_schema_shows_them(topic: Topic) -> None:
    recorded = [json.loads(path.read_bytes()) for path in sorted((GOLDEN / topic.name).glob("*.json"))]

    assert len(recorded) >= 6
    assert recorded == written(topic)["examples"]


@pytest.mark.parametrize(("topic", "path"), MESSAGES)
def test_a_recorded_message_is_valid_and_survives_the_round_trip(topic: Topic, path: Path) -> None:
    raw = path.read_bytes()
    sent = json.loads(raw)

    judge = jsonschema_rs.validator_for(written(topic), validate_formats=True)
    assert [] == [error.message for error in judge.iter_errors(sent)]
    decoded = msgspec.json.decode(raw, type=said_by(topic))
    again = msgspec.json.encode(decoded)
    assert decoded == msgspec.json.decode(again, type=said_by(topic))
    assert holds(meaning(json.loads(again)), meaning(sent))


@pytest.mark.parametrize("name", ["touch_id", "kind", "at", "who"])
def test_a_touch_without_a_required_field_is_refused_by_the_schema_and_by_the_struct(name: str) -> None:
    whole = json.loads((GOLDEN / "touches.web" / "page-view.json").read_bytes())
    torn = {key: value for key, value in whole.items() if key != name}

    assert not jsonschema_rs.validator_for(written(TOPICS[0])).is_valid(torn)
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
        msgspec.convert(torn, type=Touch)


@pytest.mark.parametrize("path", sorted((GOLDEN / "lead.cards").glob("*.json")), ids=lambda path: path.stem)
def test_the_breakdowns_of_a_recorded_card_sum_to_its_scores(path: Path) -> None:
    card = json.loads(path.read_bytes())

    assert math.isclose(card["engagement"], sum(line["points"] for line in card["breakdown"]))
    assert math.isclose(card["fit"], sum(line["points"] for line in card["fit_breakdown"]))
    assert math.isclose(card["priority"], card["engagement"] + card["fit"] / 2 + card["velocity"]["pace"])
    assert f"{card['grade']}/{card['temperature']}" == card["label"]


@pytest.mark.parametrize("path", sorted((GOLDEN / "handoffs").glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_handoff_names_its_episode_the_same_everywhere(path: Path) -> None:
    event = json.loads(path.read_bytes())
    data = event["data"]

    assert f"{data['handoff_id']}/{data['revision']}" == event["id"]
    assert data["handoff_id"] == event["correlationid"]
    assert data["lead_id"] == event["subject"] == event["partitionkey"]
    assert data["revision"] == int(event["sequence"])
    assert math.isclose(data["score"]["engagement"], sum(line["points"] for line in data["breakdown"]))


@pytest.mark.parametrize(
    ("topic", "path"), [case for case in MESSAGES if isinstance(case.values[0], Topic) and case.values[0] in INPUTS]
)
def test_a_recorded_input_may_come_in(topic: Topic, path: Path) -> None:
    verdict = admit(topic.name, path.read_bytes(), (), append_ms=1_800_000_000_000)

    assert not isinstance(verdict, Reject), verdict


@pytest.mark.parametrize("path", sorted((GOLDEN / "scoring.models").glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_model_is_one_and_its_digest_names_its_meaning(path: Path) -> None:
    document = json.loads(path.read_bytes())
    model = read_model(document["text"])

    assert not isinstance(model, list), model
    assert (document["model"], document["version"]) == (model.model, model.version)
    assert document["digest"] == model_digest(model)


def test_a_field_says_its_meaning_and_its_unit() -> None:
    handoff = schema(HANDOFFS.name, HANDOFFS.says, HANDOFFS.what)
    data = handoff["$defs"]["HandoffData"]["properties"]

    assert field_docs(HandoffData)["handoff_id"] == data["handoff_id"]["description"]
    assert "s" == data["time_in_stage_s"]["x-unit"]
    assert "points" == schema(LEAD_CARDS.name, LEAD_CARDS.says, "")["properties"]["engagement"]["x-unit"]
    assert "ms" == handoff_unit("ripe", "touch_at_ms")


def handoff_unit(topic: str, name: str) -> str:
    return str(json.loads((PACKAGED / "json" / f"{topic}.json").read_bytes())["properties"][name]["x-unit"])


def test_a_field_renamed_on_the_wire_keeps_its_meaning() -> None:
    headers = schema("dead.letters", bytes, "")["properties"]

    assert field_docs(DeadLetterHeaders)["topic"] == headers["__touchline.errors.topic"]["description"]
    assert "poison" in schema("dead.letters", bytes, "")["$defs"]["Reason"]["enum"]
    assert "https" not in field_docs(CloudEventHeaders)["id"]


def test_private_state_is_not_offered_as_a_format() -> None:
    body = written(next(topic for topic in TOPICS if topic.says is LeadState))

    assert "PRIVATE BINARY" in body["description"]
    assert "rules" not in body["properties"]
