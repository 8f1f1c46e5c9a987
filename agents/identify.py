"""The identify stage: who is it? Carries inputs onto the log, each with its lead and without personal data."""

import asyncio

import msgspec
from redis.asyncio import Redis

from agents.canary.passing import onto_log
from agents.clock import wall_ms
from agents.dead_letters import write_dead_letters
from agents.delivery.producer import Outbox
from agents.group_commit import GiveBack, Group
from agents.life import end
from agents.model_file import load_model
from agents.people.asking import Published
from agents.people.group_reading import Reader
from agents.people.identity_graph import GraphMissing, IdentityGraph
from agents.people.links_known import LinksKnown
from agents.people.links_log import link_items, merge_links
from agents.people.policy_file import hider_of
from agents.people.rebuilding import Rebuilding
from agents.people.writing import Desk, Writing
from agents.redis.client import check_version, connect, not_ready, while_wanted
from agents.redis.keys import RedisKeys
from agents.redis.looking import watch
from agents.settings import Settings
from agents.signals import GroupIdentified
from agents.spans import Spans
from agents.watermarks import ReadTo, Watermarks
from schemas.profile import IdentityLink
from schemas.scoring_model import ScoringModel
from streams.people.log_entries import Scribe
from streams.people.redaction import Redactor
from streams.topology import IDENTIFY, IDENTITY_LINKS, LEAD_EVENTS, LEAD_PROFILES


class Identify:
    """Order in a flush: decide, then links, profiles and dead letters, then the log, then acknowledge."""

    step = IDENTIFY

    def __init__(self, settings: Settings, model: ScoringModel | None = None) -> None:
        self._settings, self._model = settings, model
        self._links = LinksKnown()
        self._spans = Spans(self.step.name)
        self._redis: Redis = connect(settings)
        self._rebuilding = Rebuilding(settings, self._redis, RedisKeys(settings.prefix))
        self._watermarks: Watermarks | None = None
        self._telling: asyncio.Task[None] | None = None
        """Says on the log how far the inputs are read."""

    def tell(self, read_to: ReadTo) -> None:
        """How far we are is said on the log, too."""
        self._watermarks = Watermarks(self._settings, read_to)

    async def start(self, out: Outbox) -> None:
        """Read the model; waits for Redis."""
        settings = self._settings
        model = self._model or load_model(settings.model, settings)[1]
        hider, keys = hider_of(settings), RedisKeys(settings.prefix)
        self._scribe = Scribe(hider, Redactor(settings.keep_props, settings.region), model)
        self._reader = Reader(hider, self._scribe, self._links)
        self._out = out
        self._graph = IdentityGraph(self._redis, keys, hider.policy)
        self._desk = Desk(hider, self._scribe, self._links)
        await check_version(self._redis, settings)
        self._looking = asyncio.create_task(watch(self._redis))
        self._rebuilding.begin().add_done_callback(_ended)
        if self._watermarks is not None:
            self._telling = asyncio.create_task(self._watermarks.run(out))
            self._telling.add_done_callback(_ended)

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Nothing of a partition is remembered between flushes."""

    async def revoked(self) -> None:
        """Nothing of a partition is remembered between flushes."""

    def not_ready(self) -> list[str]:
        """What needs Redis waits while it is away, or not whole."""
        return not_ready(self._redis) or self._rebuilding.not_ready()

    async def stop(self) -> None:
        """Let Redis go."""
        if self._telling is not None:
            self._telling.cancel()
        self._looking.cancel()
        await asyncio.to_thread(self._spans.stop)
        await self._rebuilding.stop()
        await self._redis.aclose()

    async def flush(self, group: Group) -> None:
        """Links and contact details are durable before the log speaks of their lead; a kill at any point repeats."""
        late: dict[str, IdentityLink] = {}
        writing = await while_wanted(group, self._decide(group))
        while not await self._prepare(group, writing):
            late |= writing.links
            writing = await while_wanted(group, self._decide(group))
        events = [*writing.events, *onto_log(writing.reading.canaries, self._settings.partitions)]
        if events:
            await self._out.write(LEAD_EVENTS, events)
        await self._mark_announced(group, writing, late)
        group.acknowledge()
        if self._watermarks is not None:
            self._watermarks.moved()
        _tell(writing)
        self._spans.tell("process", "touches", writing.reading.traced, wall_ms())

    async def _decide(self, group: Group) -> Writing:
        """All that needs Redis before anything is written; may be given up and done again."""
        while True:
            try:
                return await self._resolve(group)
            except GraphMissing:
                await self._rebuilding.whole()

    async def _resolve(self, group: Group) -> Writing:
        graph = self._graph
        self._links.follow(await graph.changes(self._links.seen))
        handoffs = self._reader.handoffs(group)
        writing = Writing(self._reader.read(group, await graph.leads_of(handoffs) if handoffs else {}))
        questions = writing.reading.questions
        while len(writing.answers) < len(questions):
            self._desk.take(writing, await graph.resolve([q.ask for q in questions[len(writing.answers) :]]))
        self._desk.write(writing, group)
        if writing.details:
            writing.profiles = await graph.merge(writing.details)
        return writing

    async def _prepare(self, group: Group, writing: Writing) -> bool:
        """Write what the log rests on; whether the log may speak of it now.

        A graph rebuilt meanwhile may not have heard of these links and details, and one that was gone knew of no
        handoff: then all is decided once more.
        """
        links = writing.links | merge_links(writing.merges.values())
        if links:
            await self._out.write(IDENTITY_LINKS, link_items(links))
        await self._publish(writing.profiles)
        try:
            if links or writing.profiles or writing.reading.unusable:
                await while_wanted(group, self._graph.check())
        except GraphMissing:
            return False
        await write_dead_letters(self._out, writing.reading.unusable)
        return True

    async def _publish(self, profiles: list[Published]) -> None:
        if profiles:
            await self._out.write(LEAD_PROFILES, [(None, p.lead.encode(), _profile(p), []) for p in profiles])

    async def _mark_announced(self, group: Group, writing: Writing, late: dict[str, IdentityLink]) -> None:
        """Tell Redis what the broker has. Given up when the group is unwanted: an unmarked link is announced again.

        Links that were too late for a rebuild may contradict what holds now, and are then the broker's last word on it:
        they are marked as well, and so said again as they are.
        """
        known = self._links
        for key, lead in writing.known.items():
            known.remember(key, lead)
        for key, shared_ms in writing.shared.items():
            known.remember_shared(key, shared_ms)
        for homes in writing.apart:
            known.remember_apart(homes)
        links, profiles = late | writing.links, writing.profiles
        merges = {one.loser: one.survivor for one in writing.merges.values()}
        try:
            while links or merges or profiles:
                said = await while_wanted(group, self._graph.announced(links, merges, profiles))
                for key, link in links.items():
                    if key not in said.links and not (link.shared_ms or link.erased_ms):
                        known.remember(key, link.lead_id)
                known.learn(said.pointers)
                if said.links:
                    await self._out.write(IDENTITY_LINKS, link_items(said.links))
                await self._publish(said.profiles)
                links, merges, profiles = said.links, {}, said.profiles
        except (GiveBack, GraphMissing):
            return


def _profile(profile: Published) -> bytes | None:
    """`schemas.profile.Profile`, its details as Redis keeps them; a tombstone where they went to another lead."""
    if not profile.flat:
        return None
    pairs = zip(profile.flat[::2], profile.flat[1::2], strict=True)
    details = {name.decode(): msgspec.Raw(detail) for name, detail in pairs}
    return msgspec.json.encode({"lead_id": profile.lead, "details": details})


def _ended(telling: asyncio.Task[None]) -> None:
    """A write that failed ends the worker, as in a flush."""
    if not telling.cancelled() and (fault := telling.exception()) is not None:
        end(fault)


def _tell(writing: Writing) -> None:
    reading, new = writing.reading, writing.new
    GroupIdentified(
        admitted=reading.admitted,
        skipped=reading.skipped,
        cached=reading.cached,
        asked=len(reading.entries) - reading.cached,
        leads=new.leads,
        links=len(writing.links),
        merges=new.merges,
        refused=writing.refused,
        shared=new.shared,
        conflicts=reading.conflicts + writing.conflicts,
        dropped=reading.dropped,
        blocked=reading.blocked,
        suppressed=writing.suppressed,
        profiles=len(writing.profiles),
    ).emit()
