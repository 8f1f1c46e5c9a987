"""A touch taken in: which rules count it, what it gains, which bursts and surges it completes."""

from msgspec import msgpack

from schemas.lead_event import TouchSeen
from schemas.lead_state import BurstSeen, LeadState, RecentTouch, SurgeSeen, TouchRef
from schemas.ledger import Cause, Dimension
from schemas.scoring_model import Burst
from streams.consent import SCORING, allowed
from streams.judge import Judge
from streams.scoring.engagement import engagement, shut
from streams.scoring.ledger import Ledger, at
from streams.scoring.pace import add_pace
from streams.scoring.repeats import hash_of
from streams.scoring.roll import added, entries, rolled
from streams.scoring.velocity import burst_counts, burst_touches, lose_gain, see_burst, see_gain

RECENT = 5
"""Touches a seller sees."""

SOURCES = 20
"""Distinct sources kept per lead."""


def touch(state: LeadState, event: TouchSeen, judge: Judge, book: Ledger | None) -> tuple[str, str]:
    """Take a touch in at its own time; the outcome for the counters, and the surge it completed, if any."""
    if event.direction == "out":
        state.attempts += 1
        return "outbound", ""
    if not _may_score(state, event.at_ms, judge):
        return "no_consent", ""
    _introduce(state, event, judge)
    before, gained, net = state.engagement, 0, 0
    moved: list[tuple[int, int]] = []
    counters = judge.matching(event)
    for counter in counters:
        rule = counter.rule
        counted = state.rules.get(rule.name)
        if counted is None:
            counted = state.rules[rule.name] = counter.empty()
        told = book is not None and not (judge.gated and shut(rule.name, state, judge, state.as_of_ms))
        was = counter.worth(counted, state.as_of_ms) if told else 0
        prop = rule.repeat.per_prop
        value = hash_of(str(event.props.get(prop, ""))) if prop else 0
        instead = counter.count(counted, event.at_ms, state.as_of_ms, value)
        if instead is not None:
            net += rule.points
            if rule.points > 0:
                gained += rule.points
                if instead:
                    moved.append((instead, rule.points))
        if book is not None and told:
            delta = counter.worth(counted, state.as_of_ms) - was
            before += delta
            book.write(Dimension.ENGAGEMENT, rule.name, delta, before, Cause.TOUCH)
    bursts = judge.bursts_of(event.kind)
    if bursts:
        before = _see_bursts(state, event, bursts, book, before)
    if counters or bursts or judge.engagement_moves:
        state.engagement = engagement(state, judge, state.as_of_ms)
    if book is not None:
        book.write(Dimension.ENGAGEMENT, "limit", state.engagement - before, state.engagement, Cause.CAP)
    _remember(state, event, net)
    for at_ms, points in moved:
        _take_back(state, at_ms, points)
    surged = _see_surges(state, event.at_ms, gained, judge) if gained else ""
    return ("scored" if counters or bursts else "unmatched"), surged


def counts(state: LeadState, event: TouchSeen, judge: Judge) -> bool:
    """Will this touch be taken in, and engagement measured anew?"""
    return event.direction == "in" and _may_score(state, event.at_ms, judge)


def _may_score(state: LeadState, at_ms: int, judge: Judge) -> bool:
    """Consent to score at the moment of the touch."""
    return (not state.consent and not judge.needed) or allowed(state, SCORING, judge.needed, at_ms)


def _introduce(state: LeadState, event: TouchSeen, judge: Judge) -> None:
    """First touch by time, sources, count, campaign, and when each kind was last done that conditions ask about."""
    if state.touches == 0 or event.at_ms < state.first_ms:
        state.first_ms, state.captured_by = event.at_ms, event.source
    state.touches += 1
    if event.source not in state.sources and len(state.sources) < SOURCES:
        state.sources.append(event.source)
    if event.campaign and (event.at_ms, event.campaign) >= (state.campaign_ms, state.campaign):
        state.campaign, state.campaign_ms = event.campaign, event.at_ms
    if event.kind in judge.asked_kinds and event.at_ms >= state.did.get(event.kind, 0):
        state.did[event.kind] = event.at_ms


def _ref(event: TouchSeen) -> TouchRef:
    origin = event.origin
    return TouchRef(event.at_ms, event.id, origin.topic, origin.partition, origin.offset)


def _see_bursts(state: LeadState, event: TouchSeen, bursts: tuple[Burst, ...], book: Ledger | None, before: int) -> int:
    """Bursts that this touch completes; the running score with their ledger lines written."""
    for burst in bursts:
        seen = state.bursts.get(burst.name)
        if seen is None:
            seen = state.bursts[burst.name] = BurstSeen([], b"", [])
        was = burst_counts(burst, seen, state.as_of_ms)
        new = see_burst(burst, seen, _ref(event), state.as_of_ms)
        counts = burst_counts(burst, seen, state.as_of_ms)
        if book is not None and was != counts:
            delta = burst.points if counts else -burst.points
            before += delta
            completed = [at(ref) for ref in burst_touches(seen)] if new else None
            book.write(Dimension.ENGAGEMENT, burst.name, delta, before, Cause.VELOCITY, touches=completed)
    return before


def _take_back(state: LeadState, at_ms: int, points: int) -> None:
    """An earlier touch has the points that one at this time had gained."""
    add_pace(state, at_ms, -points)
    for seen in state.surges.values():
        lose_gain(seen, at_ms, points)


def _see_surges(state: LeadState, at_ms: int, gained: int, judge: Judge) -> str:
    """Put the points gained in their place; the name of a surge that they complete."""
    add_pace(state, at_ms, gained)
    surged = ""
    for surge in judge.surges.values():
        seen = state.surges.get(surge.name)
        if seen is None:
            seen = state.surges[surge.name] = SurgeSeen([], [])
        if see_gain(surge, seen, at_ms, gained, state.as_of_ms):
            surged = surged or surge.name
    return surged


def _remember(state: LeadState, event: TouchSeen, points: int) -> None:
    """Keep the latest few touches, by time."""
    told = _encode(RecentTouch(event.at_ms, event.id, event.kind, event.channel, event.page, points))
    if event.at_ms >= state.recent_ms:
        state.recent_ms = event.at_ms
        state.recent = added(state.recent, told, RECENT)
    else:
        state.recent = rolled(sorted([*entries(state.recent), told], key=_time)[-RECENT:])


def _time(told: bytes) -> int:
    return _decode(told).at_ms


def recent_touches(state: LeadState, most: int = RECENT) -> list[RecentTouch]:
    """The last few touches, the latest first."""
    return [_decode(told) for told in reversed(entries(state.recent)[-most:])]


_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(RecentTouch).decode
