"""What would be otherwise about a lead, line by line: before somebody says yes."""

from msgspec import Struct

from schemas.card import Card
from schemas.lead_state import LeadState
from schemas.units import Millis
from streams.applying import pass_time
from streams.card import card
from streams.handoff.episode import is_open
from streams.judge import Judge
from streams.lead_codec import decode, encode


class Row(Struct, frozen=True, kw_only=True):
    """One thing said of a lead."""

    what: str
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Nothing changes here."""
        return self.before == self.after


def seen_at(lead_id: str, state: LeadState, judge: Judge, now_ms: Millis) -> Card:
    """The card of a state, with time passed until now; the state stays as it is."""
    copy = decode(encode(state, 0))
    if now_ms > copy.as_of_ms > 0:
        pass_time(copy, now_ms, judge, None, will_count=False)
    return card(lead_id, copy, judge)


def rows(
    lead_id: str, before: tuple[LeadState, Judge] | None, after: tuple[LeadState, Judge], now_ms: Millis
) -> list[Row]:
    """Scores, labels, touches and handoff; `before` None: it is no lead of its own now."""
    was = None if before is None else told(lead_id, *before, now_ms)
    now = told(lead_id, *after, now_ms)
    return [Row(what=what, before="-" if was is None else was[what], after=now[what]) for what in now]


def told(lead_id: str, state: LeadState, judge: Judge, now_ms: Millis) -> dict[str, str]:
    """A state in a few words."""
    seen = seen_at(lead_id, state, judge, now_ms)
    episode = state.episode
    return {
        "engagement": f"{seen.engagement:.6g}",
        "fit": f"{seen.fit:.6g}",
        "completeness": f"{seen.completeness:.6g}",
        "label": seen.label,
        "level": seen.level or "-",
        "touches": str(seen.inquiries),
        "attempts": str(seen.attempts),
        "facts": str(len(state.facts)),
        "handoff": f"{episode.handoff_id} ({episode.status})" if episode is not None and is_open(state) else "-",
        "known as": ", ".join(f"{name}:{value}" for name, value in sorted(state.ids.items())) or "-",
    }
