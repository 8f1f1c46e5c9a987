"""Everybody is one lead, in whatever order they show who they are: the small form of `python -m tests.bench.people`."""

from pathlib import Path

import pytest

from agents.clock import wall_ms
from agents.settings import Settings
from tests.bench.known_people import People
from tests.bench.people import measure
from tests.live.kafka import Kafka

pytestmark = [pytest.mark.live, pytest.mark.timeout(150)]


async def test_people_who_show_little_by_little_who_they_are_are_one_lead_each_and_score_exactly(
    kafka: Kafka, settings: Settings, tmp_path: Path
) -> None:
    await kafka.create()
    people = People(touches=4_000, people=800, now_ms=wall_ms())

    counted = (await measure(settings, tmp_path, people)).counted

    assert [] == counted.told
    assert counted.exact
    assert people.people == counted.leads
    assert counted.merged > 100, "merges were what this is about"
