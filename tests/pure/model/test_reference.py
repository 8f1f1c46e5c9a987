"""The reference page beside the presets names every word, kind and built-in fact of the language."""

import pytest

from streams.model.campaigns import WORDS as CAMPAIGN_WORDS
from streams.model.conditions import WORDS as CONDITION_WORDS
from streams.model.consent import ASSUMED, CLOSED_BY, NEEDED, PURPOSES
from streams.model.document import WORDS as TOP_WORDS
from streams.model.facts import DERIVED, TYPES
from streams.model.frameworks import LEVEL_WORDS
from streams.model.handoff import KNOWN_NEVER
from streams.model.levels import MEANS
from streams.model.rules import WORDS as RULE_WORDS
from streams.model.stages import ANY, EVENTS
from streams.model.stages import WORDS as STAGE_WORDS
from streams.model.velocity import BURST, SURGE
from streams.model.words.durations import UNITS
from streams.model.words.kinds import KNOWN_KINDS
from streams.stages.presets import PRESETS
from tests.pure.model.documents import ROOT

PAGE = (ROOT / "deploy" / "models" / "README.md").read_text()


WORDS = {
    *TOP_WORDS, *RULE_WORDS, *LEVEL_WORDS, *CAMPAIGN_WORDS, *MEANS, *KNOWN_NEVER, *BURST, *SURGE, *TYPES, *DERIVED,
    *STAGE_WORDS, *EVENTS, ANY, *PRESETS, *UNITS, *KNOWN_KINDS, *PURPOSES, NEEDED, ASSUMED, CLOSED_BY,
    *(word for words in CONDITION_WORDS.values() for word in words),
}  # fmt: skip


@pytest.mark.parametrize("word", sorted(WORDS))
def test_the_reference_names(word: str) -> None:
    assert f"`{word}`" in PAGE
