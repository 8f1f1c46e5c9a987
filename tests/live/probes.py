"""A person planted everywhere personal data may come in, and a sweep that finds any trace of her."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from redis.asyncio import Redis

from agents.redis.keys import RedisKeys
from schemas.reject import HEADER_PREFIX, STREAMS_PREFIX
from streams.topology import HANDOFFS, LEAD_PROFILES, TOPICS, Topic
from tests.live.kafka import Kafka

EMAIL, PHONE, NAME = "zz-probe@example.com", "+77010000001", "Zzprobe"
WHO = {"email": "ZZ-Probe@Example.com", "phone": "8 (701) 000-00-01"}

_WORDS = ("zz-probe", "zzprobe", "7010000001")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s().\-–—]{1,3}(?=\d)")
AROUND = 40
OURS = (HEADER_PREFIX, STREAMS_PREFIX)


def traces(data: bytes | str | None) -> list[str]:
    """What of her is in it, and what is around: in any case, with digits grouped, or written for a URL."""
    if not data:
        return []
    text = (data.decode("latin-1") if isinstance(data, bytes) else data).lower()
    plain = text + (f" {unquote(text)}" if "%" in text and "zz" in text else "")
    if "701" in text:
        plain += f" {_BETWEEN_DIGITS.sub('', text)}"
    places = ((word, plain.find(word)) for word in _WORDS)
    return [plain[max(0, at - AROUND) : at + len(word) + AROUND] for word, at in places if at >= 0]


def touches(at: str, at_ms: int) -> Iterator[dict[str, Any]]:
    """Touches that can be used, with her in every place that is not meant for her."""
    said: dict[str, Any] = {"kind": "visit", "at": at, "who": WHO}
    planted: tuple[dict[str, Any], ...] = (
        {"page": f"https://acme.kz/u/{EMAIL}?email={EMAIL}&tel={PHONE}&name={NAME}#{NAME}"},
        {"page": f"/login;{NAME}?next=%2Fu%2Fzz-probe%2540example.com"},
        {"page": "acme.kz/call/+7%20(701)%20000-00-01"},
        {"campaign": f"for {EMAIL}", "source": "+7 701 000 00 01", "medium": EMAIL, "message": EMAIL, "product": PHONE},
        {"kind": f"form of {EMAIL}", "channel": EMAIL},
        {"props": {"form": f"call {EMAIL}", "term": PHONE, "comment": NAME, "plan": 77010000001, EMAIL: NAME}},
        {"props": {"content": {"name": NAME}, "article": [EMAIL], "full_name": NAME, "tel": 77010000001}},
        {"who": {**WHO, "crm:hubspot": EMAIL}},
        {"who": {"crm:amo": PHONE, "email": EMAIL}},
        {"who": {"telegram": "@zzprobe_kz", "email": EMAIL}},
        {"who": {"anonymous": EMAIL}},
        {"who": {"user": EMAIL, "viber": NAME}},
        {"who": {EMAIL: NAME, "email": EMAIL}},
        {"who": {"email": f"{NAME} <{EMAIL}>", "phone": PHONE}},
        {"who": {"whatsapp": PHONE, "email": EMAIL}},
        {"email": EMAIL, "nested": {"name": [NAME, PHONE]}},
        {"touch_id": EMAIL},
        {"touch_id": PHONE},
        {"at": at_ms, "direction": "out"},
    )
    for number, more in enumerate(planted):
        yield {"touch_id": f"probe-{number}"} | said | more


def facts(at: str) -> Iterator[dict[str, Any]]:
    """What she told forms and sellers."""
    said: dict[str, Any] = {"at": at, "who": WHO, "by": "form"}
    yield {"fact_id": EMAIL, **said, "name": "name", "value": NAME}
    yield {"fact_id": "f-2", **said, "facts": {"email": EMAIL, "phone": PHONE, "job_title": f"CEO, {PHONE}"}}
    yield {"fact_id": "f-3", **said, "facts": {"headcount": 40, NAME: EMAIL, "note": {"deep": [NAME]}}}
    yield {"fact_id": "f-4", **said, "by": "sales", "name": "city", "value": f"Almaty, ask {EMAIL}"}


def reports(at: str) -> Iterator[dict[str, Any]]:
    """What sellers type into a CRM."""
    said: dict[str, Any] = {"at": at, "who": WHO, "by": "ann"}
    yield {"update_id": EMAIL, **said, "kind": "attempt", "channel": PHONE}
    yield {"update_id": "u-2", **said, "kind": "note", "props": {"text": f"{NAME} {PHONE}"}, "reason": EMAIL}
    yield {"update_id": "u-3", **said, "kind": "consent", "purpose": EMAIL, "given": False}
    yield {"update_id": "u-4", **said, "kind": "stage", "stage": f"called {PHONE}"}
    yield {"update_id": "u-5", **said, "kind": "lost", "cause": f"ask {EMAIL}", "side": "client"}
    yield {"update_id": "u-6", **said, "kind": "override", "level": EMAIL}
    yield {"update_id": "u-7", "at": at, "handoff_id": EMAIL, "kind": "accepted", "by": "ann"}
    yield {"update_id": "u-8", "at": at, "handoff_id": PHONE, "kind": "returned", "reason": NAME}


def poison(at: str) -> Iterator[bytes]:
    """What cannot be used: her in the very place that a refusal speaks of."""
    who = f'"who":{{"email":"{EMAIL}"}}'
    for text in (
        EMAIL,
        f'{{"touch_id":"{EMAIL}"',
        f'{{"{EMAIL}":1}}',
        f'["{NAME}"]',
        f'{{"touch_id":"p1","kind":"visit","at":"{EMAIL}",{who}}}',
        f'{{"touch_id":"p2","kind":{{"{NAME}":1}},"at":"{at}",{who}}}',
        f'{{"touch_id":"p3","kind":"visit","at":"{at}","who":{{"{EMAIL}":["{PHONE}"]}}}}',
        f'{{"touch_id":"p4","kind":"visit","at":"{at}","who":{{"email":"zz-probe"}}}}',
        f'{{"touch_id":"p5","kind":"visit","at":"{at}","who":{{"phone":"{NAME}"}}}}',
        f'{{"touch_id":"p6","kind":"visit","at":"{at}",{who},"direction":"{EMAIL}"}}',
        f'{{"touch_id":"p7","kind":"visit","at":"{at}",{who},"props":{{"{EMAIL}":1e300}}}}',
        f'{{"touch_id":"{NAME * 60}","kind":"visit","at":"{at}",{who}}}',
        f'{{"touch_id":"p8","kind":"visit","at":"2999-01-01T00:00:00Z",{who}}}',
        f'{{"touch_id":"p9","cost":NaN,"kind":"{NAME}","at":"{at}",{who}}}',
        f'{{"touch_id":"p10","kind":"{EMAIL * 20_000}","at":"{at}",{who}}}',
        "[" * 5_000 + f'"{NAME}"',
    ):
        yield text.encode()
    yield f'{{"touch_id":"{NAME}'.encode() + b"\xff\xfe"


async def sweep_topics(kafka: Kafka, topics: Iterable[Topic] = TOPICS) -> dict[str, list[str]]:
    """Where she is found though she may not be there: in keys, values and headers, by place."""
    found: dict[str, list[str]] = {}
    for topic in topics:
        for record in await kafka.read_all(topic, watermarks=True):
            inside = topic.personal and topic not in (LEAD_PROFILES, HANDOFFS)
            parts: list[bytes | str | None] = [] if topic.personal else [record.value]
            parts += [] if inside else [record.key]
            for name, value in record.headers:
                parts += [name, value] if name.startswith(OURS) or not inside else []
            if words := [word for part in parts for word in traces(part)]:
                found[f"{topic.name}/{record.partition}/{record.offset}"] = words
    return found


async def sweep_redis(redis: Redis, keys: RedisKeys) -> tuple[dict[str, list[str]], set[str]]:
    """Where she is found though she may not be; and the kinds of key in which she is, as she may be."""
    found: dict[str, list[str]] = {}
    allowed: set[str] = set()
    may = {keys.profiles: "profile", keys.handoff(""): "handoff"}
    async for raw in redis.scan_iter(f"{keys.everything}*", count=1_000):
        name = str(raw, "utf-8") if isinstance(raw, bytes) else raw
        if traces(name):
            found[f"key {name}"] = traces(name)
        words = traces(repr(await _held(redis, raw)))
        home = next((kind for start, kind in may.items() if name.startswith(start)), "")
        if words and home:
            allowed.add(home)
        elif words:
            found[name] = words
    return found, allowed


async def _held(redis: Redis, name: bytes) -> Any:
    kind = await redis.type(name)
    match kind if isinstance(kind, str) else kind.decode():
        case "hash":
            return await redis.hgetall(name)
        case "set":
            return await redis.smembers(name)
        case "zset":
            return await redis.zrange(name, 0, -1)
        case "list":
            return await redis.lrange(name, 0, -1)
    return await redis.get(name)


def sweep_files(folder: Path) -> dict[str, list[str]]:
    """Logs, stores and whatever else workers left."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # brokers delete files while we look
            if not path.name.endswith("index") and path.is_file() and (words := traces(path.read_bytes())):
                found[str(path.relative_to(folder))] = words
    return found
