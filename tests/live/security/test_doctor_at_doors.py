"""What doctor says at the doors of a locked broker and Redis: wrong passwords, no certificate, and that all is well."""

import pytest
from pydantic import SecretStr

from agents.checkup import Area
from agents.checkup.kafka import kafka
from agents.checkup.redis_server import redis
from agents.clock import wall_ms
from agents.topics.admin import apply
from streams.acls import errand_called, of_errand
from tests.live.security.conftest import World

pytestmark = [pytest.mark.live, pytest.mark.long]


async def test_a_wrong_password_is_told_from_a_broker_that_is_away(world: World) -> None:
    wrong = world.scram("identify", kafka_password=SecretStr("hush"))
    (problem,), _ = await kafka(wrong, wall_ms)

    assert Area.KAFKA == problem.area
    assert f"Kafka at {wrong.bootstrap} refuses user identify" == problem.what
    assert "TOUCHLINE_KAFKA_PASSWORD" in problem.next
    assert "hush" not in problem.what


async def test_a_broker_that_asks_for_a_certificate_is_told(world: World) -> None:
    bare = world.mutual("identify", kafka_cert=None)
    (problem,), _ = await kafka(bare, wall_ms)

    assert problem.what.startswith(f"Kafka at {bare.bootstrap} ")
    assert "TOUCHLINE_KAFKA_CERT" in problem.next


async def test_who_may_look_and_finds_nothing_says_nothing(world: World) -> None:
    doctor = errand_called("doctor")
    assert doctor is not None
    await apply(world.owner)
    await world.give("operator", *of_errand(doctor, world.owner))
    try:
        problems, _ = await kafka(world.scram("operator"), wall_ms)
    finally:
        await world.take("operator", *of_errand(doctor, world.owner))

    assert [] == problems


async def test_a_redis_by_tls_is_told_by_what_is_wrong_with_it(world: World) -> None:
    well, _ = await redis(world.scram("operator"), wall_ms)
    (wrong,), _ = await redis(world.scram("operator", redis_password=SecretStr("hush")), wall_ms)
    (untrusted,), _ = await redis(world.scram("operator", redis_ca=None), wall_ms)

    assert [] == well
    assert "refuses our name or password" in wrong.what
    assert "is not trusted (" in untrusted.what
    assert "TOUCHLINE_REDIS_CA" in untrusted.next
