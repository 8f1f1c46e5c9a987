"""Two leads made one: what remains is what one fold over both histories, interleaved by time, would have left.

Exact within the horizon of what leads remember. Where only a sum is kept, a touch that was counted on both sides counts
twice, and words of consent of one do not take back touches of the other: then there is doubt (`Kin.doubt`).
"""

from msgspec import msgpack

from schemas.lead_state import Kin, LeadState, RecentTouch
from streams.consent import SCORING, allowed
from streams.consent import united as united_consent
from streams.judge import Judge
from streams.kin.counters import united
from streams.kin.remembered import doubled, united_seen
from streams.kin.velocity import unite_bursts, unite_surges
from streams.kin.words import unite_words
from streams.scoring.known import learn
from streams.scoring.pace import add_pace
from streams.scoring.roll import entries, rolled
from streams.scoring.touching import RECENT, SOURCES
from streams.stages.joining import unite_stages
from streams.standing import AND

OVERLAP, CONSENT = "overlap", "consent"

_RECENT = msgpack.Decoder(RecentTouch)


def merge(ours: LeadState, theirs: LeadState, judge: Judge, was_ms: int) -> str:
    """Take theirs into ours. Both stand under this judge; our clock is that of both already, and was `was_ms`.

    Scores, labels and the handoff are left to be read anew, and the loser's `inputs` behind: its own log goes on
    there. Returns a surge that only both make.
    """
    twice = doubled(ours, theirs)
    doubts = _doubts(ours, theirs, judge, twice, was_ms)
    lost: list[tuple[int, int]] = []
    for name, counted in theirs.rules.items():
        own = ours.rules.get(name)
        if own is None:
            ours.rules[name] = counted
            continue
        counter = judge.counters[name]
        times = united(counter, own, counted, twice)
        if counter.rule.points > 0:
            lost += [(at_ms, counter.rule.points) for at_ms in times]
    unite_bursts(ours, theirs, judge, twice)
    surged = unite_surges(ours, theirs, judge, lost)
    _pace(ours, theirs, lost)
    unite_words(ours, theirs)
    for name, known in theirs.facts.items():
        for word in known:
            learn(ours, name, word)
    ours.consent = united_consent(ours.consent, theirs.consent)
    _introduce(ours, theirs)
    _recent(ours, theirs)
    unite_stages(ours, theirs, judge)
    ours.seen = united_seen(ours.seen, theirs.seen)
    _of_kin(ours, theirs, doubts)
    return surged


def _doubts(ours: LeadState, theirs: LeadState, judge: Judge, twice: int, was_ms: int) -> set[str]:
    """Of touches that were let in, or kept out, otherwise than with all that is known of consent now."""
    found = {OVERLAP} if twice and ours.touches and theirs.touches else set[str]()
    both = LeadState(consent=united_consent(ours.consent, theirs.consent))
    moments = both.consent.get(SCORING, [])[::2]
    for one, clock_ms in ((ours, was_ms), (theirs, theirs.as_of_ms)):
        # Touches that were kept out left no trace: where some may have been, the lead's clock stands for them.
        strict = bool(judge.needed or one.consent.get(SCORING))
        until_ms = clock_ms if strict else one.recent_ms
        if any(
            at_ms <= until_ms
            and allowed(one, SCORING, judge.needed, at_ms) != allowed(both, SCORING, judge.needed, at_ms)
            for at_ms in moments
        ):
            found.add(CONSENT)
    return found


def _pace(ours: LeadState, theirs: LeadState, lost: list[tuple[int, int]]) -> None:
    if theirs.pace_ms:
        add_pace(ours, theirs.pace_ms, theirs.pace)
    for at_ms, points in lost:
        add_pace(ours, at_ms, -points)


def _introduce(ours: LeadState, theirs: LeadState) -> None:
    """Who came first names the source; the latest campaign counts; sums are summed."""
    ours_first = not theirs.touches or (ours.touches > 0 and ours.first_ms <= theirs.first_ms)
    first, then = (ours, theirs) if ours_first else (theirs, ours)
    sources = list(dict.fromkeys([*first.sources, *then.sources]))[:SOURCES]
    ours.first_ms, ours.captured_by, ours.sources = first.first_ms, first.captured_by, sources
    ours.ids = ours.ids | theirs.ids if theirs.as_of_ms == ours.as_of_ms else theirs.ids | ours.ids
    ours.touches += theirs.touches
    ours.attempts += theirs.attempts
    ours.episodes += theirs.episodes
    if (theirs.campaign_ms, theirs.campaign) > (ours.campaign_ms, ours.campaign):
        ours.campaign, ours.campaign_ms = theirs.campaign, theirs.campaign_ms
    for kind, at_ms in theirs.did.items():
        ours.did[kind] = max(at_ms, ours.did.get(kind, 0))
    ours.redirected = list(dict.fromkeys([*ours.redirected, *theirs.redirected]))
    ours.flooded = ours.flooded or theirs.flooded
    ours.fast = AND.join(dict.fromkeys(word for word in (*ours.fast.split(AND), *theirs.fast.split(AND)) if word))


def _recent(ours: LeadState, theirs: LeadState) -> None:
    """The last few of both, by time."""
    told = {touch.touch_id: touch for touch in map(_RECENT.decode, [*entries(ours.recent), *entries(theirs.recent)])}
    latest = sorted(told.values(), key=lambda touch: touch.at_ms)[-RECENT:]
    ours.recent = rolled([msgpack.encode(touch) for touch in latest])
    ours.recent_ms = max(ours.recent_ms, theirs.recent_ms)


def _of_kin(ours: LeadState, theirs: LeadState, doubts: set[str]) -> None:
    kin, other = ours.kin or Kin(), theirs.kin or Kin()
    for loser, number in other.heard.items():
        kin.heard[loser] = max(number, kin.heard.get(loser, 0))
    known = {doubt for doubt in (*kin.doubt.split(", "), *other.doubt.split(", ")) if doubt}
    kin.doubt = ", ".join(sorted(known | doubts))
    ours.kin = kin
