"""Redis: reachable, new enough, allowed, roomy, and as far as Kafka."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka import TopicPartition
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from agents.checkup.clocks import redis_clock
from agents.checkup.problem import Area, Problem, one_line, run
from agents.redis.client import OLDEST, connect
from agents.redis.keys import RedisKeys
from agents.security.redis import redis_shown
from agents.settings import Settings
from streams.topology import HANDOFFS, IDENTIFY, IDENTITY_LINKS, LEAD_CARDS, MIRROR, name_of

KEEPS_ALL = "noeviction"
KEEPS_OURS = ("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl")
"""Only keys that run out may be dropped, and who is who does not."""
NEARLY_FULL = 0.9
BEHIND = 10_000
"""Records the copy may be behind: fewer are a busy moment."""


class Copied(Struct, frozen=True, kw_only=True):
    """What Redis holds of Kafka."""

    settings: Settings
    known: bool = False
    """It could be asked."""
    marks: dict[str, int] = {}
    """How far the mirror has copied: last offset by `topic/partition`."""
    whole: bool = True
    """The identity graph is."""
    refilled: bool = False
    """Somebody refills it at this moment."""

    def problems(self, ends: Mapping[TopicPartition, tuple[int, int]]) -> list[Problem]:
        """Where it is behind what Kafka holds, or before it."""
        if not self.known or not ends:
            return []
        return [*self._graph(ends), *self._mirror(ends)]

    def _graph(self, ends: Mapping[TopicPartition, tuple[int, int]]) -> list[Problem]:
        links = sum(end - begin for p, (begin, end) in self._of(IDENTITY_LINKS.name, ends).items())
        if self.whole or not links:
            return []
        what = f"the identity graph is not whole, {links} links on Kafka: first touches wait"
        if self.refilled:
            return [Problem(area=Area.REDIS, what=f"{what} until it is refilled, which is under way",
                            next="wait: a worker's log says how far it is")]  # fmt: skip
        return [Problem(area=Area.REDIS, what=what, next=run(self.settings, IDENTIFY))]

    def _mirror(self, ends: Mapping[TopicPartition, tuple[int, int]]) -> list[Problem]:
        if not self.marks:
            return []  # no mirror ever ran: it is not asked for
        behind = 0
        for topic in (LEAD_CARDS, HANDOFFS):
            for p, (begin, end) in self._of(name_of(topic, self.settings), ends).items():
                mark = self.marks.get(f"{topic.name}/{p.partition}", -1)
                if mark >= end:
                    what = (
                        f"Redis has copied {topic.name} up to {mark}, and Kafka ends at {end}: the topic was made "
                        "anew, or this Redis belongs to another cluster"
                    )
                    return [Problem(area=Area.REDIS, what=what, next=run(self.settings, MIRROR))]
                behind += max(0, end - max(begin, mark + 1))
        if behind < BEHIND:
            return []
        what = f"the mirror is {behind} records behind: look-ups and the ranking show the past"
        return [Problem(area=Area.REDIS, what=what, next=run(self.settings, MIRROR))]

    @staticmethod
    def _of(name: str, ends: Mapping[TopicPartition, tuple[int, int]]) -> dict[TopicPartition, tuple[int, int]]:
        return {p: span for p, span in ends.items() if p.topic.endswith(name)}


async def redis(settings: Settings, now_ms: Callable[[], int]) -> tuple[list[Problem], Copied]:
    """Its problems, and how far it holds what Kafka does."""
    client = connect(settings, patient=False)
    try:
        refused: list[str] = []
        # The first question tells whether anybody is there at all.
        server = await _told(client.info("server"), "INFO", refused, {})
        problems = [*_version(server), *_room(settings, await _told(client.info("memory"), "INFO", refused, {}))]
        before_ms = now_ms()
        at = await _told(client.time(), "TIME", refused, None)
        if at is not None:
            problems += redis_clock(at[0] * 1000 + at[1] // 1000, before_ms, now_ms())
        copied = await _copied(client, settings, refused)
        await _told(client.eval("return 1", 1, RedisKeys(settings.prefix).graph), "EVAL", refused, None)
    except AuthenticationError as fault:
        mend = "set TOUCHLINE_REDIS_USER and TOUCHLINE_REDIS_PASSWORD (or _FILE), as Redis knows them"
        return [_refused(settings, f"refuses our name or password ({one_line(fault)})", mend)], Copied(
            settings=settings
        )
    except RedisError as fault:
        return [_unreachable(settings, fault)], Copied(settings=settings)
    finally:
        await client.aclose()
    if refused:
        mend = f"touchline acls --format redis{f' --prefix {settings.prefix}' if settings.prefix else ''}"
        problems.append(_refused(settings, f"does not let this user {', '.join(dict.fromkeys(refused))}", mend))
    return problems, copied


async def _told(answer: Awaitable[Any], what: str, refused: list[str], otherwise: Any) -> Any:
    try:
        return await answer
    except NoPermissionError:
        refused.append(what)
        return otherwise


async def _copied(client: "Redis", settings: Settings, refused: list[str]) -> Copied:
    keys = RedisKeys(settings.prefix)
    marks: dict[bytes, bytes] = await _told(client.hgetall(keys.mirrored), "HGETALL", refused, {})
    graph, lock = await _told(client.mget(keys.graph, keys.graph_lock), "MGET", refused, (b"?", None))
    return Copied(
        settings=settings, known=True, marks={name.decode(): int(offset) for name, offset in marks.items()},
        whole=graph is not None, refilled=lock is not None,
    )  # fmt: skip


def _shown(settings: Settings) -> str:
    return redis_shown(settings).rpartition("://")[2]


def _refused(settings: Settings, what: str, mend: str) -> Problem:
    return Problem(area=Area.REDIS, what=f"Redis at {_shown(settings)} {what}", next=mend)


def _unreachable(settings: Settings, fault: RedisError) -> Problem:
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        mend = "set TOUCHLINE_REDIS_CA to the certificates (PEM) that sign Redis'"
        return _refused(settings, f"is not trusted ({cause.verify_message})", mend)
    if cause is not None:
        return _refused(settings, f"speaks no TLS ({one_line(cause)})", "give its TLS port, or a redis:// URL: --redis")
    start = "start one with `touchline stack`, or give the right --redis"
    return Problem(area=Area.REDIS, what=f"no Redis answers at {_shown(settings)} ({one_line(fault)})", next=start)


def _version(server: Mapping[str, Any]) -> list[Problem]:
    told = str(server.get("redis_version", ""))
    if not told or tuple(int(n) for n in told.split(".")[:2] if n.isdigit()) >= OLDEST:
        return []
    oldest = ".".join(map(str, OLDEST))
    return [Problem(area=Area.REDIS, what=f"Redis {told} is too old", next=f"install Redis {oldest} or later")]


def _room(settings: Settings, memory: Mapping[str, Any]) -> list[Problem]:
    limit, used = int(memory.get("maxmemory", 0)), int(memory.get("used_memory", 0))
    evicts = str(memory.get("maxmemory_policy", KEEPS_ALL))
    problems = []
    if limit and evicts not in (KEEPS_ALL, *KEEPS_OURS):
        what = f"a full Redis drops keys ({evicts}): whoever's identity is dropped gets a second lead"
        mend = f"redis-cli config set maxmemory-policy {KEEPS_ALL}, then touchline identity rebuild --yes"
        problems.append(Problem(area=Area.REDIS, what=what, next=mend))
    if limit and used >= NEARLY_FULL * limit:
        what = f"Redis is {used / limit:.0%} full ({used >> 20} of {limit >> 20} MB): when it is full, identify waits"
        mend = "redis-cli config set maxmemory <more>; `touchline plan` says how much your leads need"
        problems.append(Problem(area=Area.REDIS, what=what, next=mend))
    return problems
