"""What is said about an episode: everything a seller needs, the sentence first, and no personal data."""

from msgspec.structs import replace

from schemas.handoff import FactTold, HandoffType, Outcome, Ripe, ScoreAt, TouchTold, Trigger, TriggerKind
from schemas.lead_event import Assigned, Heard, Told, TouchSeen
from schemas.lead_state import LeadState
from schemas.units import MICRO, SECOND_MS
from streams.card import priority, velocity
from streams.consent import flags
from streams.handoff.owning import SEEN
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import breakdown
from streams.scoring.fit import fit_breakdown, for_partners, settled
from streams.scoring.forecast import forecast
from streams.scoring.touching import recent_touches


def say(
    kind: HandoffType,
    state: LeadState,
    judge: Judge,
    lead_id: str,
    event: Told | Assigned,
    phrase: str,
    previous: int,
    *,
    reason: str = "",
    outcome: Outcome | None = None,
    reassign: bool = False,
) -> Ripe:
    """The next revision of the open episode, with all a seller needs and no personal data.

    It is a copy: the batch goes on, and what comes later must not change what was said.
    """
    episode, line = state.episode, judge.line_of(state, state.as_of_ms)
    if episode is None or line is None:
        raise ValueError("an episode is said only of a lead that has one, under a model that hands off")
    episode.revision += 1
    temperature, grade = judge.temperature(state.engagement), judge.grade(state.fit)
    lines = breakdown(state, judge, state.as_of_ms)
    touch = event if isinstance(event, TouchSeen) else None
    return Ripe(
        type=kind,
        handoff_id=episode.handoff_id,
        revision=episode.revision,
        episode=episode.number,
        lead_id=lead_id,
        at_ms=state.as_of_ms,
        touch_at_ms=event.at_ms,
        received_ms=event.origin.append_ms if isinstance(event, Heard) else event.at_ms,
        cause_id=event.id,
        why=_why(phrase, [(x.rule, x.points) for x in lines], state.fit, grade),
        ids=dict(state.ids),
        score=ScoreAt(
            engagement=state.engagement / MICRO,
            previous=previous / MICRO,
            line=line.engagement / MICRO,
            fit=state.fit / MICRO,
            completeness=state.completeness / MICRO,
            priority=priority(state),
        ),
        temperature=temperature,
        grade=grade,
        breakdown=lines,
        fit_breakdown=fit_breakdown(state, judge, state.as_of_ms),
        trigger=Trigger(
            kind=TriggerKind(episode.trigger), rule=episode.rule, fired_at=rfc3339(episode.opened_ms),
            touch_id=episode.cause_id,
        ),
        velocity=velocity(state, judge),
        sources=list(state.sources),
        inquiries=state.touches,
        attempts=state.attempts,
        touches=[
            TouchTold(
                at=rfc3339(t.at_ms), touch_id=t.touch_id, kind=t.kind, channel=t.channel, page=t.page,
                points=t.points / MICRO,
            )
            for t in recent_touches(state)
        ],
        facts={
            name: FactTold(value=word.value, by=word.by, at=rfc3339(word.at_ms))
            for name, known in state.facts.items()
            for word in (settled(judge, known),)
        },
        consent=flags(state, judge.needed),
        forecast=forecast(state, judge),
        model=judge.name,
        channel=touch.channel if touch else "",
        page=touch.page if touch else "",
        campaign=touch.campaign if touch else "",
        override=campaign.name if (campaign := judge.campaign_of(state, state.as_of_ms)) is not None else "",
        history=touch.history if touch else False,
        level=state.level or None,
        stage=state.stage,
        time_in_stage_s=(state.as_of_ms - state.stage_ms) / SECOND_MS if state.stage_ms else None,
        segment=state.segment,
        origin=state.captured_by,
        owner=episode.owner or (state.owner if kind is HandoffType.REQUESTED else ""),
        owner_seen_ms=(state.words.get(SEEN) or None) if kind is HandoffType.REQUESTED else None,
        queue=episode.queue,
        partner=episode.clock.partner if episode.clock is not None else "",
        reassign=reassign,
        partner_only=kind is HandoffType.REQUESTED and for_partners(state, judge, line),
        contacted_ms=(episode.clock.contacted_ms or None) if episode.clock is not None else None,
        respond_by_ms=episode.respond_by_ms or None,
        reason=reason,
        outcome=outcome,
        trace=(event.trace if isinstance(event, Heard) else "") or episode.trace,
    )  # fmt: skip


def with_previous(said: Ripe, engagement: int | None) -> Ripe:
    """The same word with the engagement before its event, where only now it is known."""
    if engagement is None or said.type not in (HandoffType.REQUESTED, HandoffType.WITHDRAWN):
        return said
    return replace(said, score=replace(said.score, previous=engagement / MICRO))


def _why(phrase: str, lines: list[tuple[str, float]], fit: int, grade: str) -> str:
    """One sentence: what fired, the three strongest reasons, who they are."""
    strongest = sorted((x for x in lines if x[1] > 0), key=lambda x: -x[1])[:3]
    reasons = ", ".join(f"{rule} {points:+.4g}" for rule, points in strongest)
    who = f"fit {fit / MICRO:g} ({grade})" if grade else f"fit {fit / MICRO:g}"
    return f"{phrase}: {reasons}; {who}." if reasons else f"{phrase}; {who}."
