"""The fold of a batch: what happens to each of its leads, one after the other. What one event does: `streams.life`.

Records come in the order of the log, and each lead's are applied in that order: the size of a batch changes nothing.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from schemas.lead_state import LeadState
from schemas.reject import Reason, Reject
from streams.folded import Folded, add, take_back
from streams.generations.log_marks import NO_LEAD
from streams.handoff.telling import with_previous
from streams.judge import Judge
from streams.lead_codec import applied_of, decode, encode
from streams.life import FOLD_REVISION as FOLD_REVISION
from streams.life import Life
from streams.topology import LEAD_STATE

MOST_STATE_BYTES = LEAD_STATE.max_message_bytes // 2
"""A flood is stopped at 64 kB, but looked at every 64th touch only; the topic takes 1 MiB."""

FAULTS = (
    ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, struct.error,
    msgspec.MsgspecError,
)  # fmt: skip
"""What a fold that cannot apply one event raises: always the same for the same event and state."""

NOBODY: Mapping[str, Judge] = {}


class Record(Protocol):
    """A record of the log, as Kafka clients hand it out."""

    offset: int
    key: bytes | None
    value: bytes | None


class Leads(Protocol):
    """The score table of one partition, as the fold sees it."""

    def get(self, key: bytes) -> bytes | None:
        """The lead's record as last persisted; None for a new lead."""
        ...


def fold(
    records: Sequence[Record],
    leads: Leads,
    judge: Judge,
    *,
    ledger: bool = True,
    earlier: Mapping[str, Judge] = NOBODY,
) -> Folded:
    """Apply records of one partition, each lead's in order. Records that the table already holds are passed over.

    `earlier`: judges by key that were in force before, for leads whose open handoff began under them.

    Lead by lead: a state is decoded, changed and encoded while it is in the processor's cache, and then forgotten.
    """
    batch = Batch(records, judge, earlier, ledger)
    for key, indexes in batch.by_lead().items():
        before = leads.get(key)
        done = -1 if before is None else applied_of(before)
        if records[indexes[-1]].offset > done:
            new = indexes if records[indexes[0]].offset > done else [i for i in indexes if records[i].offset > done]
            batch.folded.states[key] = batch.fold_lead(key.decode(), new, before)
    batch.folded.refused.sort(key=_index)
    return batch.folded


class Batch:
    """Records of one partition, and what has come of them so far."""

    def __init__(
        self, records: Sequence[Record], judge: Judge, earlier: Mapping[str, Judge] = NOBODY, ledger: bool = True
    ) -> None:
        self.folded = Folded()
        self._records, self._judge, self._earlier, self._ledger = records, judge, earlier, ledger

    def by_lead(self) -> dict[bytes, list[int]]:
        """The records' indexes; who cannot be named is refused, since cards, deadlines and words name leads by text."""
        found: dict[bytes | None, list[int]] = {}
        for index, record in enumerate(self._records):
            key = record.key
            indexes = found.get(key)
            if indexes is None:
                found[key] = [index]
            else:
                indexes.append(index)
        leads: dict[bytes, list[int]] = {}
        for key, indexes in found.items():
            if key is None:
                self._refuse(indexes, "key: missing; the log needs a lead id")
            elif not key.isascii() and not _is_text(key):
                self._refuse(indexes, "key: not UTF-8, so no lead id")
            elif not key.startswith(NO_LEAD):
                leads[key] = indexes
        return leads

    def fold_lead(self, lead_id: str, indexes: list[int], before: bytes | None) -> bytes:
        """The record of a lead after these of its events."""
        value = encode(self._live(lead_id, indexes, before, self.folded), self._records[indexes[-1]].offset)
        return value if len(value) <= MOST_STATE_BYTES else self._one_by_one(lead_id, indexes, before)

    def _live(self, lead_id: str, indexes: list[int], before: bytes | None, folded: Folded) -> LeadState:
        life = Life(lead_id, before, self._judge, self._earlier, folded, self._ledger)
        for index in indexes:
            record, said = self._records[index], len(folded.ripe)
            try:
                life.take(record, index)
                if not self._ledger and len(folded.ripe) > said:
                    # Without a ledger nobody measures before each touch what is left by then; who is told asks now.
                    left = self._as_before(lead_id, indexes, index, before, folded).left_before(record)
                    folded.ripe[said:] = [with_previous(word, left) for word in folded.ripe[said:]]
            except FAULTS as fault:
                life = self._as_before(lead_id, indexes, index, before, folded)
                life.quarantine(record.offset)
                life.speak(folded, self._ledger)
                why = f"the event at offset {record.offset} cannot be applied ({type(fault).__name__})"
                folded.refused.append((index, Reject(reason=Reason.POISON, detail=f"{why}; lead quarantined")))
        return life.state

    def _as_before(self, lead_id: str, indexes: list[int], until: int, before: bytes | None, folded: Folded) -> Life:
        """A lead without an event that may have left its state half changed: those before it are folded again."""
        refused = {i for i, reject in folded.refused if reject.reason is Reason.POISON}
        life = Life(lead_id, before, self._judge, self._earlier, Folded(), ledger=False)
        for index in indexes[: indexes.index(until)]:
            if index in refused:
                life.quarantine(self._records[index].offset)
            else:
                life.take(self._records[index], index)
        return life

    def _one_by_one(self, lead_id: str, indexes: list[int], before: bytes | None) -> bytes:
        """A lead's record when its events made it too large: each event that does not fit is set aside, whatever the
        batch. What was said while they were applied together is taken back first.
        """
        said, value = Folded(), before
        self._live(lead_id, indexes, before, said)
        take_back(self.folded, said, lead_id, frozenset(indexes))
        for index in indexes:
            offset, one = self._records[index].offset, Folded()
            grown = encode(self._live(lead_id, [index], value, one), offset)
            if len(grown) <= MOST_STATE_BYTES:
                add(self.folded, one)
                value = grown
                continue
            state = LeadState() if value is None else decode(value)
            state.flooded = True
            value = encode(state, offset)
            why = f"lead: with this its state would pass {MOST_STATE_BYTES} bytes"
            detail = f"{why}; a machine, or texts that belong elsewhere"
            self.folded.refused.append((index, Reject(reason=Reason.FLOOD, detail=detail)))
        return value or b""

    def _refuse(self, indexes: list[int], why: str) -> None:
        self.folded.refused += [(index, Reject(reason=Reason.POISON, detail=why)) for index in indexes]


def _is_text(key: bytes) -> bool:
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True


def _index(refused: tuple[int, Reject]) -> int:
    return refused[0]
