"""A control record that does not fit: refused in one sentence that ends in what to do."""

import msgspec
import pytest

from agents.changelog import LogEnds
from agents.control import misfit
from schemas.lead_state import STATE_SCHEMA, Control
from streams.fold import FOLD_REVISION

ENDS = LogEnds(generation="g1", partitions=4, first={2: 100}, end={2: 200})
MODELS = ["b2b@1 sha256:a"]


def control(**changes: object) -> Control:
    told: dict[str, object] = {
        "generation": "g1", "applied": 150, "models": MODELS, "fold_revision": FOLD_REVISION, "partitions": 4,
    }  # fmt: skip
    return msgspec.convert(told | changes, Control)


@pytest.mark.parametrize("applied", [99, 150, 199])
def test_a_record_within_the_log_fits(applied: int) -> None:
    assert "" == misfit(2, control(applied=applied), ENDS, MODELS)


@pytest.mark.parametrize(
    ("changes", "says", "remedy"),
    [
        ({"generation": "g0"}, "created anew", "touchline topics apply"),
        ({"partitions": 6}, "has 4 partitions and had 6", "touchline topics apply"),
        ({"applied": 200}, "ends at offset 200, but the score table holds events up to 200", "restore it"),
        ({"applied": 98}, "retention removed 1 events", "restore them"),
        ({"state_schema": STATE_SCHEMA + 1}, "written with state schema", "a newer one"),
        ({"fold_revision": FOLD_REVISION + 1}, "judged by fold revision", "run the release that wrote it"),
        ({"models": ["b2b@2 sha256:b"]}, "in force is b2b@2 sha256:b", "--model"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_with_its_remedy(
    changes: dict[str, object], says: str, remedy: str
) -> None:
    told = misfit(2, control(**changes), ENDS, MODELS, "acme.")

    assert told.startswith("acme.lead.")
    assert "partition 2" in told
    assert says in told
    assert remedy in told
