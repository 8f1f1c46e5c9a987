"""Rights on the broker follow from the topology: enough for the whole job, and nothing beside it."""

import json

import pytest
from msgspec import Struct
from ruamel.yaml import YAML

from agents.rebuild.moving import MOVING
from streams.acls import (
    ERRANDS,
    Holder,
    Operation,
    Resource,
    Right,
    errand_called,
    kafka_acls,
    of_errand,
    of_step,
    strimzi,
    together,
)
from streams.acls.forms import yaml_of
from streams.topology import (
    CHALLENGER,
    INPUTS,
    INTAKE,
    LEAD_EVENTS,
    LEAD_STATE,
    MIRROR,
    RIPE,
    ROUTE,
    SCORE,
    TOPOLOGY,
    Step,
    name_of,
)


class At(Struct, frozen=True):
    """Somebody's names."""

    prefix: str = ""
    generation: str = ""


PLAIN, OTHERS = At(), At("acme.", "g2")
STEPS = (INTAKE, *TOPOLOGY, CHALLENGER)


def held(rights: tuple[Right, ...], resource: Resource = Resource.TOPIC) -> dict[str, set[Operation]]:
    """Operations by name."""
    return {right.name: set(right.operations) for right in rights if right.resource is resource}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_stage_may_read_what_it_reads_and_write_what_it_says_and_touches_no_other_topic(step: Step) -> None:
    rights = held(of_step(step, OTHERS))
    memory = () if step.remembers is None else (step.remembers,)
    reads = {name_of(topic, OTHERS) for topic in (*step.reads, *step.looks_up, *memory)}
    says = {name_of(topic, OTHERS) for topic in (*step.says, *memory)}

    assert reads == {name for name, may in rights.items() if Operation.READ in may}
    assert says == {name for name, may in rights.items() if Operation.WRITE in may}
    assert reads | says == set(rights)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_no_stage_may_make_or_change_a_topic(step: Step) -> None:
    allowed = {Operation.READ, Operation.WRITE, Operation.DESCRIBE_CONFIGS}

    assert set() == {one for right in of_step(step, PLAIN) for one in right.operations} - allowed


def test_the_route_stage_by_hand() -> None:
    rights = {str(right) for right in of_step(ROUTE, OTHERS)}

    assert {
        "Read and DescribeConfigs on topic acme.ripe.g2",
        "Read and DescribeConfigs on topic acme.crm.updates",
        "Read and Write and DescribeConfigs on topic acme.handoffs",
        "Write and DescribeConfigs on topic acme.lead.events.g2",
        "Write and DescribeConfigs on topic acme.dead.letters",
        "Read on group acme.touchline-route",
    } <= rights


def test_a_stage_is_in_its_own_group_alone_and_who_reads_in_no_group_in_none() -> None:
    groups = {step.name: held(of_step(step, PLAIN), Resource.GROUP) for step in STEPS}

    assert {step.name: {f"touchline-{step.name}": {Operation.READ}} for step in TOPOLOGY} | {
        "intake": {}, "challenger": {},
    } == groups  # fmt: skip


def test_only_the_stage_that_folds_may_write_the_table_and_only_score_reads_it_back() -> None:
    writers = [s.name for s in STEPS if Operation.WRITE in held(of_step(s, PLAIN)).get(LEAD_STATE.name, set())]
    readers = [s.name for s in STEPS if Operation.READ in held(of_step(s, PLAIN)).get(LEAD_STATE.name, set())]

    assert (["score"], ["score"]) == (writers, readers)


def test_the_mirror_can_write_dead_letters_alone() -> None:
    rights = held(of_step(MIRROR, PLAIN))

    assert ["dead.letters"] == [name for name, may in rights.items() if Operation.WRITE in may]


def test_an_operation_that_follows_from_another_is_not_asked_for() -> None:
    for errand in ERRANDS:
        for right in of_errand(errand, PLAIN):
            may = set(right.operations)
            assert Operation.DESCRIBE not in may or not may & {Operation.READ, Operation.WRITE}
            assert not {Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS} <= may


def test_commands_that_only_look_may_change_nothing() -> None:
    looks = (
        "topics plan", "doctor", "lead explain", "lead export", "handoffs tail", "dead-letters ls", "model list",
        "model drift", "model replay", "log export", "route simulate", "report sla", "snapshot",
    )  # fmt: skip
    changes = {Operation.WRITE, Operation.CREATE, Operation.ALTER_CONFIGS}

    for words in looks:
        errand = errand_called(words)
        assert errand is not None
        assert set() == {one for right in of_errand(errand, PLAIN) for one in right.operations} & changes


def test_a_rebuild_has_rights_on_both_generations() -> None:
    errand = errand_called("rebuild")
    assert errand is not None
    rights = held(of_errand(errand, OTHERS, At("acme.")))

    for topic in (LEAD_EVENTS, LEAD_STATE, RIPE):
        assert {name_of(topic, OTHERS), name_of(topic, At("acme."))} <= rights.keys()


def test_a_rebuild_may_write_all_that_moves_with_the_log() -> None:
    """What route has not read yet is copied last, when the old log is closed already."""
    errand = errand_called("rebuild")
    assert errand is not None
    rights = held(of_errand(errand, OTHERS, At("acme.")))

    for topic in MOVING:
        assert Operation.WRITE in rights[name_of(topic, OTHERS)]


def test_dead_letters_go_back_to_the_doors_and_nowhere_else() -> None:
    errand = errand_called("dead-letters replay")
    assert errand is not None
    rights = held(of_errand(errand, PLAIN))

    assert {topic.name for topic in INPUTS} == {name for name, may in rights.items() if Operation.WRITE in may}


def test_commands_of_kafkas_tool_name_every_right_once() -> None:
    holder = Holder("score", "User:touchline-score", of_step(SCORE, OTHERS))
    told: dict[tuple[str, str], list[str]] = {}
    for command in kafka_acls(holder, "kafka:9092"):
        words = command.split()
        assert words[:6] == [
            "kafka-acls.sh", "--bootstrap-server", "kafka:9092", "--add", "--allow-principal", holder.principal,
        ]  # fmt: skip
        pairs = list(zip(words[6::2], words[7::2], strict=True))
        operations = [value for option, value in pairs if option == "--operation"]
        for option, name in pairs:
            if option != "--operation":
                told[(option.removeprefix("--"), name)] = operations

    assert {(right.resource.value, right.name): [*right.operations] for right in holder.rights} == told


def test_the_strimzi_form_reads_as_yaml_and_says_the_same() -> None:
    holder = Holder("score", "User:touchline-score", of_step(SCORE, OTHERS))
    (document,) = YAML(typ="safe").load_all(yaml_of([strimzi(holder, "prod")]))

    assert json.loads(json.dumps(strimzi(holder, "prod"))) == document
    assert ("touchline-score", "prod") == (
        document["metadata"]["name"], document["metadata"]["labels"]["strimzi.io/cluster"],
    )  # fmt: skip
    acls = document["spec"]["authorization"]["acls"]
    assert [(r.resource.value, r.name, [*r.operations]) for r in holder.rights] == [
        (acl["resource"]["type"], acl["resource"]["name"], acl["operations"]) for acl in acls
    ]


def test_one_who_is_all_stages_has_the_rights_of_each_and_each_once() -> None:
    all_of_it = together(*(of_step(step, OTHERS) for step in STEPS))

    assert len(all_of_it) == len({(right.resource, right.name) for right in all_of_it})
    for step in STEPS:
        for resource in Resource:
            for name, may in held(of_step(step, OTHERS), resource).items():
                assert may <= held(all_of_it, resource)[name]
