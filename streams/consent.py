"""What a person allows: words of consent by purpose, each at its own time, and what was allowed at a moment.

Purposes are open: `scoring`, `contact`, and contact through one channel, `contact:email`. The words of a purpose lie in
`LeadState.consent` by turns, moment and 1 given or 0 withdrawn, so that whatever order they come in says the same.
"""

from collections.abc import Collection, Mapping

from schemas.lead_state import LeadState
from schemas.units import Millis

SCORING = "scoring"
CONTACT = "contact"
CHANNELS = ("email", "call", "messenger")
"""Through which a seller or a mailer can reach somebody."""

MOST_WORDS = 16
"""Kept of each purpose; beyond it a word that repeats the one before it goes, else the earliest; never the last."""

Words = list[int]
Purposes = Collection[str]


def through(channel: str) -> str:
    """The purpose of contact through one channel."""
    return f"{CONTACT}:{channel}"


BY_CHANNEL = tuple(through(channel) for channel in CHANNELS)


def purpose_of(said: str) -> str:
    """The purpose somebody means: a channel's name alone is contact through it, and nothing is contact."""
    name = said.strip().casefold() or CONTACT
    return through(name) if name in CHANNELS else name


def hear(state: LeadState, purpose: str, at_ms: Millis, given: bool) -> bool:
    """Put a word where its time says; False when it was heard before. At one moment a withdrawal outranks a grant."""
    words = state.consent.get(purpose, [])
    grown = with_word(words, at_ms, given)
    state.consent[purpose] = grown
    return grown != words


def with_word(words: Words, at_ms: Millis, given: bool) -> Words:
    """The words and one more, in their order."""
    said = sorted({*zip(words[::2], words[1::2], strict=True), (at_ms, int(given))}, key=_order)
    if len(said) > MOST_WORDS:
        repeats = (i for i in range(1, len(said) - 1) if said[i][1] == said[i - 1][1])
        del said[next(repeats, 0)]
    return [part for word in said for part in word]


def united(ours: Mapping[str, Words], theirs: Mapping[str, Words]) -> dict[str, Words]:
    """The words that two leads said who are one."""
    both = {purpose: list(words) for purpose, words in ours.items()}
    for purpose, words in theirs.items():
        for at_ms, given in zip(words[::2], words[1::2], strict=True):
            both[purpose] = with_word(both.get(purpose, []), at_ms, bool(given))
    return both


def allowed(state: LeadState, purpose: str, needed: Purposes, at_ms: Millis) -> bool:
    """Did the last word until then allow it? Without any, what is not `needed` counts as given."""
    words = state.consent.get(purpose)
    if words:
        for place in range(len(words) - 2, -1, -2):
            if words[place] <= at_ms:
                return words[place + 1] == 1
    return purpose not in needed


def reachable(state: LeadState, channel: str, needed: Purposes, at_ms: Millis) -> bool:
    """May the person be contacted through this channel? Whoever refuses contact is reached through none."""
    return allowed(state, CONTACT, needed, at_ms) and allowed(state, through(channel), needed, at_ms)


def contactable(state: LeadState, needed: Purposes) -> bool:
    """At the lead's clock: is any channel open?"""
    if not state.consent and not needed:
        return True
    at_ms = state.as_of_ms
    return allowed(state, CONTACT, needed, at_ms) and any(allowed(state, p, needed, at_ms) for p in BY_CHANNEL)


def closed(state: LeadState, needed: Purposes) -> list[str]:
    """Channels that are shut, at the lead's clock."""
    if not state.consent and not needed:
        return []
    return [channel for channel in CHANNELS if not reachable(state, channel, needed, state.as_of_ms)]


def flags(state: LeadState, needed: Purposes) -> dict[str, bool]:
    """What a seller is told, at the lead's clock: each purpose that was spoken of, or that needs a word."""
    at_ms, told = state.as_of_ms, sorted({*state.consent, *needed})
    if not told:
        return {}
    contact = allowed(state, CONTACT, needed, at_ms)
    return {p: allowed(state, p, needed, at_ms) and (contact or not p.startswith(f"{CONTACT}:")) for p in told}


def told_anew(before: Mapping[str, bool], now: Mapping[str, bool]) -> str:
    """What is allowed otherwise than before, in words."""
    words = [
        f"{purpose} {'given' if given else 'refused'}" for purpose, given in now.items() if before.get(purpose) != given
    ]
    return f"Consent: {', '.join(words)}"


def turned(state: LeadState, before: Words, needed: Purposes, at_ms: Millis) -> tuple[Millis, Millis | None] | None:
    """When a word on scoring judges touches otherwise than before: from its moment to the next word's; None: never.

    `before`: the words on scoring without it.
    """
    was = LeadState(consent={SCORING: before} if before else {})
    if allowed(was, SCORING, needed, at_ms) == allowed(state, SCORING, needed, at_ms):
        return None
    return at_ms, min((moment for moment in before[::2] if moment > at_ms), default=None)


def _order(word: tuple[int, int]) -> tuple[int, int]:
    return word[0], -word[1]
