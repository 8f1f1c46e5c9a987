"""Looks at the route stage's desk in Redis: who waits, in which order, and what was decided about a handoff."""

import msgspec
from msgspec import Struct

from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.redis.read_model import ReadModel
from agents.routing.desk import Decision, Desk
from agents.routing.keys import DeskKeys
from agents.settings import Settings
from schemas.handoff import HandoffEvent, Ripe
from streams.routing.choosing import Chooser
from streams.routing.queueing import in_order

_RIPE = msgspec.json.Decoder(Ripe)


class InQueue(Struct, frozen=True):
    """Somebody for whom nobody is free."""

    ripe: Ripe
    priority: float
    """As it stands now."""
    decision: Decision | None


async def in_queue(settings: Settings, chooser: Chooser) -> list[InQueue]:
    """The first to be served first."""
    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    desk = Desk(redis, DeskKeys(settings.prefix))
    try:
        waiting = [_RIPE.decode(lead) for lead in (await desk.waiting()).values()]
        if not waiting:
            return []
        cards = await desk.priorities([keys.card(ripe.lead_id) for ripe in waiting])
        now = {ripe.lead_id: told for ripe, told in zip(waiting, cards, strict=True) if told is not None}
        decisions = {ripe.handoff_id: await desk.decision(ripe.handoff_id) for ripe in waiting}
    finally:
        await redis.aclose()
    rules = {handoff: one.rule for handoff, one in decisions.items() if one is not None}
    return [
        InQueue(ripe, now.get(ripe.lead_id, ripe.score.priority), decisions[ripe.handoff_id])
        for ripe in in_order(waiting, chooser.policy, chooser.calendar, rules, now)
    ]


async def decided_about(settings: Settings, handoff_id: str) -> tuple[Decision | None, HandoffEvent | None]:
    """What the desk decided, and the handoff as the mirror has it."""
    redis = connect(settings, patient=False)
    leads = ReadModel.of(settings)
    try:
        decision = await Desk(redis, DeskKeys(settings.prefix)).decision(handoff_id)
        return decision, await leads.handoff(handoff_id)
    finally:
        await redis.aclose()
        await leads.close()
