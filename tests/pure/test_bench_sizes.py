"""What growth and memory are measured with: models of the length told, leads with the touches told."""

from collections import Counter

import pytest

from schemas.scoring_model import ScoringModel
from streams.fold import fold
from streams.judge import Judge
from streams.lead_codec import decode
from streams.model import read_model
from tests.bench.crowd import TOUCHES, crowd
from tests.bench.load import Load, bench_model, lead_keys
from tests.bench.rule_books import rule_book
from tests.pure.lives import Logged, Table


@pytest.mark.parametrize("rules", [10, 500])
def test_a_generated_model_is_read_and_has_as_many_rules_as_asked_for(rules: int) -> None:
    model = read_model(rule_book(rules))

    assert isinstance(model, ScoringModel), model
    assert rules == len(model.rules)


def test_everybody_in_a_crowd_made_twenty_touches_and_what_they_do_next_counts_on_top() -> None:
    people, table, judge = crowd(), Table(), Judge.of(bench_model())
    keys = lead_keys(50)
    table.kept = dict(zip(keys, people.states[: len(keys)], strict=True))

    after = fold([Logged(i, s.key, s.value) for i, s in enumerate(people.load(400, len(keys)))], table, judge)

    assert {TOUCHES} == {decode(state).touches for state in people.states}
    came = Counter(sent.key for sent in people.load(400, len(keys)))
    assert {key: TOUCHES + more for key, more in came.items()} == {
        key: decode(state).touches for key, state in after.states.items()
    }


def test_a_hot_lead_makes_its_share_and_the_others_stay_as_they_are() -> None:
    keys = [sent.key for sent in Load(5_000, 1_000, hot=0.1)]
    most = max(set(keys), key=keys.count)

    assert 0.1 == pytest.approx(keys.count(most) / 5_000, abs=0.02)
    assert list(Load(500, 100)) == list(Load(500, 100, hot=0.0))
