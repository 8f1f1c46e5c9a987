"""A control record that does not fit: refused in one sentence that ends in what to do."""

import msgspec
import pytest

from agents.settings import Settings
from agents.table.changelog import LogEnds
from agents.table.control import misfit, unfounded
from schemas.lead_state import STATE_SCHEMA, Control
from streams.fold import FOLD_REVISION

ENDS = LogEnds(generation="g1", partitions=4, first={2: 100}, end={2: 200})
MODELS = ["b2b@1 sha256:a"]
ACME = Settings(bootstrap="kafka:9092", prefix="acme.", partitions=4)


def control(**changes: object) -> Control:
    told: dict[str, object] = {
        "generation": "g1", "applied": 150, "models": MODELS, "fold_revision": FOLD_REVISION, "partitions": 4,
    }  # fmt: skip
    return msgspec.convert(told | changes, Control)


@pytest.mark.parametrize("applied", [99, 150, 199])
def test_a_record_within_the_log_fits(applied: int) -> None:
    assert "" == misfit(2, control(applied=applied), ENDS, ACME)


@pytest.mark.parametrize(
    ("changes", "says", "remedy"),
    [
        (
            {"generation": "g0"},
            "created anew",
            "touchline rebuild --accept-loss --bootstrap kafka:9092 --prefix acme. --generation g2 ",
        ),
        ({"partitions": 6}, "has 4 partitions and had 6", "--generation g2 --partitions 4`"),
        (
            {"applied": 200},
            "ends at offset 200, but the score table holds events up to 200",
            "touchline rebuild --accept-loss",
        ),
        ({"applied": 98}, "retention removed 1 events", "touchline rebuild --accept-loss"),
        ({"moved_to": "g2"}, "moved to generation g2", "TOUCHLINE_GENERATION"),
        ({"state_schema": STATE_SCHEMA + 1}, "written with state schema", "a newer one"),
        ({"fold_revision": FOLD_REVISION + 1}, "judged by fold revision", "run the release that wrote it"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_with_its_remedy(
    changes: dict[str, object], says: str, remedy: str
) -> None:
    told = misfit(2, control(**changes), ENDS, ACME)

    assert told.startswith("acme.lead.")
    assert "partition 2" in told
    assert says in told
    assert remedy in told


def test_a_table_without_control_record_begins_only_on_a_log_that_is_whole() -> None:
    whole = LogEnds(generation="g1", partitions=4, first={2: 0}, end={2: 200})
    told = unfounded(2, ENDS, ACME)

    assert "" == unfounded(2, whole, ACME)
    assert "acme.lead.state partition 2: holds no control record, and acme.lead.events partition 2 begins at" in told
    assert "touchline rebuild --from-snapshot FOLDER --bootstrap kafka:9092 --prefix acme. --partitions 4" in told
    assert "accept that 100 events are missing" in told


def test_a_later_generation_never_begins_without_the_control_record_of_its_rebuild() -> None:
    whole = LogEnds(generation="g1", partitions=4, first={2: 0}, end={2: 200})
    told = unfounded(2, whole, ACME.model_copy(update={"generation": "g2"}))

    assert told.startswith("acme.lead.state.g2 partition 2: holds no control record")
    assert "touchline rebuild --from-generation g2 --bootstrap kafka:9092 --prefix acme. --generation g2 " in told
