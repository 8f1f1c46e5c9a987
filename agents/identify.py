"""The identify stage: who is it? Carries inputs onto the log, each with its lead and without personal data."""

import asyncio

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.dead_letters import write_dead_letters
from agents.delivery.producer import Item, Outbox
from agents.group_commit import GiveBack, Group
from agents.life import end
from agents.model_file import load_model
from agents.people.group_reading import Question, Reader, Reading
from agents.people.identity_graph import Answer, IdentityGraph, LinksKnown, Published
from agents.redis.client import check_version, connect, not_ready, while_wanted
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from agents.signals import GroupIdentified
from agents.watermarks import ReadTo, Watermarks
from schemas.profile import Detail, IdentityLink
from schemas.scoring_model import ScoringModel
from streams.people.identity import Hider
from streams.people.log_entries import Scribe
from streams.people.redaction import Redactor
from streams.topology import IDENTIFY, IDENTITY_LINKS, LEAD_EVENTS, LEAD_PROFILES

_encode = msgspec.json.Encoder().encode
_NO_HEADERS: list[tuple[str, bytes]] = []
"""One for all: nobody adds to it."""


class Writing(Struct):
    """What a group comes to."""

    reading: Reading
    events: list[Item] = []
    links: dict[str, IdentityLink] = {}
    """Unannounced, by identity key."""
    known: dict[str, str] = {}
    """Announced already: lead by identity key."""
    profiles: list[Published] = []
    leads: int = 0
    """Seen for the first time."""
    conflicts: int = 0


class Identify:
    """Order in a flush: resolve, then links, profiles and dead letters, then the log, then acknowledge."""

    step = IDENTIFY

    def __init__(self, settings: Settings, model: ScoringModel | None = None) -> None:
        self._settings, self._model = settings, model
        self._links = LinksKnown()
        self._redis: Redis = connect(settings)
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
        hider = Hider(settings.identity_key.get_secret_value(), settings.region)
        self._scribe = Scribe(hider, Redactor(settings.keep_props, settings.region), model)
        self._reader = Reader(hider, self._scribe, self._links)
        self._out = out
        self._graph = IdentityGraph(self._redis, RedisKeys(settings.prefix))
        await check_version(self._redis, settings)
        if self._watermarks is not None:
            self._telling = asyncio.create_task(self._watermarks.run(out))
            self._telling.add_done_callback(_ended)

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Nothing of a partition is remembered between flushes."""

    async def revoked(self) -> None:
        """Nothing of a partition is remembered between flushes."""

    def not_ready(self) -> list[str]:
        """What needs Redis waits while it is away."""
        return not_ready(self._redis)

    async def stop(self) -> None:
        """Let Redis go."""
        if self._telling is not None:
            self._telling.cancel()
        await self._redis.aclose()

    async def flush(self, group: Group) -> None:
        """Links and contact details are durable before the log speaks of their lead; a kill at any point repeats."""
        writing = await while_wanted(group, self._resolve(group))
        if writing.links:
            links: list[Item] = [(None, k.encode(), _encode(link), []) for k, link in writing.links.items()]
            await self._out.write(IDENTITY_LINKS, links)
        await self._publish(writing.profiles)
        await write_dead_letters(self._out, writing.reading.unusable)
        if writing.events:
            await self._out.write(LEAD_EVENTS, writing.events)
        await self._mark_announced(group, writing)
        group.acknowledge()
        if self._watermarks is not None:
            self._watermarks.moved()
        _tell(writing)

    async def _resolve(self, group: Group) -> Writing:
        """All that needs Redis before anything is written; may be given up and done again."""
        handoffs = self._reader.handoffs(group)
        reading = self._reader.read(group, await self._graph.leads_of(handoffs) if handoffs else {})
        answers = await self._graph.resolve([q.ask for q in reading.questions]) if reading.questions else []
        writing = Writing(reading)
        fresh = [self._note(writing, *each) for each in zip(reading.questions, answers, strict=True)]
        details = self._write_events(writing, answers, fresh)
        if details:
            writing.profiles = await self._graph.merge(details)
        return writing

    def _note(self, writing: Writing, question: Question, answer: Answer) -> list[int]:
        """Sort an answer's links into announced and not; returns which identities are new to their lead."""
        ask = question.ask
        odd = {news.index: news for news in answer.news}
        for index, key in enumerate(ask.keys):
            news = odd.get(index)
            if news is None:
                writing.known[key] = answer.lead
            elif news.at_ms:
                writing.links[key] = IdentityLink(lead_id=news.lead, at_ms=news.at_ms)
            else:
                writing.known[key] = news.lead
        fresh = [news.index for news in answer.news if news.at_ms and news.lead == answer.lead]
        writing.conflicts += answer.two_leads
        writing.leads += answer.lead == ask.candidate and len(fresh) == len(ask.keys) and not ask.known
        return fresh

    def _write_events(
        self, writing: Writing, answers: list[Answer], fresh: list[list[int]]
    ) -> list[tuple[str, dict[str, Detail]]]:
        """Events keyed by their lead, in the order of the input; returns what the profiles are to be told."""
        details: list[tuple[str, dict[str, Detail]]] = []
        events, questions = writing.events, writing.reading.questions
        for entry in writing.reading.entries:
            if entry.question >= 0:
                entry.lead = answers[entry.question].lead
                if fresh[entry.question]:
                    identities = questions[entry.question].identities
                    # The first who asked introduces them; whoever asked the same after it finds them introduced.
                    new = [identities[index] for index in fresh[entry.question]]
                    fresh[entry.question] = []
                    derived, contacts = self._scribe.derived(entry.head, new)
                    if derived is not None:
                        events.append((None, entry.lead.encode(), _encode(derived), []))
                    if contacts:
                        details.append((entry.lead, contacts))
            if entry.details:
                details.append((entry.lead, entry.details))
            if not entry.silent:
                events.append((None, entry.lead.encode(), entry.line, _NO_HEADERS))
        return details

    async def _publish(self, profiles: list[Published]) -> None:
        if profiles:
            await self._out.write(LEAD_PROFILES, [(None, p.lead.encode(), _profile(p), []) for p in profiles])

    async def _mark_announced(self, group: Group, writing: Writing) -> None:
        """Tell Redis what the broker has. Given up when the group is unwanted: an unmarked link is announced again."""
        for key, lead in writing.known.items():
            self._links.remember(key, lead)
        keys, profiles = list(writing.links), writing.profiles
        try:
            while keys or profiles:
                profiles = await while_wanted(group, self._graph.announced(keys, profiles))
                await self._publish(profiles)
                for key in keys:
                    self._links.remember(key, writing.links[key].lead_id)
                keys = []
        except GiveBack:
            return


def _profile(profile: Published) -> bytes:
    """`schemas.profile.Profile`, its details as Redis keeps them."""
    pairs = zip(profile.flat[::2], profile.flat[1::2], strict=True)
    details = {name.decode(): msgspec.Raw(detail) for name, detail in pairs}
    return _encode({"lead_id": profile.lead, "details": details})


def _ended(telling: asyncio.Task[None]) -> None:
    """A write that failed ends the worker, as in a flush."""
    if not telling.cancelled() and (fault := telling.exception()) is not None:
        end(fault)


def _tell(writing: Writing) -> None:
    reading = writing.reading
    GroupIdentified(
        admitted=reading.admitted,
        skipped=reading.skipped,
        cached=reading.cached,
        asked=len(reading.entries) - reading.cached,
        leads=writing.leads,
        links=len(writing.links),
        conflicts=reading.conflicts + writing.conflicts,
        dropped=reading.dropped,
        profiles=len(writing.profiles),
    ).emit()
