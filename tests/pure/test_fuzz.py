"""A short run of the fuzzer; `make test-fuzz` sends a million."""

from tests.fuzz.run import run

MESSAGES = 20_000


def test_each_of_many_mutated_messages_is_applied_or_refused_and_breaks_nothing() -> None:
    ran = run(MESSAGES, seed=20_261_122)

    assert {} == {what: crash.trace for what, crash in ran.crashes.items()}
    assert MESSAGES == ran.messages == ran.applied + ran.skipped + sum(ran.refused.values())
    assert ran.applied > MESSAGES // 5
    assert ran.slowest_ms < 1_000


def test_the_same_seed_sends_the_same_messages() -> None:
    one, again, other = run(500, seed=3), run(500, seed=3), run(500, seed=4)

    assert one.refused == again.refused
    assert one.refused != other.refused
