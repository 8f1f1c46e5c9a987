"""What growth and memory are measured with: models of the length told, leads with the touches told."""

from struct import iter_unpack

import msgspec
import pytest

from schemas.lead_event import TouchSeen
from schemas.scoring_model import ScoringModel
from streams.lead_codec import decode
from streams.model import read_model
from tests.bench.crowd import TOUCHES, crowd
from tests.bench.load import Load
from tests.bench.rule_books import rule_book


@pytest.mark.parametrize("rules", [10, 500])
def test_a_generated_model_is_read_and_has_as_many_rules_as_asked_for(rules: int) -> None:
    model = read_model(rule_book(rules))

    assert isinstance(model, ScoringModel), model
    assert rules == len(model.rules)


def test_everybody_in_a_crowd_made_twenty_touches_and_acts_again_later() -> None:
    people = crowd()
    states = [decode(state) for state in people.states]
    sent = [msgspec.json.decode(sent.value, type=TouchSeen) for sent in people.load(100, 5)]

    assert {TOUCHES} == {state.touches for state in states}
    assert max(state.as_of_ms for state in states) < min(touch.at_ms for touch in sent)
    assert max(offset for state in states for *_, offset in iter_unpack("<Iqq", state.inputs)) < min(
        t.origin.offset for t in sent
    )


def test_a_hot_lead_makes_its_share_and_the_others_stay_as_they_are() -> None:
    keys = [sent.key for sent in Load(5_000, 1_000, hot=0.1)]
    most = max(set(keys), key=keys.count)

    assert 0.1 == pytest.approx(keys.count(most) / 5_000, abs=0.02)
    assert list(Load(500, 100)) == list(Load(500, 100, hot=0.0))
