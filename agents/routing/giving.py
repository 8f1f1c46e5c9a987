"""Gives ripe leads to people: asks the policy who may, and the desk who shall."""

from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis

from agents.clock import WallClock
from agents.routing.away import Absence, away_now, note
from agents.routing.desk import Ask, Decision, Desk, DeskLost, Settled
from agents.routing.keys import DeskKeys
from agents.routing.refilling import refill
from agents.settings import Settings
from schemas.handoff import HandoffType, Ripe
from schemas.units import Millis
from streams.routing.assigning import Given
from streams.routing.choosing import Chooser, Option, situation_of
from streams.routing.handing_over import asked, named

ENDS = frozenset({HandoffType.WITHDRAWN, HandoffType.RETURNED, HandoffType.CLOSED})
GIVES = frozenset({HandoffType.ASSIGNED, HandoffType.ACCEPTED})

_encode = msgspec.json.Encoder().encode


class Giving:
    """Of one worker; what it decides is in Redis, and the same for all."""

    def __init__(self, settings: Settings, redis: Redis, chooser: Chooser, clock: WallClock) -> None:
        self._settings, self._redis = settings, redis
        self.desk = Desk(redis, DeskKeys(settings.prefix))
        self._chooser, self._clock = chooser, clock
        self._away: frozenset[str] = frozenset()

    @property
    def by_load(self) -> bool:
        """Does the policy name people, so that their load has to be known?"""
        return bool(self._chooser.policy.people)

    async def give(self, ripes: Sequence[Ripe]) -> list[Given | None]:
        """Who got each that asks to be given, or does not know yet who has it; None for others, and where nobody's load
        matters."""
        if not self.by_load:
            return [None] * len(ripes)
        while True:
            try:
                return await self._give(ripes)
            except DeskLost:
                await refill(self._settings, self._redis, self.desk, self._chooser)

    async def _give(self, ripes: Sequence[Ripe]) -> list[Given | None]:
        given: list[Given | None] = [None] * len(ripes)
        now_ms = self._clock()
        await self.look_who_is_away(now_ms)
        asking = [(at, ripe) for at, ripe in enumerate(ripes) if asked(ripe)]
        if asking:
            asks = [self.ask(ripe, "anew" if ripe.reassign else "new", now_ms) for _, ripe in asking]
            decisions = await self.decide(asks, now_ms)
            for (at, _), decision in zip(asking, decisions, strict=True):
                given[at] = given_by(decision)
        for at, ripe in enumerate(ripes):
            if not asked(ripe) and not named(ripe) and (held := await self.desk.decision(ripe.handoff_id)) is not None:
                given[at] = given_by(held)
        became = [news(ripe) for ripe in ripes if not asked(ripe)]
        if became:
            await self.desk.settle(became)
        return given

    async def look_who_is_away(self, now_ms: Millis) -> None:
        """For the questions that follow."""
        self._away = await away_now(self._redis, self.desk.keys, now_ms)

    async def note(self, found: Sequence[Absence]) -> None:
        """Somebody was reported away."""
        await note(self._redis, self.desk.keys, found)

    def ask(self, ripe: Ripe, what: str, now_ms: Millis) -> Ask:
        """The question about one lead, now."""
        return Ask(
            handoff_id=ripe.handoff_id, revision=ripe.revision, what=what, options=self._options(ripe, now_ms),
            lead=_encode(ripe),
        )  # fmt: skip

    def _options(self, ripe: Ripe, now_ms: Millis) -> tuple[Option, ...]:
        team = self._chooser.policy.promise.reassign_to if ripe.reassign else ""
        if team:
            return self._chooser.of_team(team, now_ms, self._away)
        return self._chooser.choose(situation_of(ripe), now_ms, self._away).options

    async def decide(self, asks: Sequence[Ask], now_ms: Millis) -> list[Decision]:
        """By this policy and its clock."""
        policy, day = self._chooser.policy, self._chooser.calendar.local(now_ms).toordinal()
        return await self.desk.decide(asks, now_ms, day, f"{policy.policy}@{policy.version}")


def given_by(decision: Decision) -> Given:
    """As the log and the world are told."""
    return Given(
        rule=decision.rule, kind=decision.kind, target=decision.target, owner=decision.owner,
        waiting=decision.status == "waiting", at_ms=int(decision.at_ms), anew=int(decision.anew),
        waited=decision.waited, kept=bool(decision.kept), policy=decision.policy,
    )  # fmt: skip


def news(ripe: Ripe) -> Settled:
    """Of its owner only words that give one: others name whoever had it, though it is being given to somebody else."""
    return Settled(ripe.handoff_id, ripe.revision, ripe.owner if ripe.type in GIVES else "", int(ripe.type in ENDS))
