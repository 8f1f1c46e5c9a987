"""Names of topics: prefix before, generation behind where the log moves, and back again."""

import pytest

from agents.settings import Settings
from agents.topics.plan import next_generation
from streams.topology import TOPICS, bare_name, name_of


@pytest.mark.parametrize("prefix", ["", "acme."])
@pytest.mark.parametrize("generation", ["", "g2", "eu-3"])
def test_every_name_leads_back_to_its_topic(prefix: str, generation: str) -> None:
    place = Settings(prefix=prefix, generation=generation)

    assert [topic.name for topic in TOPICS] == [bare_name(name_of(topic, place), place) for topic in TOPICS]
    assert len(TOPICS) == len({name_of(topic, place) for topic in TOPICS})


def test_the_logs_own_topics_move_and_what_others_read_stays() -> None:
    place = Settings(prefix="acme.", generation="g2")
    moving = {topic.name for topic in TOPICS if name_of(topic, place).endswith(".g2")}

    assert {"lead.events", "lead.state", "ripe"} == moving
    assert "acme.lead.events.g2" == name_of("lead.events", place)
    assert "acme.handoffs" == name_of("handoffs", place)


def test_a_topic_of_somebody_elses_is_left_alone() -> None:
    place = Settings(prefix="acme.", generation="g2")

    assert "handoffs.g2" == bare_name("acme.handoffs.g2", place)


@pytest.mark.parametrize(("now", "then"), [("", "g2"), ("g2", "g3"), ("eu-9", "eu-10"), ("blue", "g2")])
def test_the_next_generation_has_a_name(now: str, then: str) -> None:
    assert then == next_generation(now)


@pytest.mark.parametrize("name", ["G2", "a b", ".g2", "-", "g" * 40])
def test_a_name_that_kafka_or_people_would_stumble_over_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="generation"):
        Settings(generation=name)
