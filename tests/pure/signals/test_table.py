"""The table of metrics that operators read is the one of this release."""

import re

from agents.signals.table import PAGE, everything, page


def test_the_published_table_is_up_to_date() -> None:
    assert page() == PAGE.read_text(), "write it again: python -m agents.signals.table"


def test_each_metric_is_in_it_once_with_its_labels() -> None:
    rows = re.findall(r"^\| `(touchline_[a-z_]+)` \| \w+ \| ([^|]*) \|", page(), re.MULTILINE)

    assert {f.name: ", ".join(f"`{label}`" for label in f.labels) for f in everything()} == dict(rows)
    assert len(everything()) == len(rows)
