"""Everything behind one lead's score at one moment, in one record."""

from schemas.card import Card
from schemas.explanation import Explanation, HandoffStanding, PriorityTold, Source
from schemas.units import MICRO
from streams.applying import pass_time
from streams.card import card
from streams.explaining.fit_told import completeness_told, criteria_told
from streams.explaining.level_told import level_told
from streams.explaining.outlook import changes, falls
from streams.explaining.rules_told import limits_told, rules_told
from streams.explaining.trace import Traced
from streams.explaining.velocity_told import bursts_told, surges_told
from streams.handoff.episode import is_open
from streams.moments import rfc3339
from streams.scoring.forecast import forecast
from streams.standing import level_of, segment_of

FORMULA = "engagement + fit / 2 + pace"


def explain(
    lead_id: str, traced: Traced, at_ms: int | None = None, *, topic: str = "lead.events", partition: int = 0,
    complete: bool = True,
) -> Explanation:  # fmt: skip
    """The lead at `at_ms`, with time passed since its last event; None: as of its own clock."""
    state, judge = traced.state, traced.judge
    if at_ms is not None and at_ms > state.as_of_ms:
        pass_time(state, at_ms, judge, None, will_count=False)
        state.segment = segment_of(state, judge, at_ms)
        state.level = level_of(state, judge, at_ms)[0]
    now_ms = state.as_of_ms
    told = card(lead_id, state, judge)
    rules, bursts = rules_told(traced, now_ms), bursts_told(traced, now_ms)
    return Explanation(
        lead_id=lead_id,
        at=rfc3339(now_ms),
        at_ms=now_ms,
        model=judge.name,
        digest=judge.digest,
        time_zone=judge.model.time_zone,
        card=told,
        rules=rules,
        limits=limits_told(rules, judge, sum(round(burst.points * MICRO) for burst in bursts)),
        bursts=bursts,
        surges=surges_told(traced, now_ms),
        criteria=criteria_told(state, judge, now_ms),
        completeness=completeness_told(state, judge),
        priority=_priority(told),
        level=level_told(told, state, judge),
        changes=changes(state, judge),
        falls=falls(state, judge),
        forecast=forecast(state, judge),
        handoff=_handoff(traced),
        held=state.held if not is_open(state) else "",
        source=Source(
            topic=topic,
            partition=partition,
            events=traced.events,
            complete=complete,
            later=traced.later,
            quarantined_offset=state.quarantine[0] if state.quarantine else None,
        ),
    )


def _priority(told: Card) -> PriorityTold:
    return PriorityTold(
        formula=FORMULA,
        numbers=f"{told.engagement:.6g} + {told.fit:.6g} / 2 + {told.velocity.pace:.6g} = {told.priority:.6g}",
        engagement=told.engagement,
        fit=told.fit,
        pace=told.velocity.pace,
        priority=told.priority,
    )


def _handoff(traced: Traced) -> HandoffStanding | None:
    episode = traced.state.episode
    if episode is None or not is_open(traced.state):
        return None
    words = [ripe.why for ripe in traced.said if ripe.handoff_id == episode.handoff_id]
    return HandoffStanding(
        handoff_id=episode.handoff_id,
        episode=episode.number,
        revision=episode.revision,
        status=episode.status,
        opened_at=rfc3339(episode.opened_ms),
        trigger=episode.trigger,
        rule=episode.rule,
        touch_id=episode.cause_id,
        owner=episode.owner,
        queue=episode.queue,
        respond_by=rfc3339(episode.respond_by_ms) if episode.respond_by_ms else None,
        why=words[-1] if words else "",
    )
