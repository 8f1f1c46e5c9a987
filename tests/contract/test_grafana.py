"""Dashboards are what the rows tell, ask for metrics we have, and lead to sections of the runbook."""

import json
import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from agents.signals.catalogue import FAMILIES
from agents.signals.table import everything
from deploy.grafana.__main__ import FOLDER, written

BOARDS = sorted(FOLDER.glob("*.json"))
RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"
OTHERS = {"kafka_consumergroup_lag", "process_cpu_seconds_total", "process_resident_memory_bytes"}
"""Of an exporter for Kafka, and of every process."""
UNITS = {"short", "s", "cps", "bytes", "percentunit"}


def panels(board: Path) -> list[dict[str, Any]]:
    return [panel for panel in json.loads(board.read_text())["panels"] if panel["type"] != "row"]


def queries(board: Path) -> list[str]:
    return [target["expr"] for panel in panels(board) for target in panel["targets"]]


def plain(query: str) -> str:
    """With the choices of a dashboard filled in."""
    for name, value in (("$__rate_interval", "1m"), ("$__range", "1h"), ("$instance", ".*"), ("$namespace", ".*")):
        query = query.replace(name, value)
    return query


def selectors(query: str) -> list[promql_parser.VectorSelector]:
    found: list[promql_parser.VectorSelector] = []

    def look(expr: promql_parser.Expr) -> bool:
        if isinstance(expr, promql_parser.VectorSelector):
            found.append(expr)
        return True

    promql_parser.walk(promql_parser.parse(plain(query)), look)
    return found


def test_what_grafana_reads_is_what_the_rows_tell() -> None:
    assert written() == {board: board.read_text() for board in BOARDS}, "write it again: python -m deploy.grafana"


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_each_query_asks_for_metrics_that_we_have_by_labels_that_they_have(board: Path) -> None:
    known = {name: family for family in everything() for name in family.names}
    asked = [selector for query in queries(board) for selector in selectors(query)]

    assert set() == {one.name for one in asked} - known.keys() - OTHERS
    for one in asked:
        assert "namespace" in {matcher.name for matcher in one.matchers.matchers} or one.name in OTHERS, one.name
        if one.name in known:
            labels = {matcher.name for matcher in one.matchers.matchers} - {"instance", "namespace", "le"}
            assert labels <= set(known[one.name].labels), one.name


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_series_are_kept_apart_by_labels_that_their_metrics_have(board: Path) -> None:
    labels = {label for family in FAMILIES.values() for label in family.labels}
    for query in queries(board):
        by = {name.strip() for told in re.findall(r"by \(([^)]*)\)", query) for name in told.split(",")}
        assert by <= labels | {"le", "instance", "consumergroup"}, query


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_each_panel_says_what_it_shows_in_which_unit_and_has_a_place_of_its_own(board: Path) -> None:
    shown = panels(board)

    assert len({panel["title"] for panel in shown}) == len(shown)
    for panel in shown:
        assert panel["description"].endswith((".", "`", ")")), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    places = [tuple(panel["gridPos"][side] for side in "xy") for panel in shown]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_links_lead_to_the_sections_of_the_runbook_that_alerts_lead_to(board: Path) -> None:
    told = {url for rules in RULES.glob("*.yaml") for url in re.findall(r"runbook_url: (\S+)", rules.read_text())}
    linked = {link["url"] for panel in panels(board) for link in panel.get("links", [])}

    assert linked
    assert set() == linked - told


def test_the_first_row_is_what_an_operator_looks_at_first() -> None:
    (board,) = BOARDS
    first = [panel["title"] for panel in panels(board) if panel["gridPos"]["y"] == 1]

    assert [
        "Ripe leads waiting", "Oldest has waited", "Promises at risk", "Touch to handoff, p99", "Lag in seconds",
        "Dead letters in an hour",
    ] == first  # fmt: skip
