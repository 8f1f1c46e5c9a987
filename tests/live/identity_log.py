"""Who is who as the log tells it for a test, and what Redis holds of it."""

from typing import Any

from redis.asyncio import Redis

from agents.redis.keys import RedisKeys
from schemas.handoff import HandoffType
from schemas.profile import Detail, IdentityLink, Profile
from streams.routing.handing_over import encode, route
from streams.topology import HANDOFFS, IDENTITY_LINKS, LEAD_PROFILES
from tests.live.kafka import Kafka
from tests.pure.ripes import DESK, ripe

TOPICS = (IDENTITY_LINKS, LEAD_PROFILES, HANDOFFS)
A, B, C, D = (f"L{letter * 16}" for letter in "ABCD")
NOBODY = IdentityLink(lead_id="", at_ms=9, erasures=2, erased_ms=9)


def text(value: bytes | str | None) -> str:
    """As Redis has it."""
    assert isinstance(value, bytes)
    return value.decode()


async def held(redis: "Redis", keys: RedisKeys) -> dict[str, Any]:
    """All this deployment has in Redis, but for what differs with every rebuild."""
    found: dict[str, Any] = {}
    async for name in redis.scan_iter(match=f"{keys.everything}*", count=10_000):
        bare = name.decode().removeprefix(keys.everything)
        match await redis.type(name):
            case b"string":
                found[bare] = text(await redis.get(name))
            case b"hash":
                found[bare] = {text(k): text(v) for k, v in (await redis.hgetall(name)).items()}
            case b"set":
                found[bare] = {text(member) for member in await redis.smembers(name)}
            case kind:
                found[bare] = kind
    return {name: what for name, what in found.items() if name not in ("graph", "changes", "profile-changes")}


async def say_links(kafka: Kafka, *links: tuple[str, IdentityLink | None]) -> None:
    await kafka.say(IDENTITY_LINKS, [link for _, link in links], [key for key, _ in links])


async def say_people(kafka: Kafka) -> None:
    """Four leads: two of them merged, one split, one erased; and what was said before all that."""
    await say_links(
        kafka,
        ("email:a", IdentityLink(lead_id=A, at_ms=1)),
        ("crm:x:1:2", IdentityLink(lead_id=A, at_ms=1)),
        ("phone:b", IdentityLink(lead_id=B, at_ms=2, shared_ms=7)),
        ("user:c", IdentityLink(lead_id=B, at_ms=2)),
        ("user:c", IdentityLink(lead_id=C, at_ms=3, erasures=1, erased_ms=2)),
        ("email:d", IdentityLink(lead_id=D, at_ms=4)),
        (f"lead:{B}", IdentityLink(lead_id=A, at_ms=5)),
        (f"lead:{C}", IdentityLink(lead_id=A, at_ms=6)),
        (f"lead:{C}", IdentityLink(lead_id="", at_ms=7, apart=(A,))),
        ("email:d", NOBODY),
        (f"lead:{D}", IdentityLink(lead_id="", at_ms=9, erasures=1, erased_ms=9)),
    )
    profiles = [
        Profile(lead_id=lead, details={"email": Detail(f"{lead}@x.kz", 1, "t"), "headcount": Detail(40, 2, "f")})
        for lead in (A, D, A)
    ]
    profiles[0] = Profile(lead_id=A, details={"name": Detail("before", 1, "t")})
    await kafka.say(LEAD_PROFILES, [*profiles, None], [A, D, A, D])
    said = [ripe(handoff_id=f"h{n}", revision=1, type=HandoffType.REQUESTED, lead_id=A) for n in range(2)]
    await kafka.say(HANDOFFS, [encode(route(one, {}, DESK).handoff) for one in said], [A, A])


WHOLE: dict[str, Any] = {
    "id:email:a": A, "id:crm:x:1:2": A, "id:phone:b": B, "id:user:c": C,
    f"lead:{A}": {"email:a": "1", "crm:x:1:2": "1", f">{B}": "1"},
    f"lead:{B}": {"phone:b": "1"},
    f"lead:{C}": {"user:c": "1"},
    "merged": {B: f"{A} 0"}, "unannounced:merges": {B: "5"},
    "blocked": {f"{A} {C}"},
    "shared": {"phone:b": "7"},
    "erased": {"user:c": "1 2", "email:d": "2 9", f"lead:{D}": "1 9"},
    f"profile:{A}": {"email": f'["{A}@x.kz",1,"t"]', "headcount": '[40,2,"f"]'},
    "handoff-lead:h0": A, "handoff-lead:h1": A,
}  # fmt: skip


async def wipe(redis: "Redis", keys: RedisKeys) -> None:
    """All of this deployment's, at one moment."""
    script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('UNLINK', key) end"
    await redis.eval(script, 0, f"{keys.everything}*")


def soon(what: Any) -> Any:
    async def so() -> bool:
        return bool(what())

    return so


def graph_is_there(redis: "Redis", keys: RedisKeys) -> Any:
    async def so() -> bool:
        return bool(await redis.exists(keys.graph))

    return so
