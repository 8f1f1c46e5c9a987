"""What a drill makes of what it saw: whatever did not fire, heal or add up is told, and is exit code 1."""

from typing import Any

import msgspec
import pytest

from tests.chaos.verdict import Verdict
from tests.drill.recount import percentile
from tests.drill.told import Report, Struck, Window, complaints, table

VERDICT = Verdict(
    inputs=1_060, touches=1_000, counted=1_000.0, lost=0, twice=0, people=20, merges=3, handed_on=0, welded=0, apart=0,
    handoffs=9, handoffs_missing=0, handoff_repeats=0, withdrawn=0, same_id_again=0, logged_again=0, compacted=0,
    wrong=[],
)  # fmt: skip
STRUCK = Struck(
    what="Kafka stopped", alert="TouchlineKafkaUnreachable", at="2026-11-22T10:00:00+00:00", rule_waits="1m",
    fired_s=6.0, told="pager", remedied_s=9.0, healed_s=15.0, resolved_s=31.0,
)  # fmt: skip


def reported(struck: Struck = STRUCK, **verdict: Any) -> Report:
    report = Report(
        per_s=1_000, factor=20, messages=1_060, faults=[struck], windows=[Window("quiet", 10.0, 900, 20, 90, 120)],
        rolled_back_to="", restarted=[], verdict=msgspec.structs.replace(VERDICT, **verdict), seconds=60.0, wrong=[],
    )  # fmt: skip
    report.wrong = complaints(report, "", ())
    return report


def test_a_drill_in_which_all_was_told_and_healed_and_adds_up_is_well() -> None:
    report = reported()

    assert (True, []) == (report.well, report.wrong)
    assert "All well." in table(report)[-1]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"fired_s": None}, "nobody was told of TouchlineKafkaUnreachable"),
        ({"healed_s": None}, "it did not heal"),
        ({"resolved_s": None}, "TouchlineKafkaUnreachable was not resolved"),
    ],
)
def test_what_did_not_happen_in_time_is_named(seen: dict[str, None], words: str) -> None:
    report = reported(msgspec.structs.replace(STRUCK, **seen))

    assert (False, [f"Kafka stopped: {words}"]) == (report.well, report.wrong)
    assert "never" in "\n".join(table(report))


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ({"inputs": 1_059}, "1060 messages were sent, 1059 are on the topics"),
        ({"counted": 999.0}, "1000 touches were sent, 999 are counted"),
        ({"counted": 1_001.0}, "1000 touches were sent, 1001 are counted"),
        ({"wrong": ["a touch is not in the ledger: t7"]}, "a touch is not in the ledger: t7"),
    ],
)
def test_what_does_not_add_up_is_named(counted: dict[str, Any], words: str) -> None:
    report = reported(**counted)

    assert (False, [words]) == (report.well, report.wrong)
    assert words == table(report)[-1]


def test_whoever_ended_by_itself_or_was_not_done_is_named() -> None:
    assert ["not processed", "score-1 ended"] == complaints(reported(), "not processed", ["score-1 ended"])


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert (0, 7, 50, 99, 100) == (
        percentile([], 99), percentile([7], 50), *(percentile(range(1, 101), percent) for percent in (50, 99, 100))
    )  # fmt: skip
