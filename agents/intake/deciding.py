"""Answers who takes a caller, from Redis and the policy: who holds the line does not wait for our trouble."""

import asyncio
from typing import cast

from redis.exceptions import RedisError

from agents.clock import WallClock, wall_ms
from agents.people.policy_file import hider_of
from agents.redis.client import connect_briefly
from agents.redis.keys import RedisKeys
from agents.redis.read_model import ReadModel
from agents.routing.away import away_of
from agents.routing.keys import DeskKeys
from agents.routing_file import load_policy
from agents.settings import Settings
from schemas.units import Millis
from streams.routing.asking import Answer, Desk, Known, Question, answer, options
from streams.routing.choosing import Chooser
from streams.routing.sharing import Load, share_names

WITHIN_S = 0.1
"""Redis has so long for all that is asked of it; then the policy answers for somebody unknown."""


class Deciding:
    """Reads only: no counter moves, nobody is promised."""

    def __init__(self, settings: Settings, clock: WallClock = wall_ms) -> None:
        """BadModel and BadPolicy carry the findings of documents that cannot be used."""
        self._chooser = Chooser(load_policy(settings.routing, settings))
        hider = hider_of(settings)
        hider.identity("phone", "+77010000001")  # the library's tables are read now, not while a caller waits
        self._redis = connect_briefly(settings, WITHIN_S)
        self._keys, self._desk_keys = RedisKeys(settings.prefix), DeskKeys(settings.prefix)
        self._leads = ReadModel(self._redis, self._keys, hider)
        self._clock = clock

    async def close(self) -> None:
        """Let Redis go."""
        await self._redis.aclose()

    async def answer(self, asked: Question) -> Answer:
        """Always an answer; `degraded` where Redis gave none."""
        now_ms = self._clock()
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._answer(asked, now_ms)
        except (RedisError, TimeoutError, OSError):
            return answer(self._chooser, asked, None, now_ms, Desk(), degraded=True)

    async def _answer(self, asked: Question, now_ms: Millis) -> Answer:
        whole, away = await self._whole_and_away(now_ms)
        known = await self._known(asked)
        desk = Desk(away=away)
        wanted = [option for option in options(self._chooser, asked, known, now_ms, desk) if option.members]
        teams = self._chooser.policy.teams
        if known is not None and known.handoff is not None and known.handoff.data.queue in teams:
            wanted += self._chooser.of_team(known.handoff.data.queue, now_ms, away)
        people = sorted({member.name for option in wanted for member in option.members})
        shares = sorted({name for option in wanted for name in share_names(option)})
        if people:
            desk = Desk(away=away, load=await self._load(people, shares, now_ms))
        return answer(self._chooser, asked, known, now_ms, desk, degraded=not whole and known is None)

    async def _whole_and_away(self, now_ms: Millis) -> tuple[bool, frozenset[str]]:
        """Does Redis hold who is who? Where it was emptied a caller we do not find may be known all the same."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.exists(self._keys.graph)
        pipeline.hgetall(self._desk_keys.away)
        whole, away = await pipeline.execute()
        return bool(whole), away_of(cast(dict[bytes, bytes], away), now_ms)

    async def _known(self, asked: Question) -> Known | None:
        for namespace, written in asked.names:
            if (lead_id := await self._leads.find(namespace, written)) is not None:
                card = await self._leads.card(lead_id)
                if card is None or card.handoff_id is None:
                    return Known(lead_id=lead_id, card=card)
                handoff = await self._leads.handoff(card.handoff_id)
                rule = cast(bytes | None, await self._redis.hget(self._desk_keys.decisions + card.handoff_id, "rule"))
                return Known(lead_id=lead_id, card=card, handoff=handoff, rule=(rule or b"").decode())
        return None

    async def _load(self, people: list[str], shares: list[str], now_ms: Millis) -> Load:
        day = self._chooser.calendar.local(now_ms).toordinal()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hmget(self._desk_keys.open, people)
        pipeline.hmget(self._desk_keys.today, [f"{day}/{name}" for name in people])
        pipeline.hmget(self._desk_keys.shares, shares)
        has, today, reached = await pipeline.execute()
        return Load(
            open={name: int(n) for name, n in zip(people, has, strict=True) if n is not None},
            today={name: int(n) for name, n in zip(people, today, strict=True) if n is not None},
            shares={name: float(n) for name, n in zip(shares, reached, strict=True) if n is not None},
        )
