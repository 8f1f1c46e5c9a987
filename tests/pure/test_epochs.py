"""Activations of a log in one order, whatever each partition has of them; or words why there is none."""

import pytest

from schemas.log_mark import ModelActivated
from streams.activation import activation_bytes
from streams.generations.epochs import GONE, Met, Uneven, in_order, met
from tests.pure.lives import T


def mark(version: int, offset: int, at_ms: int = T, rescore: bool = False) -> Met:
    told = ModelActivated(model="m", version=version, digest=f"sha256:{version}", at_ms=at_ms, rescore=rescore)
    found = met(offset, at_ms, activation_bytes(told))
    assert found is not None
    return found


WHOLE = {0: 0, 1: 0, 2: 0}


def test_each_partition_has_them_at_places_of_its_own() -> None:
    steps = in_order({0: [mark(1, 5), mark(2, 9)], 1: [mark(1, 2), mark(2, 3)], 2: [mark(1, 0), mark(2, 70)]}, WHOLE)

    assert [("m@1", {0: 5, 1: 2, 2: 0}), ("m@2", {0: 9, 1: 3, 2: 70})] == [(s.mark.name, s.at) for s in steps]


def test_a_command_given_again_after_it_failed_halfway_is_one_activation() -> None:
    steps = in_order({0: [mark(1, 5), mark(1, 6, T + 1)], 1: [mark(1, 2, T + 1)], 2: [mark(1, 4, T + 1)]}, WHOLE)

    assert [{0: 5, 1: 2, 2: 4}] == [s.at for s in steps]


def test_to_rescore_is_another_activation_of_the_same_model() -> None:
    again = {number: [mark(1, 5), mark(1, 6, rescore=True)] for number in WHOLE}

    assert [False, True] == [s.mark.rescore for s in in_order(again, WHOLE)]


def test_a_partition_that_has_not_heard_of_the_last_one_is_not_named() -> None:
    steps = in_order({0: [mark(1, 5), mark(2, 9)], 1: [mark(1, 2)], 2: []}, WHOLE)

    assert [{0: 5, 1: 2}, {0: 9}] == [s.at for s in steps]


def test_what_retention_removed_came_before_all_that_is_left() -> None:
    steps = in_order({0: [mark(1, 5), mark(2, 9)], 1: [mark(2, 70)], 2: []}, {0: 0, 1: 60, 2: 80})

    assert [{0: 5, 1: GONE, 2: GONE}, {0: 9, 1: 70, 2: GONE}] == [s.at for s in steps]


@pytest.mark.parametrize("firsts", [WHOLE, {0: 0, 1: 7, 2: 0}])
def test_activations_in_different_orders_are_refused(firsts: dict[int, int]) -> None:
    with pytest.raises(Uneven, match="partition 1 tells of m@2, m@1, partition 0 of m@1, m@2, so no order"):
        in_order({0: [mark(1, 5), mark(2, 9)], 1: [mark(2, 8), mark(1, 9)], 2: []}, firsts)


def test_what_cannot_be_read_changed_nothing_and_a_log_without_any_has_none() -> None:
    assert met(0, T, b"{") is None
    assert [] == in_order({0: [], 1: []}, WHOLE)
    assert [] == in_order({}, {})
