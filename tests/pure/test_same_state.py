"""Two states say the same, wherever they stand on their logs."""

import pytest

from schemas.lead_state import LeadState
from streams.generations.same_state import same
from streams.lead_codec import encode


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (LeadState(touches=3), LeadState(touches=3), True),
        (LeadState(touches=3), LeadState(touches=4), False),
        (LeadState(quarantine=[12, 1]), LeadState(quarantine=[900, 1]), True),
        (LeadState(quarantine=[12, 1]), LeadState(), False),
        (LeadState(temperature_ms=5, grade_ms=6), LeadState(), True),
        (LeadState(temperature_ms=5), LeadState(temperature_ms=6), False),
        (LeadState(ids={"crm:a": "1", "crm:b": "2"}), LeadState(ids={"crm:b": "2", "crm:a": "1"}), True),
    ],
)
def test_offsets_and_what_one_of_them_cannot_know_make_no_difference(
    one: LeadState, other: LeadState, alike: bool
) -> None:
    assert alike is same(encode(one, 4), encode(other, 4_000))
    assert alike is same(encode(other, 4_000), encode(one, 4))
