"""The list of planted bugs fits the code it is planted in; `make test-mutations` plants them."""

from pathlib import Path

import pytest

from tests.mutations.__main__ import ALL
from tests.mutations.planted import Planted

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("planted", ALL, ids=lambda planted: planted.what)
def test_a_bug_has_its_one_place_and_a_test_that_exists(planted: Planted) -> None:
    text = (ROOT / planted.file).read_text()

    assert 1 == text.count(planted.old)
    assert planted.old != planted.new
    for test in planted.tests.split():
        file, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / file).read_text()
