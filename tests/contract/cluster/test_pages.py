"""install.md and upgrade.md speak of commands, files and values that exist."""

import pytest
from ruamel.yaml import YAML

from deploy.kubernetes.chart import CHART
from tests.contract.cluster.pages import DOCS, PAGES, boxes, commands, links
from tests.pure.test_cli_help import LEAVES, parsed


@pytest.mark.parametrize(("page", "line"), [(page, line) for page in PAGES for line in commands(page)])
def test_a_page_speaks_of_commands_that_exist(page: str, line: str) -> None:
    assert parsed(line) in LEAVES, page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_files_that_are_there(page: str) -> None:
    assert [] == [link for link in links(page) if not (DOCS / link).exists()]


def test_the_values_of_the_page_are_values_of_the_chart() -> None:
    (text,) = boxes("install.md", "yaml")
    values, known = YAML(typ="safe").load(text), YAML(typ="safe").load((CHART / "values.yaml").read_bytes())

    assert set() == values.keys() - known.keys()
    assert set() == values["stages"].keys() - known["stages"].keys()
