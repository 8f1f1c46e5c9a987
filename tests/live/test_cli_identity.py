"""`touchline identity` as a person runs it: who somebody is, told without telling more; a rebuild on request."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from agents.people.policy_file import hider_of
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from schemas.profile import IdentityLink
from streams.topology import HANDOFFS, IDENTITY_LINKS, LEAD_PROFILES
from tests.live.kafka import Kafka
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

A, B = "LAAAAAAAAAAAAAAAA", "LBBBBBBBBBBBBBBBB"


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis", free_port())
    server.start()
    yield server
    server.stop()


async def say_anna(kafka: Kafka, settings: Settings) -> None:
    """One person, known by four things, first seen as two leads."""
    await kafka.create((IDENTITY_LINKS, LEAD_PROFILES, HANDOFFS))
    hider = hider_of(settings)
    links = {}
    for lead, namespace, value in (
        (A, "crm:bitrix", "8812"), (A, "email", "anna@acme.kz"), (A, "email", "a.k@home.kz"),
        (B, "phone", "+77010000001"),
    ):  # fmt: skip
        identity = hider.identity(namespace, value)
        assert identity is not None
        links[identity.key] = IdentityLink(lead_id=lead, at_ms=1)
    links[f"lead:{B}"] = IdentityLink(lead_id=A, at_ms=2)
    await kafka.say(IDENTITY_LINKS, list(links.values()), list(links))


async def test_a_rebuild_is_asked_for_with_yes_and_then_everybody_is_found(kafka: Kafka, settings: Settings) -> None:
    await say_anna(kafka, settings)

    refused = await touchline(settings, "identity", "rebuild")
    unknown = await touchline(settings, "identity", "show", "email:anna@acme.kz")
    done = await touchline(settings, "identity", "rebuild", "--yes", "--json")
    shown = await touchline(settings, "identity", "show", "phone:8 701 000 00 01")
    read = await touchline(settings, "identity", "show", "email:ANNA@acme.kz", "--json")

    assert (2, 1, 0, 0) == (refused.code, unknown.code, done.code, shown.code)
    assert "Add --yes." in refused.err
    assert {"rebuilt_by": "this command", "read": {"links": 5, "profiles": 0, "handoffs": 0}} == done.json()
    assert (
        f"phone:8 701 000 00 01 is lead {A}, first seen as {B}, which was merged into it\n"
        "also known by: 1 crm:bitrix, 2 email\n"
        "weak evidence: a lead has at most 5 of this kind\n"
    ) == shown.out
    assert {
        "lead": A, "home": A, "shared": False, "others": {"crm:bitrix": 1, "email": 1, "phone": 1},
    } == read.json()  # fmt: skip
    assert not any(secret in shown.out + read.out for secret in ("8812", "home.kz", "acme.kz"))


async def test_what_is_nobodys_or_no_identity_is_told_so(settings: Settings) -> None:
    nobodys = await touchline(settings, "identity", "show", "email:noreply@acme.kz")
    none = await touchline(settings, "identity", "show", "anna")

    assert (1, 2) == (nobodys.code, none.code)
    assert "email:noreply@acme.kz is nobody's, as the identity policy has it" in nobodys.err
    assert "anna is no identity" in none.err


async def test_a_policy_is_checked_and_a_bad_one_starts_nothing(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "identity.yaml"
    file.write_text("namespaces:\n  email: {strong: yes}\n")
    with_it = settings.model_copy(update={"identity_policy": file})

    checked = await touchline(settings, "identity", "policy", "check", file)
    missing = await touchline(settings, "identity", "policy", "check", tmp_path / "none.yaml")
    run = await touchline(with_it, "run", "identify")
    shown = await touchline(with_it, "lead", "show", "email:anna@acme.kz")
    doctor = await touchline(with_it, "doctor", "--json")
    file.write_text("namespaces:\n  email: {most_per_lead: 2}\n")
    good = await touchline(settings, "identity", "policy", "check", file, "--json")

    assert (2, 2, 2, 2, 0) == (checked.code, missing.code, run.code, shown.code, good.code)
    assert f"{file}:2:19  true or false expected  [T111]" in checked.out
    assert f"{file} is refused; what holds stays in force." in checked.out
    assert "no such file. Name another one, or none for what holds by default" in missing.err
    assert f"{file}:2:19  true or false expected  [T111]" in run.err
    assert "Write true or false, without quotes." in shown.err
    assert "touchline identity policy check" in doctor.out
    assert 2 == good.json()["policy"]["rules"]["email"]["most_per_lead"]


async def test_doctor_warns_of_a_redis_that_drops_keys(settings: Settings, own_redis: RedisServer) -> None:
    async with Redis.from_url(own_redis.url) as redis:
        await redis.config_set("maxmemory", "100mb")
        await redis.config_set("maxmemory-policy", "allkeys-lru")
    told = await touchline(settings.model_copy(update={"redis": own_redis.url}), "doctor")

    assert "a full Redis drops keys (allkeys-lru): whoever's identity is dropped gets a second lead" in told.out


async def test_an_address_with_a_tag_is_found_as_the_policy_reads_it(
    kafka: Kafka, settings: Settings, own_redis: RedisServer, tmp_path: Path
) -> None:
    file = tmp_path / "identity.yaml"
    file.write_text("plus_tags: fold\n")
    folding = settings.model_copy(update={"identity_policy": file, "redis": own_redis.url})
    identity = hider_of(folding).identity("email", "anna@acme.kz")
    assert identity is not None
    async with Redis.from_url(own_redis.url) as redis:
        await redis.set(RedisKeys(settings.prefix).identities + identity.key, A)

    found = await touchline(folding, "identity", "show", "email:anna+shop@acme.kz")

    assert found.out.startswith(f"email:anna+shop@acme.kz is lead {A}\n")
