"""Another model takes effect: where on the log, for which lead, and what a lead's counters become under it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from schemas.lead_state import LeadState
from schemas.log_mark import ModelActivated
from schemas.reject import Reason, Reject
from schemas.scoring_model import Burst, Rule, Surge
from streams.generations.log_marks import MODEL_KEY
from streams.handoff.episode import is_open
from streams.handoff.ripeness import MODEL, ripe
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import engagement
from streams.scoring.fit import completeness, fit_lines
from streams.stages.joining import carry_over

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(ModelActivated)


class Keyed(Protocol):
    """A record of the log, as far as it matters here."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


R = TypeVar("R", bound=Keyed)


class UnknownModel(Exception):
    """A model is named that nobody has. No fault of an event: who folds must find the document, or stop."""


def activation_bytes(mark: ModelActivated) -> bytes:
    """Its record's value; the key is `MODEL_KEY`."""
    return _ENCODER.encode(mark)


def runs(
    records: Sequence[R],
    judge: Judge,
    judge_of: Callable[[str], Judge],
    refused: list[tuple[int, Reject]] | None = None,
) -> Iterator[tuple[list[R], Judge]]:
    """The records in their order, cut where another model takes effect; each run is judged by the model beside it.

    `judge_of` gives the judge of a digest, or raises `UnknownModel`. An activation that cannot be followed changes
    nothing: it goes to `refused` with its index.
    """
    start = 0
    for index, record in enumerate(records):
        if record.key != MODEL_KEY:
            continue
        outcome = activated(record.value, judge, judge_of)
        if isinstance(outcome, Reject):
            if refused is not None:
                refused.append((index, outcome))
        elif outcome is not judge:
            if index > start:
                yield list(records[start:index]), judge
            start, judge = index, outcome
    if start < len(records):
        yield list(records[start:]), judge


def activated(value: bytes | None, judge: Judge, judge_of: Callable[[str], Judge]) -> Judge | Reject:
    """Who judges from this record on, or why it is still the judge before it."""
    try:
        mark = _DECODER.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        return _refusal(f"not an activation ({fault})", judge)
    if mark.digest == judge.digest:
        return judge if mark.rescore == judge.rescore else Judge(judge.model, judge.digest, rescore=mark.rescore)
    try:
        now = judge_of(mark.digest)
    except UnknownModel as fault:
        return _refusal(str(fault), judge)
    model = now.model
    if (mark.model, mark.version) != (model.model, model.version):
        return _refusal(f"names {mark.model}@{mark.version}, but {mark.digest} is {now.name}", judge)
    if not mark.rollback and model.model == judge.model.model and model.version <= judge.model.version:
        return _refusal(f"version {model.version} is not above {judge.model.version}, and no rollback is asked", judge)
    if mark.at_ms < model.starts_ms:
        return _refusal(f"{now.name} starts at {rfc3339(model.starts_ms)}, after {rfc3339(mark.at_ms)}", judge)
    return Judge(model, now.digest, rescore=True) if mark.rescore else now


def _refusal(why: str, judge: Judge) -> Reject:
    return Reject(reason=Reason.BAD_MODEL, detail=f"activation: {why}; {judge.name} stays in force")


def judge_for(state: LeadState, judge: Judge, earlier: Mapping[str, Judge]) -> Judge:
    """Who judges this lead now: while a handoff stands open, the model it began with. `earlier`: by `Judge.key`."""
    if not is_open(state) or state.model in ("", judge.key):
        return judge
    return judge_before(state, judge, earlier)


def judge_before(state: LeadState, judge: Judge, earlier: Mapping[str, Judge]) -> Judge:
    """The model under which a lead's counters stand."""
    if state.model in ("", judge.key):
        return judge
    kept = earlier.get(state.model)
    if kept is None:
        raise UnknownModel(f"a lead was judged by the model {state.model}, whose document nobody has")
    return kept


def taken_on(state: LeadState, judge: Judge, earlier: Mapping[str, Judge]) -> Judge:
    """Who judges a lead, adopting it if need be: the model in force, or the lead's own while it is handed off."""
    if state.as_of_ms == 0:
        state.model = judge.key
        return judge
    by = judge_for(state, judge, earlier)
    if state.model != by.key:
        adopt(state, judge_before(state, by, earlier), by)
    return by


def adopt(state: LeadState, before: Judge, now: Judge) -> None:
    """Put a lead under another model: what counts the same goes on, what counts otherwise begins anew.

    The three numbers are read anew, at the lead's clock. A lead that is ripe by this change alone is held back until it
    has fallen under the re-arm line, unless the model was put in force to rescore.
    """
    was_ripe = ripe(state, before)
    same_day = before.model.time_zone == now.model.time_zone
    state.rules = {
        name: counted
        for name, counted in state.rules.items()
        if (old := before.counters.get(name)) is not None
        and (new := now.counters.get(name)) is not None
        and _rule_shape(old.rule) == _rule_shape(new.rule)
        and (same_day or not old.rule.repeat.per_day)
    }
    state.bursts = {
        name: seen
        for name, seen in state.bursts.items()
        if name in before.bursts and name in now.bursts and _burst(before.bursts[name]) == _burst(now.bursts[name])
    }
    state.surges = {
        name: seen
        for name, seen in state.surges.items()
        if name in before.surges and name in now.surges and _surge(before.surges[name]) == _surge(now.surges[name])
    }
    state.did = {kind: at_ms for kind, at_ms in state.did.items() if kind in now.asked_kinds}
    at_ms = state.as_of_ms
    state.engagement = engagement(state, now, at_ms)
    state.fit = sum(points for _, points in fit_lines(state, now, at_ms))
    state.completeness = completeness(state, now)
    state.model = now.key
    carry_over(state, now)
    if not now.rescore and not was_ripe and ripe(state, now):
        state.armed, state.held = False, MODEL


def _rule_shape(rule: Rule) -> tuple[object, ...]:
    """What a counter has counted; points, limits, groups and gates are read with the score."""
    return (
        rule.when, rule.page, rule.channel, rule.source, rule.campaign, rule.where, rule.repeat, rule.window_ms,
        rule.half_life_ms,
    )  # fmt: skip


def _burst(burst: Burst) -> tuple[object, ...]:
    return frozenset(burst.of), burst.count, burst.within_ms, burst.lasts_ms


def _surge(surge: Surge) -> int:
    return surge.within_ms
