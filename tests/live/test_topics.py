"""Topics are planned, made, repaired and checked; nothing is deleted or repartitioned."""

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from agents.settings import Settings
from agents.topics import admin
from agents.topics.admin import Kind
from streams.topic_settings import config
from streams.topology import HANDOFFS, LEAD_EVENTS, MIRROR, SCORE, TOPICS, TOUCHES_WEB
from tests.live.kafka import Kafka, until
from tests.live.touchline import touchline

pytestmark = pytest.mark.live


async def settings_on(settings: Settings, topic: str) -> dict[str, str]:
    """A topic's own settings on the broker."""
    async with admin.connected(settings) as client:
        return (await admin.look(client, {topic}))[topic].own


async def alter(settings: Settings, topic: str, own: dict[str, str]) -> None:
    """As an operator with another tool would: these and no others. Returns once the broker has heard of it."""
    async with admin.connected(settings) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, own)])

        async def heard() -> bool:
            return (await admin.look(client, {topic}))[topic].own == own

        await until(heard, f"{topic} to be {own}")


async def test_a_plan_on_an_empty_cluster_lists_every_topic(settings: Settings) -> None:
    differences = await admin.plan(settings)

    assert [f"{settings.prefix}{topic.name}" for topic in TOPICS] == [d.topic for d in differences]
    assert {Kind.MISSING} == {d.kind for d in differences}


async def test_a_second_apply_changes_nothing(settings: Settings) -> None:
    first = await admin.apply(settings)
    second = await admin.apply(settings)

    assert (len(TOPICS), 0) == (len(first.done), len(first.left))
    assert admin.Applied(done=[], left=[]) == second
    assert [] == await admin.plan(settings)


async def test_topics_are_made_with_the_partitions_and_settings_of_the_topology(settings: Settings) -> None:
    few = settings.model_copy(update={"input_partitions": 2})
    await admin.apply(few)
    names = {f"{settings.prefix}{topic.name}": topic for topic in TOPICS}
    async with admin.connected(settings) as client:
        found = await admin.look(client, set(names))

    assert {n: admin.partitions_of(t, few) for n, t in names.items()} == {n: f.partitions for n, f in found.items()}
    assert {n: config(t) for n, t in names.items()} == {n: f.own for n, f in found.items()}
    assert (settings.partitions, 2) == tuple(
        found[f"{settings.prefix}{topic.name}"].partitions for topic in (LEAD_EVENTS, TOUCHES_WEB)
    )


async def test_a_wrong_setting_is_repaired_and_the_others_stay(settings: Settings, kafka: Kafka) -> None:
    await kafka.create()
    name = kafka.name(TOUCHES_WEB)
    await alter(settings, name, {**config(TOUCHES_WEB), "retention.ms": "1000", "compression.type": "lz4"})
    before = await admin.plan(settings)
    applied = await admin.apply(settings)

    assert [(name, "retention.ms", "1000")] == [(d.topic, d.setting, d.found) for d in before]
    assert before == applied.done
    assert {**config(TOUCHES_WEB), "compression.type": "lz4"} == await settings_on(settings, name)
    assert [] == await admin.plan(settings)


async def test_a_stage_whose_topics_are_right_may_start(settings: Settings, kafka: Kafka) -> None:
    await kafka.create(SCORE.topics)

    assert [] == await admin.check_topics(settings, SCORE)
    assert [f"{settings.prefix}{HANDOFFS.name}"] == [
        sentence.split(" ")[0] for sentence in await admin.check_topics(settings, MIRROR)
    ]


async def test_a_missing_topic_keeps_a_stage_from_starting_and_the_sentence_ends_in_the_command(
    settings: Settings,
) -> None:
    sentence = (await admin.check_topics(settings, SCORE))[0]
    command = f"touchline topics apply --bootstrap {settings.bootstrap} --prefix {settings.prefix} --partitions 4"

    assert f"{settings.prefix}lead.events is missing" in sentence
    assert sentence.endswith(f"run `{command}`")


async def test_a_log_stamped_by_its_producers_keeps_a_stage_from_starting(settings: Settings, kafka: Kafka) -> None:
    await kafka.create()
    await alter(settings, kafka.name(LEAD_EVENTS), config(LEAD_EVENTS) | {"message.timestamp.type": "CreateTime"})

    assert ["message.timestamp.type = CreateTime"] == [
        " ".join(sentence.split(" ")[2:5]) for sentence in await admin.check_topics(settings, SCORE)
    ]


async def test_a_wrong_partition_count_stops_a_stage_with_one_sentence_and_the_command(
    settings: Settings, kafka: Kafka
) -> None:
    await kafka.create()
    other = settings.model_copy(update={"partitions": 6})
    ended = await touchline(other, "run", "score", "--port", "0")

    told = ended.out + ended.err

    assert 2 == ended.code
    assert f"{settings.prefix}lead.events has 4 partitions where 6 are configured" in told
    assert "`--partitions 4`" in told
    address = f"--bootstrap {settings.bootstrap} --prefix {settings.prefix}"
    assert f"touchline rebuild {address} --generation g2 --partitions 6" in told
    assert "Traceback" not in told


async def test_apply_does_nothing_while_a_partition_count_differs(settings: Settings, kafka: Kafka) -> None:
    await kafka.create((LEAD_EVENTS,))
    applied = await admin.apply(settings.model_copy(update={"partitions": 6}))

    assert [] == applied.done
    assert len(TOPICS) == len(applied.left)
    assert len(TOPICS) - 1 == len(await admin.plan(settings))


async def test_plan_and_apply_say_by_their_exit_code_whether_something_differs(settings: Settings) -> None:
    planned = await touchline(settings, "topics", "plan", "--json")
    applied = await touchline(settings, "topics", "apply")
    again = await touchline(settings, "topics", "plan")

    assert (3, len(TOPICS)) == (planned.code, len(planned.json()))
    assert (0, len(TOPICS)) == (applied.code, len(applied.out.splitlines()))
    assert (0, "Nothing differs: all topics are as the topology says.\n") == (again.code, again.out)
