"""The reference page beside the presets names every word, kind and built-in fact of the language."""

import pytest

from streams.model.document import WORDS as TOP_WORDS
from streams.model.engagement import WORDS as RULE_WORDS
from streams.model.facts import DERIVED, TYPES
from streams.model.velocity import BURST, SURGE
from streams.model.words.durations import UNITS
from streams.model.words.kinds import KNOWN_KINDS
from tests.pure.model.documents import ROOT

PAGE = (ROOT / "deploy" / "models" / "README.md").read_text()


@pytest.mark.parametrize(
    "word", sorted({*TOP_WORDS, *RULE_WORDS, *BURST, *SURGE, *TYPES, *DERIVED, *UNITS, *KNOWN_KINDS})
)
def test_the_reference_names(word: str) -> None:
    assert f"`{word}`" in PAGE
