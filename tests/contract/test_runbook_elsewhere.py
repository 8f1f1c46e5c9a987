"""One value moves every link to the runbook: in the chart, and in what is written for those who use no chart."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from deploy.kubernetes.chart import CHART
from deploy.runbook import RUNBOOK, SHIPPED, elsewhere

ROOT = Path(__file__).parents[2]
THERE = "https://wiki.example.com/leads/runbook"
FILES = [path for folder in SHIPPED.values() for path in sorted(folder.iterdir())]
LINK = re.compile(r"https?://[^\s\"]*(?=#touchline)")


def write(url: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.runbook", url, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_all_that_is_shipped_is_written_with_its_links_there_and_is_the_same_else(tmp_path: Path) -> None:
    ended = write(THERE, tmp_path)
    written = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.*")}
    links = [link for text in written.values() for link in LINK.findall(text)]

    assert (0, "", "") == (ended.returncode, ended.stdout, ended.stderr)
    assert {path.name: path.read_text() for path in FILES} == {
        path.name: text.replace(THERE, RUNBOOK) for path, text in written.items()
    }
    assert {THERE} == set(links)
    assert sum(len(LINK.findall(path.read_text())) for path in FILES) == len(links) > 50


@pytest.mark.parametrize(
    "url",
    [
        "wiki/leads",
        "https://a b",
        "https://a.com/leads#top",
        'https://x"',
        "",
        r"https://x/a\q",
        "https://x/{{.Value}}",
    ],
)
def test_what_is_no_page_is_refused_and_nothing_is_written(url: str, tmp_path: Path) -> None:
    ended = write(url, tmp_path / "new")

    assert (2, False) == (ended.returncode, (tmp_path / "new").exists())
    assert "is not a page: write https://" in ended.stderr


def test_the_chart_has_one_value_for_it_and_moves_the_links_that_are_shipped() -> None:
    template = (CHART / "templates" / "monitoring.yaml").read_text()
    moved = f'replace "{RUNBOOK}#" (printf "%s#" $.Values.runbookUrl)'

    assert RUNBOOK == YAML(typ="safe").load(CHART / "values.yaml")["runbookUrl"]
    assert template.count("| toString |") == template.count(moved) == 2
    assert RUNBOOK not in template.replace(moved, "")


def test_a_link_without_a_section_is_no_link_of_ours() -> None:
    assert f"{RUNBOOK}s and {THERE}#x" == elsewhere(f"{RUNBOOK}s and {RUNBOOK}#x", THERE)
