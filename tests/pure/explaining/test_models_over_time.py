"""A past moment is explained by the model that was in force then, a later one by the model that came after it."""

from msgspec.structs import replace

from schemas.lead_event import LeadEvent
from schemas.log_mark import ModelActivated
from schemas.units import HOUR_MS
from streams.activation import activation_bytes
from streams.explaining.explain import explain
from streams.explaining.trace import Traced, trace
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from tests.pure.lives import Logged, T, judge, log, touched, video, with_coordinates

OLD = judge()
NEW = Judge.of(
    replace(
        OLD.model,
        version=OLD.model.version + 1,
        rules=tuple(
            replace(rule, points=8_000_000) if rule.name == "presentation" else
            replace(rule, repeat=OLD.rules["presentation"].repeat) if rule.name == "watched-video" else rule
            for rule in OLD.model.rules
        ),
    )
)  # fmt: skip
EVENTS: list[LeadEvent] = [
    touched("presentation_request", T), video("v1", T),
    touched("presentation_request", T + HOUR_MS), video("v1", T + HOUR_MS),
]  # fmt: skip


def traced(until_ms: int) -> Traced:
    """The old model judges the first two, the new one what follows."""
    records = log(with_coordinates(EVENTS))
    told = ModelActivated(model=NEW.model.model, version=NEW.model.version, digest=NEW.digest, at_ms=T + 1)
    mark = Logged(2, MODEL_KEY, activation_bytes(told))
    later = [Logged(record.offset + 1, record.key, record.value) for record in records[2:]]
    return trace([*records[:2], mark, *later], OLD, until_ms=until_ms, judge_of={NEW.digest: NEW}.__getitem__)


def test_the_model_in_force_then_judges_and_the_next_one_from_its_mark_on() -> None:
    then, now = (explain("L1", traced(at_ms), at_ms) for at_ms in (T, T + HOUR_MS))

    assert (OLD.name, 7.0, [5.0, 2.0]) == (then.model, then.card.engagement, [rule.left for rule in then.rules])
    assert (NEW.name, 18.0, [16.0, 2.0]) == (now.model, now.card.engagement, [rule.left for rule in now.rules])


def test_a_rule_that_counts_otherwise_begins_anew_with_its_touches() -> None:
    behind = {rule.rule: [t.log_offset for t in rule.touches] for rule in explain("L1", traced(T + HOUR_MS)).rules}

    assert {"presentation": [3, 0], "watched-video": [4]} == behind
