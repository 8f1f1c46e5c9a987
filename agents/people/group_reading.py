"""A group of inputs as understood before Redis is asked: events to be written, questions who is meant, dead letters."""

from collections import Counter

import msgspec
from msgspec import Struct, field

from agents.dead_letters import DeadLetter
from agents.group_commit import Group, Record
from agents.people.asking import Ask
from agents.people.links_known import LinksKnown
from agents.spans import Traced
from schemas.canary import Canary
from schemas.crm_update import CrmKind, CrmUpdate
from schemas.fact import Fact
from schemas.lead_event import Origin
from schemas.profile import Detail
from schemas.reject import Reject
from schemas.touch import Touch
from schemas.traceparent import TRACEPARENT_BYTES
from streams.canary import RESERVED, canary_of
from streams.people.admission import Message, admit, unknown_handoff, unusable_identities
from streams.people.identity import Hider, Identity, Who
from streams.people.log_entries import Head, Scribe, at_home_with
from streams.people.touch_lines import Source, TouchLines
from streams.topology import CRM_UPDATES

TRACE_HEADERS = ("traceparent", "ce_traceparent")
"""Of a W3C traceparent; whatever else somebody puts there stays off the log."""

_encode = msgspec.json.Encoder().encode
_read_head = msgspec.json.Decoder(Head).decode


class Entry(Struct, gc=False):
    """One event to be written, once its lead is known."""

    line: bytes
    """As the log says it."""
    lead: str
    question: int
    """Which question answers its lead; -1: it is known."""
    details: dict[str, Detail] | None = None
    """What it tells the profile."""
    silent: bool = False
    """Says nothing on the log: all of it went to the profile."""

    @property
    def head(self) -> Head:
        """For what is derived from its identities."""
        return _read_head(self.line)


class Question(Struct):
    """An ask, and the message that asks it first."""

    ask: Ask
    identities: tuple[Identity, ...]


class Reading(Struct):
    """What a group says."""

    entries: list[Entry] = []
    """In the order of the input, per partition."""
    questions: list[Question] = []
    unusable: list[DeadLetter] = []
    cached: int = 0
    """Messages whose lead needed no question."""
    conflicts: int = 0
    """Of these, how many belong to two leads."""
    dropped: int = 0
    """Unusable identities beside usable ones."""
    blocked: int = 0
    """Of these, how many are nobody's, as the policy has it."""
    admitted: Counter[str] = field(default_factory=Counter)
    """By topic."""
    skipped: Counter[str] = field(default_factory=Counter)
    """By topic: what concerns no lead."""
    canaries: list[Canary] = []
    """They ask nobody, and are in no count."""
    traced: list[Traced] = []
    """Touches that came with a trace, in the order of the input."""


class Reader:
    """Reads groups, one after another."""

    def __init__(self, hider: Hider, scribe: Scribe, links: LinksKnown) -> None:
        self._hider, self._scribe, self._links = hider, scribe, links
        self._lines = TouchLines(scribe)

    def handoffs(self, group: Group) -> set[str]:
        """Handoffs that a group's CRM updates answer: their leads must be known before it is read."""
        named = set()
        for batch in group.batches:
            if batch.topic == CRM_UPDATES.name:
                for record in batch.records:
                    update = admit(batch.topic, record.value, record.headers, record.timestamp)
                    if type(update) is CrmUpdate and update.handoff_id and update.kind is not CrmKind.ABSENT:
                        named.add(update.handoff_id)
        return named

    def read(self, group: Group, leads_of_handoffs: dict[str, str]) -> Reading:
        """Admit every message and look its person up in memory."""
        reading = Reading()
        asked: dict[tuple[str, tuple[str, ...]], int] = {}
        who_of, line, entries = self._hider.who, self._lines.line, reading.entries
        for batch in group.batches:
            topic, source = batch.topic, Source.of(batch.topic, batch.partition)
            admitted = 0
            for record in batch.records:
                headers, append_ms = record.headers, record.timestamp
                message = admit(topic, record.value, headers, append_ms)
                if isinstance(message, Reject):
                    reading.unusable.append(DeadLetter(topic, record, message))
                    continue
                if type(message) is Touch and message.kind == RESERVED and (found := canary_of(message, append_ms)):
                    reading.canaries.append(found)
                    continue
                if type(message) is CrmUpdate and message.kind is CrmKind.ABSENT:
                    reading.skipped[topic] += 1
                    continue
                who = who_of(message.who)
                known = who.lead
                if type(message) is CrmUpdate and message.handoff_id:
                    known = leads_of_handoffs.get(message.handoff_id, "")
                    if not known:
                        reading.unusable.append(DeadLetter(topic, record, unknown_handoff()))
                        continue
                elif not who.identities and not known:
                    reading.unusable.append(DeadLetter(topic, record, unusable_identities(message.who)))
                    continue
                if who.dropped:
                    reading.dropped += who.dropped
                    reading.blocked += who.blocked
                if type(message) is Touch:
                    trace = _trace(record) if headers else ""
                    if trace:
                        reading.traced.append(Traced(trace, append_ms))
                    entry = Entry(line(message, source, record.offset, append_ms, who.public, trace), "", -1)
                else:
                    entry = self._entry(message, source, who, record)
                self._ask(reading, asked, entry, known, who, append_ms)
                entries.append(entry)
                admitted += 1
            if admitted:
                reading.admitted[topic] += admitted
        return reading

    def _entry(self, message: Message, source: Source, who: Who, record: Record) -> Entry:
        ids, origin = who.public, Origin(source.topic, source.partition, record.offset, record.timestamp)
        trace = _trace(record) if record.headers else ""
        if type(message) is Fact:
            fact = self._scribe.fact(message, origin, ids, trace)
            return Entry(_encode(fact), "", -1, self._scribe.details(message), silent=not (fact.facts or ids))
        assert type(message) is CrmUpdate
        return Entry(_encode(self._scribe.crm(message, origin, ids, trace)), "", -1)

    def _ask(
        self,
        reading: Reading,
        asked: dict[tuple[str, tuple[str, ...]], int],
        entry: Entry,
        known: str,
        who: Who,
        append_ms: int,
    ) -> None:
        """Answer from memory when nothing is to be decided; otherwise ask, once for everybody who is meant alike."""
        identities, links, home = who.identities, self._links, None
        if known:
            pass  # who is named outright may have been merged or erased, and nobody remembers that
        elif len(identities) == 1:
            home = links.lead_of(identities[0].key)
        else:
            home = links.together(identities, append_ms)
        if home is not None:
            lead = home if home not in links.pointers else links.target(home, append_ms)
            if lead is not None:
                if lead != home:
                    entry.line = at_home_with(entry.line, home)
                entry.lead = lead
                reading.cached += 1
                return
        keys = tuple(i.key for i in identities)
        number = asked.setdefault((known, keys), len(reading.questions))
        if number == len(reading.questions):
            # Few lead ids but the first are needed; Redis asks for them.
            candidates: tuple[str, ...] = tuple(map(self._hider.lead_id, keys[:1]))
            shared: tuple[int, ...] = ()
            if identities and identities[-1].shared:
                candidates, shared = tuple(map(self._hider.lead_id, keys)), tuple(int(i.shared) for i in identities)
            ask = Ask(known, append_ms, keys, candidates, shared)
            reading.questions.append(Question(ask, identities))
        entry.question = number


def _trace(record: Record) -> str:
    for name, value in record.headers:
        if name in TRACE_HEADERS and value and TRACEPARENT_BYTES.fullmatch(value):
            return value.decode()
    return ""
