"""When time alone will change what is said of a lead: a label falls, a date comes true, an open handoff cools."""

from bisect import bisect_right
from functools import lru_cache

from schemas.card import NextChange
from schemas.lead_event import TouchSeen
from schemas.lead_state import LeadState
from schemas.scoring_model import Repeat
from schemas.units import LATEST_MS
from streams.asked import moves
from streams.judge import Judge
from streams.moments import rfc3339
from streams.outlook import Said, lines_for_all, lines_of, next_date, said, surges_now
from streams.scoring.engagement import engagement
from streams.scoring.falling import Falling, first_fall, first_in
from streams.scoring.forecast import falls_to

MOST_STEPS = 4_000
"""Of one search, 20 us each: only where plus and minus points decay against each other about a line it needs more than
a hundred."""

EVERY_TIME = Repeat()
"""A rule that says nothing of repeats."""


def next_deadline(state: LeadState, judge: Judge, *, exact: bool) -> int:
    """A moment after the lead's clock and not after the first at which something that is said changes; 0: never.

    `exact`: that moment itself; otherwise what is cheap to know, a moment that may come too early.
    """
    if exact:
        return _exact(state, judge)
    if state.engagement < _lowest_line(judge) and not _waits(state) and not _restless(judge):
        return _possible(next_date(state, judge, state.as_of_ms))
    now_ms = state.as_of_ms
    date_ms = next_date(state, judge, now_ms)
    falling = Falling(state, judge, now_ms) if judge.engagement_moves and (state.rules or state.bursts) else None
    if falling is None or not falling.moves:
        return _possible(date_ms)
    score = falling.at(now_ms)
    lines = lines_of(state, judge, judge.line_of(state, now_ms))
    place = bisect_right(lines, score)
    stays_ms = falling.stays(lines[place - 1] if place else None, lines[place] if place < len(lines) else None)
    return _possible(min((moment for moment in (date_ms, stays_ms) if moment), default=0))


def after_timer(state: LeadState, judge: Judge) -> int:
    """The exact one; or a date before it, which says nothing as the lead stands and may once it has gained more."""
    exact_ms, date_ms = next_deadline(state, judge, exact=True), next_date(state, judge, state.as_of_ms)
    return min((moment for moment in (exact_ms, _possible(date_ms)) if moment), default=0)


def _waits(state: LeadState) -> bool:
    """Is there anything that could change as the score falls? What dates, ends and deeds change has its own moment."""
    return bool(state.facts or state.held or state.episode or state.override or not state.armed)


@lru_cache(maxsize=64)
def _lowest_line(judge: Judge) -> int:
    """Who is under it has nothing to fall from."""
    handoff = judge.model.handoff  # campaigns, which may lower it, make a model restless
    return min([*lines_for_all(judge), *([handoff.engagement] if handoff is not None else [])], default=0)


def stands(state: LeadState, touch: TouchSeen, judge: Judge, before_ms: int) -> bool:
    """Does the deadline known before a touch still come early enough, if no label and no handoff changed with it?

    Points gained only put off a fall, so a moment that came early enough before still does; but not where a touch
    takes points, or moves those gained to an earlier time, or is asked about by a condition.
    """
    now_ms, kind = state.as_of_ms, touch.kind
    if _restless(judge) or kind in judge.asked_kinds:
        return False
    # At the pace of its touches nothing comes before the deadline, which may be too early by now: a timer costs more.
    if 0 < state.deadline_ms <= now_ms + (now_ms - before_ms):
        return False
    if not state.armed and surges_now(state, judge, now_ms):
        return False  # where it is re-armed said nothing, until this touch made it surge
    late = touch.at_ms < now_ms
    if not late:
        return kind not in _taking(judge) or all(c.rule.points >= 0 for c in judge.matching(touch))
    # It takes the place of a later one, or lets a burst fire, and so end, earlier.
    if judge.bursts_of(kind):
        return False
    return not any(c.rule.points < 0 or c.rule.repeat != EVERY_TIME for c in judge.matching(touch))


@lru_cache(maxsize=64)
def _restless(judge: Judge) -> bool:
    """Can a touch that no condition asks about bring forward what time alone changes: campaigns that end, minus points
    that fade?
    """
    fading = any(r.points < 0 and (r.half_life_ms or r.window_ms or moves(r.gate)) for r in judge.rules.values())
    return fading or bool(judge.model.campaigns) or any(burst.points < 0 for burst in judge.model.bursts)


@lru_cache(maxsize=64)
def _taking(judge: Judge) -> frozenset[str]:
    """Kinds of touch that may take points."""
    return frozenset(kind for rule in judge.rules.values() if rule.points < 0 for kind in rule.when)


def next_said(state: LeadState, judge: Judge) -> NextChange | None:
    """What changes next and when, if nothing happens until then; None: nothing ever.

    Points are not rounded here, so the instant of a fall is the true one; the deadline comes at its whole micro-point.
    """
    now_ms = state.as_of_ms
    before = said(state, judge, now_ms, state.engagement)
    lines = lines_of(state, judge, judge.line_of(state, now_ms))
    changes: list[tuple[int, Said]] = []
    place = bisect_right(lines, state.engagement)
    while place and judge.engagement_moves and not changes:
        place -= 1
        fall_ms = falls_to(state, judge, lines[place])
        if fall_ms is None:
            break
        after = said(state, judge, fall_ms, lines[place] - 1, before)
        changes += [(fall_ms, after)] if after != before else []
    date_ms = next_date(state, judge, now_ms)
    while date_ms and date_ms <= LATEST_MS and (not changes or date_ms < changes[0][0]):
        after = said(state, judge, date_ms, engagement(state, judge, date_ms), before)
        if after != before:
            changes.insert(0, (date_ms, after))
        date_ms = next_date(state, judge, date_ms)
    if not changes:
        return None
    at_ms, after = changes[0]
    return NextChange(at=rfc3339(at_ms), what=_phrase(before, after, state))


def _exact(state: LeadState, judge: Judge) -> int:
    """The first millisecond at which something that is said differs; 0: never."""
    start_ms = first_ms = state.as_of_ms
    falling = Falling(state, judge, start_ms)
    before = said(state, judge, start_ms, falling.at(start_ms))
    while first_ms <= LATEST_MS:
        date_ms = next_date(state, judge, first_ms)
        last_ms = max(first_ms, falling.end_ms) if not date_ms else date_ms - 1
        lines = lines_of(state, judge, judge.line_of(state, first_ms))
        here = falling

        def differs(at_ms: int, falling: Falling = here) -> bool:
            return at_ms > start_ms and said(state, judge, at_ms, falling.at(at_ms), before) != before

        def rank(score: int, lines: list[int] = lines) -> int:
            return bisect_right(lines, score)

        if falling.only_falls:
            found_ms = first_fall(falling, first_ms, last_ms, lines, differs)
        else:
            found_ms = first_in(falling, first_ms, last_ms, rank, differs, MOST_STEPS)
        if found_ms:
            return found_ms
        if not date_ms:
            return 0
        first_ms, falling = date_ms, Falling(state, judge, date_ms)
    return 0


def _possible(moment_ms: int) -> int:
    """A model may name dates past all calendars."""
    return moment_ms if moment_ms <= LATEST_MS else 0


def _phrase(before: Said, after: Said, state: LeadState) -> str:
    told = []
    if after.cooled and not before.cooled:
        told.append("the open handoff is withdrawn, since the lead has cooled")
    if after.ripe and not before.ripe:
        told.append("ripe: handed to sales")
    if before.overridden and not after.overridden and state.override is not None:
        told.append(f"the word of {state.override.by} on the level ends")
    for name in ("temperature", "grade", "level", "segment"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            told.append(f"{name} changes from {was or 'none'} to {now or 'none'}")
    return "; ".join(told)
