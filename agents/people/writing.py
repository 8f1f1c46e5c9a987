"""What a group comes to, once Redis has answered: which lead each entry is for, and what else is to be written."""

from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from agents.dead_letters import DeadLetter
from agents.delivery.producer import Item
from agents.group_commit import Group, Record
from agents.people.asking import Answer, Ask, Counts, News, Pointer, Published, Resolved
from agents.people.group_reading import Entry, Question, Reading
from agents.people.links_known import LinksKnown
from agents.people.links_log import merge_events
from schemas.lead_event import Origin
from schemas.profile import Detail, IdentityLink
from streams.people.faults import nobodys
from streams.people.identity import Hider
from streams.people.log_entries import Scribe, at_home_with

_encode = msgspec.json.Encoder().encode
_NO_HEADERS: list[tuple[str, bytes]] = []
"""One for all: nobody adds to it."""

_NOTHING_NEW: list[News] = []
"""One for all: nobody adds to it."""


class Writing(Struct):
    """What a group comes to."""

    reading: Reading
    answers: list[Answer] = []
    fresh: list[list[News]] = []
    """Identities that their first message introduces, by question."""
    odd: set[int] = set()
    """Questions whose answer depends on the append time of each message."""
    events: list[Item] = []
    links: dict[str, IdentityLink] = {}
    """Unannounced, by identity key."""
    merges: dict[str, Pointer] = {}
    """Unannounced, by loser."""
    details: list[tuple[str, dict[str, Detail]]] = []
    """What profiles are to be told."""
    profiles: list[Published] = []
    known: dict[str, str] = {}
    """Announced already: home by identity key."""
    shared: dict[str, int] = {}
    """Nobody's, by identity key: from when on."""
    apart: list[set[str]] = []
    """Homes that one message shows, and that remain of several leads."""
    new: Counts = Counts()
    refused: Counter[str] = field(default_factory=Counter)
    """Merges, by reason."""
    conflicts: int = 0
    suppressed: int = 0
    """Messages that say nothing, since their person was erased after they came."""


class Desk:
    """Takes answers in, and writes what they lead to."""

    def __init__(self, hider: Hider, scribe: Scribe, links: LinksKnown) -> None:
        self._hider, self._scribe, self._links = hider, scribe, links

    def take(self, writing: Writing, resolved: Resolved) -> None:
        """Note the answers to the questions not answered yet; who was erased may have to be asked for once more."""
        self._links.learn(resolved.pointers)
        writing.merges |= {one.loser: one for one in resolved.pointers if one.at_ms}
        was, new = writing.new, resolved.new
        writing.new = Counts(was.leads + new.leads, was.merges + new.merges, was.shared + new.shared)
        for reason, count in resolved.refused:
            writing.refused[reason] += count
        first = len(writing.answers)
        writing.answers += resolved.answers
        gone = {}
        for number, answer in enumerate(resolved.answers, first):
            writing.fresh.append(self._note(writing, number, writing.reading.questions[number].ask, answer))
            if answer.gone:
                gone[number] = answer
        if gone:
            self._ask_again(writing, gone)

    def _note(self, writing: Writing, number: int, ask: Ask, answer: Answer) -> list[News]:
        """Sort an answer's links into announced and not; returns which identities are new."""
        keys, known = ask.keys, writing.known
        if answer.gone:
            for dead in answer.gone:
                if dead.at_ms:
                    writing.links[keys[dead.index]] = IdentityLink(
                        lead_id="", at_ms=dead.at_ms, erasures=dead.erasures, erased_ms=dead.erased_ms
                    )
            return []
        if not answer.news:
            for key in keys:
                known[key] = answer.home
            return _NOTHING_NEW
        if len(answer.news) < len(keys):
            odd = {one.index for one in answer.news}
            known |= {key: answer.home for index, key in enumerate(keys) if index not in odd}
        fresh = []
        for one in answer.news:
            key = keys[one.index]
            # Who is met again in this group is introduced by the first question about them.
            if one.at_ms and not one.shared_ms and key not in writing.links:
                fresh.append(one)
            if one.at_ms:
                writing.links[key] = IdentityLink(
                    lead_id=one.lead, at_ms=one.at_ms, shared_ms=one.shared_ms, erasures=one.erasures,
                    erased_ms=one.erased_ms,
                )  # fmt: skip
            if one.shared_ms or one.erased_ms:
                writing.odd.add(number)
                # Who was erased is asked for always: an older message of theirs says nothing.
                if one.shared_ms and not one.erased_ms:
                    writing.shared[key] = one.shared_ms
            elif not one.at_ms:
                known[key] = one.lead
        if answer.several:
            writing.conflicts += 1
            writing.apart.append({answer.home, *(one.lead for one in answer.news)} - {""})
        return fresh

    def _ask_again(self, writing: Writing, gone: dict[int, Answer]) -> None:
        """Messages that came after an erasure are of a new lead; those before say nothing."""
        questions, again = writing.reading.questions, dict[int, int]()
        for entry in writing.reading.entries:
            answer = gone.get(entry.question)
            if answer is None:
                continue
            number, append_ms = entry.question, entry.head.origin.append_ms
            if append_ms <= max(one.erased_ms for one in answer.gone):
                self._suppress(writing, entry)
                continue
            if number not in again:
                asked = questions[number]
                erasures = dict.fromkeys(range(len(asked.ask.keys)), 0) | dict(
                    enumerate(asked.ask.erasures)
                ) | {one.index: one.erasures for one in answer.gone if one.index >= 0}  # fmt: skip
                told = tuple(erasures[index] for index in range(len(asked.ask.keys)))
                candidates = tuple(map(self._hider.lead_id, asked.ask.keys, told))
                ask = msgspec.structs.replace(asked.ask, at_ms=append_ms, candidates=candidates, erasures=told)
                again[number] = len(questions)
                questions.append(Question(ask, asked.identities))
            entry.question = again[number]

    def write(self, writing: Writing, group: Group) -> None:
        """Events keyed by their lead, in the order of the input, and what the profiles are to be told."""
        events, reading, pointers = writing.events, writing.reading, self._links.pointers
        for entry in reading.entries:
            if entry.question >= 0:
                home = writing.answers[entry.question].home
                if entry.question in writing.odd:
                    home = self._home_at(writing, entry, group)
                if not home:
                    continue
                entry.lead = home
                if home in pointers:
                    self._forward(entry, home)
                if writing.fresh[entry.question]:
                    self._introduce(writing, entry, "" if entry.lead == home else home)
            elif not entry.lead:
                continue
            if entry.details:
                writing.details.append((entry.lead, entry.details))
            if not entry.silent:
                events.append((None, entry.lead.encode(), entry.line, _NO_HEADERS))
        events += merge_events(writing.merges.values())
        writing.details += [(loser, {}) for loser in writing.merges]

    def _forward(self, entry: Entry, home: str) -> None:
        entry.lead = self._links.target(home, entry.head.origin.append_ms, asked=True) or home
        if entry.lead != home:
            entry.line = at_home_with(entry.line, home)

    def _home_at(self, writing: Writing, entry: Entry, group: Group) -> str:
        """The home that a message is of by its append time; empty: it says nothing, or nobody is meant."""
        question, answer = writing.reading.questions[entry.question], writing.answers[entry.question]
        origin, news = entry.head.origin, {one.index: one for one in answer.news}
        if any(origin.append_ms <= one.erased_ms for one in answer.news):
            self._suppress(writing, entry)
            return ""
        if question.ask.known and answer.home == question.ask.known:
            return answer.home
        for index in range(len(question.ask.keys)):
            one = news.get(index)
            if one is None:
                return answer.home
            if one.lead and not (one.shared_ms and origin.append_ms >= one.shared_ms):
                return one.lead
        reject = nobodys(identity.namespace for identity in question.identities)
        writing.reading.unusable.append(DeadLetter(origin.topic, _record(group, origin), reject))
        writing.reading.admitted[origin.topic] -= 1
        entry.lead, entry.question = "", -1
        return ""

    def _suppress(self, writing: Writing, entry: Entry) -> None:
        writing.suppressed += 1
        writing.reading.admitted[entry.head.origin.topic] -= 1
        entry.lead, entry.question = "", -1

    def _introduce(self, writing: Writing, entry: Entry, via: str) -> None:
        """The first who asked introduces its identities; whoever asked the same after it finds them introduced."""
        fresh, identities = writing.fresh[entry.question], writing.reading.questions[entry.question].identities
        writing.fresh[entry.question] = []
        for lead, indexes in _by_lead(entry.lead, fresh):
            derived, contacts = self._scribe.derived(entry.head, [identities[index] for index in indexes])
            if derived is not None:
                via = via if lead == entry.lead else ""
                writing.events.append((None, lead.encode(), _encode(msgspec.structs.replace(derived, via=via)), []))
            if contacts:
                writing.details.append((lead, contacts))


def _by_lead(lead: str, fresh: list[News]) -> Iterator[tuple[str, list[int]]]:
    """Identities that may not join are introduced to the lead they are at home with."""
    joined = [one.index for one in fresh if not one.apart]
    if joined:
        yield lead, joined
    for one in fresh:
        if one.apart:
            yield one.lead, [one.index]


def _record(group: Group, origin: Origin) -> Record:
    """Where an entry comes from."""
    for batch in group.batches:
        if (batch.topic, batch.partition) == (origin.topic, origin.partition):
            for record in batch.records:
                if record.offset == origin.offset:
                    found: Record = record
                    return found
    raise AssertionError(f"{origin.topic}/{origin.partition} holds no offset {origin.offset} in this group")
