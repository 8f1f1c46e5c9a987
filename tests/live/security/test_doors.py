"""By password, certificate and token: what we write and read passes each door, and who is turned away hears why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from redis.exceptions import ConnectionError, NoPermissionError, RedisError

from agents.delivery.producer import Outbox
from agents.redis.client import connect
from agents.security.kafka import tokens
from agents.security.principal import principal_of
from agents.security.putting_right import to_put_right
from agents.security.refusals import refused_by_kafka
from agents.security.rights_held import lacking
from agents.security.tokens import NoToken
from agents.settings import KafkaMechanism, KafkaSecurity, Settings
from agents.table.changelog import changelog
from agents.topics.admin import check_topics, connected
from deploy.local.ports import HOST
from streams.acls import Operation, Resource, Right, of_step
from streams.topology import LEAD_EVENTS, LEAD_STATE, MIRROR, SCORE, Step, name_of
from tests.live.security.conftest import PASSWORDS, World
from tests.live.security.papers import Authority

pytestmark = pytest.mark.live

RECORDS = 3_000
DOORS: dict[str, tuple[str, Callable[[World], Settings]]] = {
    "SCRAM-SHA-512 over TLS": ("score", lambda world: world.scram("score")),
    "SCRAM-SHA-256 over TLS": ("score", lambda world: world.scram(
        "score", kafka_mechanism=KafkaMechanism.SCRAM_SHA_256,
    )),
    "SCRAM in the clear": ("score", lambda world: world.scram(
        "score", kafka_security=KafkaSecurity.SASL_PLAINTEXT, kafka_ca=None,
        bootstrap=f"{HOST}:{world.locked.kafka.doors.scram_plain}",
    )),
    "a certificate": ("CN=touchline-score", lambda world: world.mutual("touchline-score")),
    "a token": ("touchline-token", lambda world: world.token()),
}  # fmt: skip


async def written_and_read_back(settings: Settings) -> int:
    """A changelog, written by a worker's producer and read in bulk as a restore does."""
    out = Outbox(settings)
    await out.start()
    try:
        await out.write(LEAD_STATE, [(0, b"k%d" % n, b"v" * 200, []) for n in range(RECORDS)])
    finally:
        await out.stop()
    taken: list[Any] = []
    async with changelog(settings) as log:
        await log.read({0: 0}, lambda _, records: taken.extend(records))
    return len(taken)


@pytest.mark.parametrize("door", DOORS)
async def test_a_table_is_written_and_restored_through_each_door(world: World, door: str) -> None:
    await world.kafka.create(SCORE.topics)
    user, settings_of = DOORS[door]
    await world.allow(SCORE, user)
    settings = settings_of(world)

    assert [] == await check_topics(settings, SCORE)
    assert RECORDS == await written_and_read_back(settings)
    assert f"User:{user}" == principal_of(settings)


async def test_a_key_may_be_encrypted_and_a_renewed_certificate_is_taken_up(world: World) -> None:
    await world.kafka.create([LEAD_EVENTS])
    right = Right(Resource.TOPIC, world.kafka.name(LEAD_EVENTS), (Operation.READ,))
    for name in ("CN=before", "CN=after"):
        await world.give(name, right)
    kept = world.locked.authority.sign("kept")
    kept.write_bytes(world.locked.authority.sign("before", "open sesame").read_bytes())
    settings = world.mutual("unused", kafka_cert=kept, kafka_key_password=SecretStr("open sesame"))

    async def may() -> list[Right]:
        async with connected(settings) as client:
            return await lacking(client, [right])

    assert [] == await may()
    await world.take("CN=before", right)
    assert [right] == await may()
    kept.write_bytes(world.locked.authority.sign("after", "open sesame").read_bytes())
    assert [] == await may()


async def test_one_token_serves_all_clients_until_it_is_nearly_over(world: World) -> None:
    await world.kafka.create(SCORE.topics)
    await world.allow(SCORE, "touchline-token")
    issuer, settings = world.locked.issuer, world.token(kafka_token_scope=world.prefix)
    before = issuer.asked

    assert [] == await check_topics(settings, SCORE)
    assert RECORDS == await written_and_read_back(settings)
    assert 1 == issuer.asked - before


async def test_a_token_is_renewed_before_it_ends_and_the_old_one_serves_while_none_is_given(world: World) -> None:
    issuer, now_s = world.locked.issuer, 1_000.0
    provider = tokens(world.token(kafka_token_scope=f"{world.prefix}short"))
    provider.now_s = lambda: now_s
    issuer.life_s = 10
    try:
        first, asked = await provider.token(), issuer.asked
        now_s += 7.9
        assert (first, asked) == (await provider.token(), issuer.asked)
        now_s += 0.2
        second = await provider.token()
        assert asked + 1 == issuer.asked, "before the first one ends"

        issuer.away = True
        now_s += 9.9
        assert second == await provider.token(), "it serves to its end"
        assert issuer.asked == asked + 2
        now_s += 0.2
        with pytest.raises(NoToken):
            await provider.token()
    finally:
        issuer.life_s, issuer.away = 300, False


async def test_each_missing_right_is_named_with_the_command_that_gives_it(world: World) -> None:
    await world.kafka.create(MIRROR.topics)
    await world.allow(MIRROR)
    settings = world.scram("mirror")
    rights = of_step(MIRROR, settings)
    assert [] == await check_topics(settings, MIRROR)

    for right in rights:
        for operation in right.operations:
            one = Right(right.resource, right.name, (operation,))
            await world.take("mirror", one)
            # Whoever may neither read nor write a topic may not see it either, nor what else may be done with it.
            blind = not {Operation.READ, Operation.WRITE} & ({*right.operations} - {operation})
            lost = right.operations if blind else (operation,)
            options = " ".join(f"--operation {lost_one.value}" for lost_one in lost)
            command = (
                f"kafka-acls.sh --bootstrap-server {settings.bootstrap} --add --allow-principal User:mirror "
                f"{options} --{right.resource.value} {right.name}"
            )
            assert [
                f"User:mirror may not {' or '.join(lost)} {right.resource.value} {right.name}: `{command}`"
            ] == await check_topics(settings, MIRROR)
            await world.give("mirror", one)


async def test_who_may_nothing_hears_all_that_is_missing_in_a_sentence_for_each_command(world: World) -> None:
    await world.kafka.create(SCORE.topics)
    settings = world.scram("nobody")
    said = await check_topics(settings, SCORE)

    assert all(any(right.name in line for line in said) for right in of_step(SCORE, settings))
    assert all(line.startswith("User:nobody may not ") for line in said)
    assert 3 == len(said)


async def test_a_topic_that_is_not_there_is_told_as_missing_to_who_may_see_it(world: World) -> None:
    await world.allow(SCORE)
    (first, *_) = await check_topics(world.scram("score"), SCORE)

    assert first.startswith(f"{name_of(LEAD_EVENTS, world.owner)} is missing")


async def test_a_broker_that_turns_us_away_is_understood(world: World, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "others", "stranger")
    doors = world.locked.kafka.doors
    cases = {
        "a wrong password": (world.scram("score", kafka_password=SecretStr("wrong-one")), "refuses user score"),
        "an unknown user": (world.scram("stranger", kafka_password=SecretStr("wrong-one")), "refuses user stranger"),
        "a wrong CA": (world.scram("score", kafka_ca=stranger.ca), "TOUCHLINE_KAFKA_CA"),
        "a certificate nobody signed": (
            world.mutual("x", kafka_cert=stranger.sign("CN=score")), "TOUCHLINE_KAFKA_CERT",
        ),
        "no certificate": (world.mutual("x", kafka_cert=None), "TOUCHLINE_KAFKA_CERT"),
        "a mechanism the broker lacks": (
            world.scram("score", kafka_mechanism=KafkaMechanism.PLAIN), "TOUCHLINE_KAFKA_MECHANISM names one",
        ),
        "a name where none is asked": (
            world.scram("score", bootstrap=f"{HOST}:{doors.mutual}", kafka_cert=world.locked.authority.sign("x")),
            "asks nobody's name on this port",
        ),
        "no TLS where it is wanted": (
            world.owner.model_copy(update={"bootstrap": f"{HOST}:{doors.scram}"}), "TOUCHLINE_KAFKA_SECURITY",
        ),
        "TLS where there is none": (
            world.scram("score", bootstrap=world.owner.bootstrap), "is this its TLS port",
        ),
        "a wrong secret for tokens": (
            world.token(kafka_token_secret=SecretStr("wrong-one")), "refuses touchline-token: 401 invalid_client",
        ),
    }  # fmt: skip
    said = {case: await refused_by_kafka(settings) for case, (settings, _) in cases.items()}
    sentences = {case: "" if refused is None else refused.sentence for case, refused in said.items()}
    assert {} == {case: sentences[case] for case, (_, word) in cases.items() if word not in sentences[case]}
    assert not [s for s in sentences.values() if "\n" in s or any(p in s for p in (*PASSWORDS.values(), "wrong-one"))]
    hung_up = {
        "a certificate nobody signed", "no certificate", "no TLS where it is wanted", "TLS where there is none",
    }  # fmt: skip
    assert hung_up >= {case for case, refused in said.items() if refused is not None and not refused.sure}
    assert await refused_by_kafka(world.scram("score")) is None
    assert await refused_by_kafka(world.scram("score", bootstrap=f"{HOST}:1")) is None


async def test_a_redis_that_turns_us_away_is_understood(world: World, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "others", "stranger")

    async def told(settings: Settings, *, patient: bool) -> str:
        redis = connect(settings, patient=patient)
        try:
            await redis.hset(f"touchline:{world.prefix}x", "a", "b")
        except (RedisError, ConnectionError, NoPermissionError) as fault:
            (line,) = await to_put_right(fault, Step(name="x", what="", reads=(), says=()), settings)
            return line
        finally:
            await redis.aclose()
        return ""

    for patient in (True, False):
        assert "" == await told(world.scram("score"), patient=patient)
        wrong = world.scram("score", redis_password=SecretStr("wrong-one"))
        assert "TOUCHLINE_REDIS_PASSWORD is wrong" in await told(wrong, patient=patient)
        assert "wrong-one" not in await told(wrong, patient=patient)
        assert "TOUCHLINE_REDIS_CA" in await told(world.scram("score", redis_ca=stranger.ca), patient=patient)
        bare = world.scram("score", redis_user="bare")
        assert "touchline acls --format redis" in await told(bare, patient=patient)


async def test_our_user_in_redis_reaches_no_name_of_others(world: World) -> None:
    redis = connect(world.scram("score"), patient=False)
    try:
        for work in (redis.get("others:x"), redis.set("touchlin", "x"), redis.flushall(), redis.keys("*")):
            with pytest.raises(NoPermissionError):
                await work
    finally:
        await redis.aclose()
