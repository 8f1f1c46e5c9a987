"""What is counted of canaries: each sent one ends as received or as lost, once."""

from hypothesis import given
from hypothesis import strategies as st

from agents.canary.tally import Tally


def test_one_that_arrives_is_received_once() -> None:
    tally = Tally(60, 2)
    tally.sent("a", 1, 100.0)

    assert (0.25, None) == (tally.arrived("a", 100.25), tally.arrived("a", 100.3))
    assert (0, 0, {0: 0.0, 1: 0.0}) == (tally.give_up(200.0), tally.late, tally.waiting_s(200.0))


def test_what_others_sent_is_not_ours() -> None:
    tally = Tally(60, 1)

    assert (None, 0) == (tally.arrived("stranger", 1.0), tally.late)


def test_one_that_takes_too_long_is_lost_and_late_when_it_comes_after_all() -> None:
    tally = Tally(60, 1)
    tally.sent("a", 0, 0.0)
    tally.sent("b", 0, 30.0)

    assert {0: 60.0} == tally.waiting_s(60.0)
    assert (0, 1, 0) == (tally.give_up(60.0), tally.give_up(60.5), tally.give_up(61.0))
    assert {0: 31.0} == tally.waiting_s(61.0)
    assert (None, 1) == (tally.arrived("a", 61.0), tally.late)
    assert 35.0 == tally.arrived("b", 65.0)


def test_one_that_comes_after_the_limit_is_lost_although_nobody_had_looked() -> None:
    tally = Tally(60, 1)
    tally.sent("a", 0, 0.0)

    assert (None, 1, 1) == (tally.arrived("a", 61.0), tally.late, tally.give_up(61.0))
    assert (None, 1, 0) == (tally.arrived("a", 62.0), tally.late, tally.give_up(62.0))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 200))))
def test_each_is_received_or_lost_or_waits(arrivals: list[tuple[str, float]]) -> None:
    tally = Tally(60, 3)
    for number, name in enumerate("abcdef"):
        tally.sent(name, number % 3, float(number))
    received = lost = 0
    for name, at_s in sorted(arrivals, key=lambda each: each[1]):
        lost += tally.give_up(at_s)
        received += tally.arrived(name, at_s) is not None
    lost += tally.give_up(1_000.0)

    assert 6 == received + lost
    assert {0: 0.0, 1: 0.0, 2: 0.0} == tally.waiting_s(1_000.0)
