"""What a restore reads of leads' records without decoding them."""

import pytest

from schemas.lead_state import LeadState
from streams.lead_codec import applied_between, applied_of, encode, has_deadline


@pytest.mark.parametrize(
    ("offsets", "between"),
    [
        ([], (-1, -1)),
        ([7], (7, 7)),
        ([256, 255, 1, 2**62], (1, 2**62)),
        ([3, -1, 4], (-1, 4)),
        ([-1], (-1, -1)),
        ([-(2**63), -2], (-(2**63), -2)),
    ],
)
def test_the_lowest_and_highest_applied_offsets_are_those_of_each_record(
    offsets: list[int], between: tuple[int, int]
) -> None:
    records = [encode(LeadState(), offset) for offset in offsets]

    assert offsets == list(map(applied_of, records))
    assert between == applied_between(records)


def test_a_record_tells_whether_time_alone_can_change_its_lead() -> None:
    assert not has_deadline(encode(LeadState(), 5))
    assert has_deadline(encode(LeadState(deadline_ms=1), -1))
