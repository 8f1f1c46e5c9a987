"""Who was put is always perhaps there; who was not, hardly ever."""

from hypothesis import given
from hypothesis import strategies as st

from agents.table.stores.perhaps_there import BITS_PER_LEAD, PerhapsThere


@given(expected=st.integers(0, 100), put=st.lists(st.binary(max_size=30)), others=st.lists(st.binary(max_size=30)))
def test_whoever_was_put_is_perhaps_there(expected: int, put: list[bytes], others: list[bytes]) -> None:
    perhaps = PerhapsThere(expected)
    perhaps.add(put)

    assert set(put) <= set(perhaps.among(put + others))


def test_of_those_that_were_not_put_one_in_sixteen_at_most_is_looked_for() -> None:
    perhaps = PerhapsThere(100_000)
    perhaps.add(b"lead-%d" % number for number in range(100_000))

    assert len(perhaps.among([b"other-%d" % number for number in range(10_000)])) < 1.5 * 10_000 / BITS_PER_LEAD
