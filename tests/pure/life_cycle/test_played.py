"""Long lives by a seed, in which much happens: nothing that may not be is said, and batches change nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pure.life_cycle.played import lived
from tests.pure.life_cycle.verdict import of_batches, of_the_end, of_words


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_whatever_a_seed_plays_every_promise_of_the_life_cycle_holds(seed: int) -> None:
    machine = lived(seed)

    assert [] == machine.faults + of_words(machine.world) + of_the_end(machine.world)
    assert [] == of_batches(machine.world, [3, 1, 11])
