"""The leads of one partition, encoded as they are on `lead.state`, in a store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import attrgetter, gt
from typing import Any

import msgspec

from agents.delivery.producer import Item
from agents.table.cards_due import CardsDue
from agents.table.deadlines import Deadlines
from agents.table.stores.memory import MemoryStore
from agents.table.stores.store import Copy, Store
from schemas.lead_state import Control, LeadState
from streams.folded import Folded
from streams.lead_codec import CONTROL_KEY, applied_between, applied_of, encode

_KEY, _VALUE = attrgetter("key"), attrgetter("value")
_OLDEST = encode(LeadState(), -(2**63))
"""Stands for a lead that is not held."""
_CONTROL_ENCODER = msgspec.json.Encoder()
_CONTROL_DECODER = msgspec.json.Decoder(Control)


class ScorePartition:
    """A partition of the score table. It is what the fold sees of it (`streams.fold.Leads`)."""

    def __init__(self, number: int, cards_every_s: float = 0.0, *, store: Store | None = None) -> None:
        self.number = number
        self.cards = CardsDue(cards_every_s)
        """Leads whose latest card is not written yet."""
        self.control: Control | None = None
        """The one with the highest applied offset; None: nothing was ever flushed."""
        self.read_to = 0
        """Offset on `lead.state` up to which the store holds everything."""
        self.outdated: set[bytes] = set()
        """Leads whose last record on the changelog is older than ours, left by a worker that woke too late."""
        self.under = ""
        """Key of the model under which every lead stands that may; empty, or another than in force: some do not."""
        self.activations = 0
        """Met on the log since it is ours."""
        self.away = False
        """Given away at the last assignment; kept in case it comes back."""
        self._learned = True
        """Something was read since `see_cards`."""
        self._untimed = True
        """Something was read since `see_deadlines`."""
        self._highest = -1
        """Applied offset of the leads read: beyond the control record's where a flush was cut short."""
        self._store: Store = MemoryStore() if store is None else store
        self._encoded = self._store.states
        self.deadlines = Deadlines(self._store.due)
        """When time alone may change something of a lead, as far as the table holds it."""
        if (mark := self._store.bookmark) is not None:
            self.control, self.read_to = mark.control, mark.read_to
            self.under = mark.control.under if mark.control is not None else ""
            self._highest, self.outdated = mark.highest, set(mark.outdated)

    def __len__(self) -> int:
        return len(self._encoded)

    @property
    def next_offset(self) -> int:
        """Of `lead.events`: the record the table wants next."""
        return self.control.applied + 1 if self.control is not None else 0

    @property
    def encoded(self) -> Mapping[bytes, bytes]:
        """Every lead as last persisted."""
        return self._encoded

    def keys(self) -> Iterator[bytes]:
        """Leads, a few at a time while others are folded; of new ones perhaps not all."""
        return self._store.keys()

    def copy(self) -> Copy:
        """Every lead as persisted now, whatever follows."""
        return self._store.copy()

    def put(self, key: bytes, value: bytes) -> None:
        """Hold a state that comes from elsewhere than the changelog."""
        self._encoded[key] = value
        self._highest = max(self._highest, applied_of(value))

    @property
    def cards_to(self) -> int:
        """Offset of `lead.events` up to which all cards are written, by the control record."""
        control = self.control
        if control is None:
            return -1
        return control.applied if control.cards_to is None else control.cards_to

    @property
    def all_shown(self) -> bool:
        """Every card is written, as far as was read."""
        return max(self._highest, self.next_offset - 1) <= self.cards_to

    def see_cards(self) -> None:
        """After an assignment: somebody else may have left cards unwritten, or written some too late."""
        if not self._learned:
            return
        cards_to, self._learned = self.cards_to, False
        self.cards.restored({} if self.all_shown else self._encoded, cards_to)
        for key in self.outdated:
            self.cards.again(key, cards_to)

    def see_deadlines(self) -> None:
        """After something was read that no flush of ours wrote."""
        if self._untimed:
            self._untimed = False
            self.deadlines.restored(self._encoded)

    def prefetch(self, records: Sequence[Any]) -> None:
        """The leads of these records will be asked for."""
        self._store.prefetch(record.key for record in records)

    def settle(self, *, at_end: bool = False) -> None:
        """What was taken or persisted is in the changelog: the store may keep it. `at_end`: nothing follows there."""
        self._store.settle(self.read_to, self.control, self._highest, self.outdated, at_end=at_end)

    def close(self) -> None:
        """Given away for good, or the worker stops."""
        self._store.close()

    def holds(self, key: bytes | None, offset: int) -> bool:
        """Is this event of the log in the table? A lead may be ahead of the control record: its flush was cut short."""
        if self.control is not None and offset <= self.control.applied:
            return True
        encoded = self._encoded.get(key) if key is not None else None
        return encoded is not None and offset <= applied_of(encoded)

    def reaches(self, offset: int) -> bool:
        """Does a lead hold an event of the log behind this one, though the control record may not?"""
        return self._highest > offset

    def get(self, key: bytes) -> bytes | None:
        """The lead's record; None for a new lead."""
        return self._encoded.get(key)

    def take(self, records: Iterable[Any]) -> None:
        """Read records of the changelog, whoever wrote them: for each lead the higher applied offset stays."""
        records, self._learned, self._untimed = list(records), True, True
        if not self._take_newer(records):
            self.prefetch(records)
            self._take_each(records)
        if records:
            self.read_to = records[-1].offset + 1

    def _take_newer(self, records: list[Any]) -> bool:
        """All at once, if each record is a lead's of its own and newer than what is held, as in every usual batch."""
        values = list(map(_VALUE, records))
        fresh = dict(zip(map(_KEY, records), values, strict=True))
        if len(fresh) < len(values) or not all(values):
            return False
        control = fresh.pop(CONTROL_KEY, None)
        held = self._encoded
        lowest, highest = applied_between(fresh.values())
        # Past all that was ever read or written here, nothing need be compared.
        if fresh and lowest <= max(self._highest, self.next_offset - 1):
            self._store.prefetch(fresh)
            ours = map(applied_of, map(held.get, fresh, repeat(_OLDEST)))
            if not all(map(gt, map(applied_of, fresh.values()), ours)):
                return False
        held.update(fresh)
        self._highest = max(self._highest, highest)
        if self.outdated:
            self.outdated.difference_update(fresh)
        if control is not None:
            self._take_control(control)
        return True

    def _take_each(self, records: list[Any]) -> None:
        held = self._encoded
        for record in records:
            key, value = record.key, record.value
            if key == CONTROL_KEY:
                self._take_control(value)
            elif value is None:
                held.pop(key, None)
            else:
                ours, theirs = held.get(key), applied_of(value)
                self._highest = max(self._highest, theirs)
                if ours is None or theirs > applied_of(ours):
                    held[key] = value
                    self.outdated.discard(key)
                elif theirs < applied_of(ours):
                    self.outdated.add(key)
                    self.cards.again(key, self.cards_to)
                else:
                    self.outdated.discard(key)

    def _take_control(self, value: bytes) -> None:
        control = _CONTROL_DECODER.decode(value)
        if self.control is None or control.applied >= self.control.applied:
            self.control, self.under = control, control.under

    def records(self, folded: Folded, control: Control) -> Iterator[Item]:
        """What a flush writes: each touched lead once, what a late writer left outdated, the control record last."""
        number = self.number
        self._encoded.update(folded.states)
        self.deadlines.folded(folded.states)
        for key, value in folded.states.items():
            yield number, key, value, []
        for key in self.outdated - folded.states.keys():
            yield number, key, self._encoded[key], []
        yield number, CONTROL_KEY, _CONTROL_ENCODER.encode(control), []

    def persisted(self, control: Control, read_to: int) -> None:
        """The broker has it: table and changelog agree up to this offset."""
        self.control, self.read_to = control, read_to
        self.outdated.clear()
