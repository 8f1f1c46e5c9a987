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
from streams.life import Life
from streams.topology import LEAD_STATE

FOLD_REVISION = 1
"""Number of the judgement: raised when the same log would be judged otherwise."""

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
    folded = Folded()
    by_lead: dict[bytes, list[int]] = {}
    for index, record in enumerate(records):
        key = record.key
        if key is None:
            folded.refused.append((index, Reject(reason=Reason.POISON, detail="key: missing; the log needs a lead id")))
        elif (indexes := by_lead.get(key)) is not None:
            indexes.append(index)
        elif not _says_lead(key):
            folded.refused.append((index, Reject(reason=Reason.POISON, detail="key: not UTF-8, so no lead id")))
        elif not key.startswith(NO_LEAD):
            by_lead[key] = [index]
    for key, indexes in by_lead.items():
        before = leads.get(key)
        done = -1 if before is None else applied_of(before)
        last = records[indexes[-1]].offset
        if last <= done:
            continue
        new = indexes if records[indexes[0]].offset > done else [i for i in indexes if records[i].offset > done]
        state = _fold_lead(key, new, records, before, judge, earlier, folded, ledger)
        value = encode(state, last)
        if len(value) > MOST_STATE_BYTES:
            value = _one_by_one(key, new, records, before, judge, earlier, folded, ledger)
        folded.states[key] = value
    folded.refused.sort(key=_index)
    return folded


def _one_by_one(
    key: bytes,
    indexes: list[int],
    records: Sequence[Record],
    before: bytes | None,
    judge: Judge,
    earlier: Mapping[str, Judge],
    folded: Folded,
    ledger: bool,
) -> bytes:
    """A lead's record when its events made it too large: each event that does not fit is set aside, whatever the batch.

    What was said while they were applied together is taken back first.
    """
    said, lead_id, value = Folded(), key.decode(), before
    _fold_lead(key, indexes, records, before, judge, earlier, said, ledger)
    take_back(folded, said, lead_id, frozenset(indexes))
    for index in indexes:
        offset, one = records[index].offset, Folded()
        grown = encode(_fold_lead(key, [index], records, value, judge, earlier, one, ledger), offset)
        if len(grown) <= MOST_STATE_BYTES:
            add(folded, one)
            value = grown
            continue
        state = LeadState() if value is None else decode(value)
        state.flooded = True
        value = encode(state, offset)
        detail = (
            f"lead: with this its state would pass {MOST_STATE_BYTES} bytes; a machine, or texts that belong elsewhere"
        )
        folded.refused.append((index, Reject(reason=Reason.FLOOD, detail=detail)))
    return value or b""


def _says_lead(key: bytes) -> bool:
    """Cards, deadlines and all that is said name the lead by text."""
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fold_lead(
    key: bytes,
    indexes: list[int],
    records: Sequence[Record],
    before: bytes | None,
    judge: Judge,
    earlier: Mapping[str, Judge],
    folded: Folded,
    ledger: bool,
) -> LeadState:
    life = Life(before, judge, earlier)
    for place, index in enumerate(indexes):
        record, said = records[index], len(folded.ripe)
        try:
            life.take(record, key.decode(), folded, ledger, index)
            if not ledger and len(folded.ripe) > said:
                # Without a ledger nobody measures before each touch what is left by then; who is told of one asks now.
                earlier_life = _as_before(key, indexes[:place], records, before, judge, earlier, folded)
                left = earlier_life.left_before(record)
                folded.ripe[said:] = [with_previous(word, left) for word in folded.ripe[said:]]
        except FAULTS as fault:
            life = _as_before(key, indexes[:place], records, before, judge, earlier, folded)
            life.state.quarantine, life.stood = [record.offset, FOLD_REVISION], record.offset
            detail = f"the event at offset {record.offset} cannot be applied ({type(fault).__name__}); lead quarantined"
            folded.refused.append((index, Reject(reason=Reason.POISON, detail=detail)))
    return life.state


def _as_before(
    key: bytes,
    indexes: list[int],
    records: Sequence[Record],
    before: bytes | None,
    judge: Judge,
    earlier: Mapping[str, Judge],
    folded: Folded,
) -> Life:
    """A lead without an event that may have left its state half changed: those before it are folded again."""
    life = Life(before, judge, earlier)
    refused = {i for i, reject in folded.refused if reject.reason is Reason.POISON}
    scratch = Folded()
    for index in indexes:
        record = records[index]
        if index in refused:
            life.state.quarantine, life.stood = [record.offset, FOLD_REVISION], record.offset
        else:
            life.take(record, key.decode(), scratch, False, index)
    return life


def _index(refused: tuple[int, Reject]) -> int:
    return refused[0]
