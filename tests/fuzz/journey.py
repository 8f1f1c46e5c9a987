"""The way of a message through all that decides: admitted, put on the log, folded, told; checked at every step."""

from collections import deque
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from agents.dead_letters import letter
from agents.group_commit import Batch
from agents.people.group_reading import Reader
from agents.people.links_known import LinksKnown
from schemas.handoff import Ripe
from schemas.lead_state import LeadState
from schemas.ledger import Dimension
from schemas.reject import Reason, Reject
from schemas.units import MICRO
from streams.activation import UnknownModel
from streams.card import card
from streams.fold import fold
from streams.folded import Folded
from streams.judge import Judge
from streams.kin.gone import is_gone
from streams.lead_codec import UnreadableState, applied_of, decode, encode
from streams.people.identity import Hider
from streams.people.log_entries import Scribe
from streams.people.redaction import Redactor
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, one_queue, read_ripe, route
from streams.routing.handing_over import encode as encode_handoff
from streams.topology import INPUTS, LEAD_EVENTS, LEAD_STATE, RIPE
from tests.fuzz.mutator import Mutator
from tests.pure.lives import Logged, Table

GOLDEN = Path(__file__).parent.parent / "contract" / "golden"
NOW_MS = 1_795_160_000_000
LEADS = (b"L0", b"L1", b"L2")
LIFE = 400
"""Messages before the leads begin anew: long enough for episodes and floods, short enough to see many beginnings."""
BATCH = 16
APPLIED, SKIPPED = "applied", "skipped"
HEADERS: tuple[tuple[tuple[str, bytes | None], ...], ...] = (
    (), (), (("ce_id", b"c1"), ("ce_time", b"2026-11-22T10:00:00Z"), ("ce_type", b"visit")), (("ce_id", b"\xff"),),
    (("ce_time", None), ("traceparent", b"\xff" * 55)), (("ce_type", b""), ("ce_id", b"x" * 300)),
)  # fmt: skip

_JSON = msgspec.json.Encoder()


class Given(msgspec.Struct):
    """A record of an input topic, as the broker hands it out."""

    offset: int
    value: bytes
    headers: tuple[tuple[str, Any], ...]
    partition: int = 0
    timestamp: int = NOW_MS
    key: bytes | None = b"k"


class Gathered(msgspec.Struct):
    """A group of one batch."""

    batches: list[Batch]


class Journey:
    """Leads, and messages that come to them."""

    def __init__(self, judges: tuple[Judge, ...], seed: int) -> None:
        self._random = Random(seed)
        self._judges = judges
        samples = {t.name: golden(t.name) for t in (*INPUTS, LEAD_EVENTS, RIPE)}
        self._samples = [(name, bodies) for name, bodies in samples.items() for _ in range(_share(name))]
        self._mutators = {name: Mutator(bodies, seed) for name, bodies in samples.items()}
        answers = (msgspec.json.decode(body) for body in samples["crm.updates"])
        self._handoffs = {answer["handoff_id"]: "L0" for answer in answers if "handoff_id" in answer}
        self._bytes = Mutator([b"\x01" * 30], seed)
        hider = Hider("key", "KZ")
        self._scribe = Scribe(hider, Redactor(("video", "plan", "form", "duration_s"), "KZ"), judges[0].model)
        self._reader = Reader(hider, self._scribe, LinksKnown())
        self._lives = 0
        self.begin()

    def begin(self) -> None:
        """Forget the leads; under the next model."""
        self._judge = self._judges[self._lives % len(self._judges)]
        self._lives += 1
        self._offset = self._left = 0
        self._table, self._by_batches = Table(), Table()
        self._batch: list[Logged] = []
        self._refused: deque[tuple[int, Reject]] = deque()

    def next(self) -> tuple[str, bytes]:
        """(topic, mutated message)."""
        if self._left == 0:
            self.begin()
            self._left = LIFE
        self._left -= 1
        if self._random.random() < 0.02 and self._table.kept:
            kept = self._random.choice(list(self._table.kept.values()))
            return LEAD_STATE.name, self._bytes.bend_bytes(kept)
        topic, samples = self._random.choice(self._samples)
        return topic, self._mutators[topic].mutate(self._random.choice(samples))

    def take(self, topic: str, value: bytes) -> str:
        """Where the message ends: applied, skipped, or a reason. An assertion fails, or any error rises, on a bug."""
        if topic == LEAD_EVENTS.name:
            return self._fold(self._random.choice(LEADS), value)
        if topic == RIPE.name:
            said = read_ripe(value)
            return self._reason(said) if isinstance(said, Reject) else self._tell(said)
        if topic == LEAD_STATE.name:
            try:
                decode(value)
            except UnreadableState:
                return "unreadable"
            return APPLIED
        return self._identify(topic, value)

    def _identify(self, topic: str, value: bytes) -> str:
        self._offset += 1
        given: Any = Given(self._offset, value, self._random.choice(HEADERS))
        group: Any = Gathered([Batch(topic, 0, [given])])
        reading = self._reader.read(group, self._handoffs)
        if reading.unusable:
            [dead] = reading.unusable
            assert letter(topic, given, dead.reject)[2] == value
            return self._reason(dead.reject)
        if not reading.entries:
            return SKIPPED
        [entry] = reading.entries
        outcome, key = APPLIED, self._random.choice(LEADS)
        if reading.questions:
            derived, contacts = self._scribe.derived(entry.head, list(reading.questions[0].identities))
            _JSON.encode(contacts)
            if derived is not None:
                outcome = self._fold(key, _JSON.encode(derived), admitted=True)
        _JSON.encode(entry.details)
        return outcome if entry.silent else self._fold(key, entry.line, admitted=True)

    def _reason(self, reject: Reject) -> str:
        assert isinstance(reject.reason, Reason)
        assert 0 < len(reject.detail) < 1_000, reject.detail
        reject.detail.encode()
        return reject.reason.value

    def _fold(self, key: bytes, value: bytes, *, admitted: bool = False) -> str:
        table, judge = self._table, self._judge
        self._offset += 1
        record = Logged(self._offset, key, value)
        before = table.kept.get(key)
        try:
            folded = fold([record], table, judge)
        except UnknownModel:
            return SKIPPED  # of a merge: the worker stops and asks for the document, whatever the message says else
        table.keep(folded)
        assert {} == fold([record], table, judge).states, "a record applied already changed something"
        self._check_told(key, before, folded)
        self._check_batches(record, folded)
        for ripe in folded.ripe:
            again = read_ripe(_JSON.encode(ripe))
            assert isinstance(again, Ripe)
            self._tell(again)
        if not folded.refused:
            return APPLIED
        [(_, reject)] = folded.refused
        assert not (admitted and reject.reason is Reason.POISON), "what was admitted cannot be folded"
        earlier, after = decode(before) if before else LeadState(), decode(folded.states[key])
        if reject.reason in (Reason.STALE, Reason.IMPOSSIBLE):  # its time has passed all the same, and its id is known
            assert _stands(earlier) == _stands(after)
            return self._reason(reject)
        marked, after.quarantine = after.quarantine, earlier.quarantine
        assert encode(earlier, 0) == encode(after, 0), "a refused event changed a state"
        after.quarantine = marked
        return self._reason(reject)

    def _check_told(self, key: bytes, before: bytes | None, folded: Folded) -> None:
        """The state survives its bytes; card and ledger sum to its score."""
        kept = self._table.kept[key]
        state = decode(kept)
        assert encode(state, applied_of(kept)) == kept
        shown = card(key.decode(), state, self._judge)
        _JSON.encode(shown)
        assert state.engagement == sum(round(line.points * MICRO) for line in shown.breakdown)
        assert state.fit == sum(round(line.points * MICRO) for line in shown.fit_breakdown)
        was = decode(before) if before else None
        told = dict.fromkeys(Dimension, 0)
        for entry in folded.ledger:
            told[entry.dimension] += round(entry.delta * MICRO)
        if is_gone(state):
            return  # what was is another lead's, or nobody's
        assert told[Dimension.ENGAGEMENT] == state.engagement - (was.engagement if was else 0)
        assert told[Dimension.FIT] == state.fit - (was.fit if was else 0)
        _JSON.encode(folded.ledger)
        _JSON.encode(folded.stages)

    def _check_batches(self, record: Logged, folded: Folded) -> None:
        """Folded in batches, the same records come to the same bytes and the same refusals."""
        self._batch.append(record)
        self._refused.extend((record.offset, reject) for _, reject in folded.refused)
        if len(self._batch) < BATCH:
            return
        whole = fold(self._batch, self._by_batches, self._judge, ledger=False)
        self._by_batches.keep(whole)
        assert [(self._batch[at].offset, reject) for at, reject in whole.refused] == list(self._refused)
        assert self._by_batches.kept == self._table.kept, "a batch came to another state than its records one by one"
        self._batch, self._refused = [], deque()

    def _tell(self, ripe: Ripe) -> str:
        routed = route(ripe, {"email": "a@b.kz"}, DESK)
        encode_handoff(routed.handoff)
        _JSON.encode(routed.assigned)
        return APPLIED


DESK = Office(chooser=Chooser(one_queue("sales", 1_800_000)), source="touchline")


def golden(topic: str) -> list[bytes]:
    """The samples of a topic."""
    return [path.read_bytes() for path in sorted((GOLDEN / topic).glob("*.json"))]


def _share(topic: str) -> int:
    """How often, among its kind."""
    return {LEAD_EVENTS.name: 4, RIPE.name: 1}.get(topic, 2)


def _stands(state: LeadState) -> tuple[object, ...]:
    """Where a lead's handoff is."""
    episode = state.episode
    return () if episode is None else (episode.handoff_id, episode.status, episode.owner, episode.closed_ms)
