"""Leads on other partitions: none is lost, none is twice, each in its order, whatever was interrupted."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.delivery.producer import partition_for
from streams.generations.regrouping import COPIED_FROM, Copied, coordinates_in, headers_of_copy

EVENTS = st.lists(st.sampled_from([b"anna", b"ben", b"cyd", b"dana", b"eve", b"fay"]), max_size=60)
COUNTS = st.integers(1, 7)


def logged(leads: list[bytes], count: int) -> dict[int, list[tuple[bytes, int]]]:
    """The leads' events on so many partitions: (lead, number of the event)."""
    parts: dict[int, list[tuple[bytes, int]]] = {p: [] for p in range(count)}
    for number, lead in enumerate(leads):
        parts[partition_for(lead, count)].append((lead, number))
    return parts


def copied_over(old: dict[int, list[tuple[bytes, int]]], count: int, new: list[Any], there: Copied, stop: int) -> None:
    """A run of the copy that ends after so many events, as a kill would end it."""
    for partition, events in old.items():
        for offset, (lead, number) in enumerate(events):
            if (partition, offset) in there:
                continue
            if not stop:
                return
            stop -= 1
            new.append((partition_for(lead, count), lead, number, headers_of_copy([], partition, offset)))
            there.add(partition, offset)


@given(EVENTS, COUNTS, COUNTS, st.lists(st.integers(0, 20), max_size=4))
def test_every_lead_keeps_its_events_and_their_order_across_kills(
    leads: list[bytes], before: int, after: int, stops: list[int]
) -> None:
    old = logged(leads, before)
    new: list[Any] = []
    for stop in [*stops, len(leads)]:
        there = Copied()
        for _, _, _, headers in new:
            where = coordinates_in(headers)
            assert where is not None
            assert there.add(*where)
        copied_over(old, after, new, there, stop)

    lives = {lead: [n for _, who, n, _ in new if who == lead] for lead in set(leads)}
    assert {lead: [n for n, who in enumerate(leads) if who == lead] for lead in set(leads)} == lives
    assert all(partition_for(lead, after) == partition for partition, lead, _, _ in new)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5_000)), max_size=80))
def test_what_was_copied_is_known_exactly_and_a_second_copy_is_noticed(copies: list[tuple[int, int]]) -> None:
    there, known = Copied(), set(copies)

    anew = [there.add(*where) for where in copies]

    assert [where not in copies[:at] for at, where in enumerate(copies)] == anew
    assert len(known) == there.count
    assert all((where in known) == (where in there) for where in ((p, o) for p in range(5) for o in range(0, 6_000, 7)))


def test_a_copy_of_a_copy_tells_its_last_step_and_keeps_all_other_headers() -> None:
    first = headers_of_copy([("traceparent", b"00-1")], 3, 2**40)
    second = headers_of_copy(first, 5, 7)

    assert (3, 2**40) == coordinates_in(first)
    assert (5, 7) == coordinates_in(second)
    assert ["traceparent", COPIED_FROM] == [name for name, _ in second]
    assert coordinates_in([("traceparent", b"00-1")]) is None
