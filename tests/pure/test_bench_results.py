"""What was measured stays: part by part, beside its goal, and is known again only for the code it was measured on."""

from pathlib import Path

import pytest

from tests.bench import results
from tests.bench.parts import Part, Run
from tests.bench.results import Row

SPEED = Row(what="speed", figure=12_345.6, unit="touches/s", goal="10,000", met=True)
COST = Row(what="cost", figure=8.25, unit="us", goal="8 us", met=False, note="off")


REVISION = results.revision


@pytest.fixture(autouse=True)
def _kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "KEPT", tmp_path)
    monkeypatch.setattr(results, "revision", lambda: "4cf0779")


def test_a_part_kept_later_stands_beside_the_one_kept_before_and_replaces_its_own_figure() -> None:
    results.keep("score", [SPEED, COST], quick=False)
    results.keep("score", [Row(what="cost", figure=7.0, unit="us")], quick=False)

    assert [("speed", 12_345.6), ("cost", 7.0)] == [(row.what, row.figure) for row in results.kept("score", False)]
    assert {"4cf0779"} == {row.revision for row in results.kept("score", False)}
    assert all(row.when for row in results.kept("score", False))


def test_quick_figures_are_kept_apart() -> None:
    results.keep("score", [SPEED], quick=True)

    assert [] == results.kept("score", quick=False)
    assert ["speed"] == [row.what for row in results.kept("score", quick=True)]


def test_figures_of_other_code_are_shown_but_not_taken_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    results.keep("score", [SPEED], quick=False)
    monkeypatch.setattr(results, "revision", lambda: "4cf0779+a1b2")

    assert {} == results.fresh("score", quick=False)
    assert "12,346" in results.table(quick=False)


def test_the_table_says_of_each_figure_what_was_wanted_and_whether_it_was_met() -> None:
    results.keep("score", [SPEED, COST], quick=False)
    lines = {line.split()[1]: line for line in results.table(quick=False).splitlines()[1:]}

    assert " 12,346  touches/s  10,000  met " in lines["speed"]
    assert " 8.25  us         8 us    MISSED " in lines["cost"]
    assert lines["cost"].endswith("off")


def test_only_parts_without_figures_of_this_revision_are_missing_unless_all_are_asked_for() -> None:
    results.keep("score", [SPEED], quick=False)
    parts = [Part(("speed",), lambda where, folder: [SPEED]), Part(("cost", "speed"), lambda where, folder: [COST])]

    assert parts[1:] == Run("score", quick=False, again=False).missing(parts)
    assert parts == Run("score", quick=False, again=True).missing(parts)
    assert parts == Run("score", quick=True, again=False).missing(parts)


def test_figures_of_the_compiled_fold_are_not_those_of_the_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "streams").mkdir()
    monkeypatch.delenv("PYTHONPATH", raising=False)
    plain = REVISION()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    assert f"{plain} compiled" == REVISION()
