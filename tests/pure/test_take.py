"""Records taken a batch at a time leave what records taken one by one would, whoever wrote them and in what order."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.table.score_partition import ScorePartition
from schemas.lead_state import LeadState
from streams.folded import Folded
from streams.lead_codec import CONTROL_KEY, applied_of, encode
from tests.pure.changelogs import control, record

Write = tuple[bytes | None, int | None]

LEADS = (b"anna", b"ben", b"cyd")
ANYBODY = st.sampled_from(LEADS)
OFFSETS = st.integers(-1, 9)
SINGLE = st.dictionaries(ANYBODY, OFFSETS, min_size=1).map(lambda drawn: list[Write](drawn.items()))
"""Each lead once, as in a flush, but by whomever: a late writer's are older than what is held."""
MIXED = st.lists(st.tuples(st.none() | ANYBODY, st.none() | OFFSETS), max_size=4)
"""(who, applied offset); nobody is a control record, no offset a tombstone."""
RISING = st.lists(ANYBODY, min_size=1, unique=True)
"""A usual flush: each lead once, all of it newer than the flush before."""


class Expected:
    """The rule in its plainest words, a record at a time."""

    def __init__(self) -> None:
        self.leads: dict[bytes, bytes] = {}
        self.applied: int | None = None
        self.outdated: set[bytes] = set()

    def take(self, key: bytes, value: bytes | None) -> None:
        self.outdated -= {key} if value is not None else set()
        if value is None:
            self.leads.pop(key, None)
        elif key not in self.leads or applied_of(value) > applied_of(self.leads[key]):
            self.leads[key] = value
        elif applied_of(value) < applied_of(self.leads[key]):
            self.outdated.add(key)


def flushes(rising: list[list[bytes]]) -> list[list[Write]]:
    """One after the other, each ended by its control record."""
    at, written = -1, list[list[Write]]()
    for leads in rising:
        written.append([*((lead, at + number) for number, lead in enumerate(leads, 1)), (None, at + len(leads))])
        at += len(leads)
    return written


@settings(max_examples=400)
@given(st.lists(SINGLE | MIXED, max_size=6), st.lists(RISING, max_size=3), st.integers(0, 6))
def test_a_batch_at_a_time_is_as_one_by_one(strange: list[list[Write]], rising: list[list[bytes]], cut: int) -> None:
    held, expected, offset = ScorePartition(0), Expected(), 0
    for batch in [*strange[:cut], *flushes(rising), *strange[cut:]]:
        records = []
        for key, applied in batch:
            offset += 2  # compaction left holes
            if key is None:
                flushed = -1 if applied is None else applied
                records.append(record(offset, CONTROL_KEY, msgspec.json.encode(control(flushed))))
                expected.applied = max(flushed, -1 if expected.applied is None else expected.applied)
            else:
                value = None if applied is None else encode(LeadState(touches=offset), applied)
                records.append(record(offset, key, value))
                expected.take(key, value)
        held.take(records)

    assert expected.leads == dict(held.encoded)
    assert expected.outdated == held.outdated
    assert expected.applied == (None if held.control is None else held.control.applied)
    assert offset + 1 == held.read_to or offset == held.read_to == 0


NEWER, OLDER = encode(LeadState(touches=9), 30), encode(LeadState(touches=1), 10)


def test_a_late_record_of_a_lead_we_wrote_ourselves_is_compared() -> None:
    held = ScorePartition(0)
    list(held.records(Folded(states={b"anna": NEWER}), control(30)))
    held.persisted(control(30), 2)

    held.take([record(2, b"anna", OLDER), record(3, b"ben", encode(LeadState(), 20))])

    assert NEWER == held.get(b"anna")
    assert {b"anna"} == held.outdated


def test_a_late_record_of_a_lead_that_came_from_elsewhere_is_compared() -> None:
    held = ScorePartition(0)
    held.put(b"anna", NEWER)

    held.take([record(0, b"anna", OLDER)])

    assert NEWER == held.get(b"anna")
    assert {b"anna"} == held.outdated
