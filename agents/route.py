"""The route stage: what score says of a ripe lead becomes a handoff for CRMs and an assignment on the lead's log."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from agents.canary.passing import home
from agents.clock import WallClock, wall_ms
from agents.dead_letters import DeadLetter, write_dead_letters
from agents.delivery.producer import Item, Outbox
from agents.group_commit import Group
from agents.life import end
from agents.people.rebuilding import Rebuilding, is_missing
from agents.redis.client import connect, not_ready, while_wanted
from agents.redis.keys import RedisKeys
from agents.redis.looking import check_and_watch
from agents.routing.away import absences
from agents.routing.giving import Giving
from agents.routing.waiting import WaitingRoom
from agents.routing_file import load_policy
from agents.settings import Settings
from agents.signals import HandoffsRouted, SalesMeasured, Timed
from agents.spans import Spans, Traced
from schemas.handoff import HandoffType, Ripe
from schemas.lead_event import Assigned
from schemas.reject import Reject
from schemas.routing_policy import RoutingPolicy
from schemas.units import SECOND_MS
from streams.generations.log_marks import CANARY_KEY
from streams.reports.measured import measured
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, Routed, contact_of, encode, read_ripe, route
from streams.topology import CANARY, CRM_UPDATES, HANDOFFS, LEAD_EVENTS, RIPE, ROUTE

CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
"""CloudEvents, structured mode: all of it is in the value."""

CHUNK = 1_000
"""Leads asked for in one round trip."""

_pack = msgspec.msgpack.Encoder().encode
# Redis' Lua writes msgpack's text only, never its binary type.
_unpack = msgspec.msgpack.Decoder(list[list[str]]).decode


class Route:
    """Carries bytes between Kafka, Redis and Kafka; what to say is decided in streams/routing/handing_over.py."""

    step = ROUTE

    def __init__(self, settings: Settings, clock: WallClock = wall_ms, policy: RoutingPolicy | None = None) -> None:
        self._settings, self._clock = settings, clock
        self._keys = RedisKeys(settings.prefix)
        self._spans = Spans(self.step.name)
        chooser = Chooser(load_policy(settings.routing, settings) if policy is None else policy)
        self._office = Office(chooser=chooser, source=source(settings.prefix))
        self._redis: Redis = connect(settings)
        self._giving = Giving(settings, self._redis, chooser, clock)
        self._room = WaitingRoom(self._giving, chooser, self._keys, clock)
        self._waiting: asyncio.Task[None] | None = None
        script = files("agents.redis").joinpath("contacts.lua").read_text()
        self._contacts = self._redis.register_script(script)
        self._rebuilding = Rebuilding(settings, self._redis, self._keys)

    async def start(self, out: Outbox) -> None:
        """Redis may be away: whoever needs it waits."""
        self._out = out
        self._checking = asyncio.create_task(check_and_watch(self._redis, self._settings))
        if self._giving.by_load:
            self._waiting = asyncio.create_task(self._room.run(out))
            self._waiting.add_done_callback(_ended)

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Nothing is remembered between flushes."""

    async def revoked(self) -> None:
        """Nothing is remembered between flushes."""

    def not_ready(self) -> list[str]:
        """What needs Redis waits while it is away, or while contact details are not whole."""
        return not_ready(self._redis) or self._rebuilding.not_ready()

    async def stop(self) -> None:
        """Let Redis go."""
        self._checking.cancel()
        if self._waiting is not None:
            self._waiting.cancel()
        await asyncio.to_thread(self._spans.stop)
        await self._redis.aclose()

    async def flush(self, group: Group) -> None:
        """Ask Redis, tell CRMs, tell the log, acknowledge: in this order, so that a kill repeats but never loses."""
        began_ms = self._clock()
        ripes, unusable = _read(group)
        away = [
            found for batch in group.batches if batch.topic == CRM_UPDATES.name for found in absences(batch.records)
        ]
        if away:
            await while_wanted(group, self._giving.note(away))
        canaries = home(record for batch in group.batches if batch.topic == RIPE.name for record in batch.records)
        if canaries:
            await while_wanted(group, self._reach())
        contacts = await while_wanted(group, self._prepare(ripes))
        given = await while_wanted(group, self._giving.give(ripes))
        routed = [
            route(ripe, contacts[ripe.lead_id], self._office, one) for ripe, one in zip(ripes, given, strict=True)
        ]
        await write_dead_letters(self._out, unusable)
        await self._out.write(HANDOFFS, [_handoff(*each) for each in zip(ripes, routed, strict=True)])
        assigned = [(ripe, one.assigned) for ripe, one in zip(ripes, routed, strict=True)]
        await self._out.write(LEAD_EVENTS, [_assigned(ripe, said) for ripe, said in assigned if said is not None])
        if canaries:
            await self._out.write(CANARY, canaries)
        group.acknowledge()
        self._tell(ripes)
        if self._spans.on:
            traced = [Traced(ripe.trace, began_ms) for ripe in ripes if ripe.trace]
            self._spans.tell("process", RIPE.name, traced, self._clock())
        SalesMeasured(done=measured(assigned, self._clock())).emit()

    async def _reach(self) -> None:
        """A lead would wait for Redis here, so canaries do."""
        await self._redis.ping()

    async def _prepare(self, ripes: Sequence[Ripe]) -> dict[str, dict[str, str]]:
        """Note whose handoffs these are, so that an answer finds its lead, and read the leads' contact details.

        Where Redis was emptied they are read from the log first: a salesman is not sent to somebody without a number.
        """
        while True:
            try:
                return await self._contacts_of(ripes)
            except ResponseError as fault:
                if not is_missing(fault):
                    raise
                await self._rebuilding.whole()

    async def _contacts_of(self, ripes: Sequence[Ripe]) -> dict[str, dict[str, str]]:
        leads = list({ripe.lead_id: ripe for ripe in ripes})
        handoffs = list({ripe.handoff_id: ripe.lead_id for ripe in ripes}.items())
        contacts: dict[str, dict[str, str]] = {}
        for first in range(0, max(len(leads), len(handoffs)), CHUNK):
            asked = leads[first : first + CHUNK]
            said = await self._contacts(
                args=[
                    self._keys.profiles, self._keys.handoff_leads,
                    _pack(asked), _pack(handoffs[first : first + CHUNK]), self._keys.merged,
                    self._keys.graph,
                ]
            )  # fmt: skip
            contacts |= {lead: contact_of(flat) for lead, flat in zip(asked, _unpack(said), strict=True)}
        return contacts

    def _tell(self, ripes: Sequence[Ripe]) -> None:
        now_ms = self._clock()
        HandoffsRouted(
            routed=[
                Timed(ripe.trigger.kind.value, (now_ms - ripe.touch_at_ms) / SECOND_MS, ripe.trace)
                for ripe in ripes
                if ripe.type is HandoffType.REQUESTED and not ripe.history
            ],
            events=Counter(ripe.type.value for ripe in ripes),
        ).emit()


def _ended(waiting: asyncio.Task[None]) -> None:
    """A write that failed ends the worker, as in a flush."""
    if not waiting.cancelled() and (fault := waiting.exception()) is not None:
        end(fault)


def source(prefix: str) -> str:
    """CloudEvents `source` of this deployment."""
    name = prefix.strip(".-_")
    return f"touchline/{name}" if name else "touchline"


def _read(group: Group) -> tuple[list[Ripe], list[DeadLetter]]:
    ripes: list[Ripe] = []
    unusable: list[DeadLetter] = []
    for batch in group.batches:
        if batch.topic != RIPE.name:
            continue
        for record in batch.records:
            if record.key == CANARY_KEY:
                continue
            said = read_ripe(record.value)
            if isinstance(said, Reject):
                unusable.append(DeadLetter(batch.topic, record, said))
            else:
                ripes.append(said)
    return ripes, unusable


def _handoff(ripe: Ripe, routed: Routed) -> Item:
    return None, ripe.lead_id.encode(), encode(routed.handoff), [CONTENT_TYPE, *_trace(ripe)]


def _assigned(ripe: Ripe, said: Assigned) -> Item:
    return None, ripe.lead_id.encode(), encode(said), _trace(ripe)


def _trace(ripe: Ripe) -> list[tuple[str, bytes]]:
    return [("traceparent", ripe.trace.encode())] if ripe.trace else []
