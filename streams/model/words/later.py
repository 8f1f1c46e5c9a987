"""Words that the language will have and this release does not: each with what to write meanwhile."""

TOP = {
    "products": "Remove it; keep a model per product meanwhile.",
    "nurture": "Remove it; lead.stages says when a lead cools meanwhile.",
    "priority": "Remove it; priority is engagement + fit / 2 + pace meanwhile.",
}

RULE = {
    "direction": "Remove it; only what people do themselves is scored.",
    "because": "Put the reason in a comment after # meanwhile.",
}

CRITERION = {
    "because": "Say why a sensitive fact may score under `allow_sensitive`; other reasons go into a comment after #.",
    "half_life": "Remove it; facts do not fade.",
    "window": "Remove it; facts do not fade.",
}

FACT = {
    "because": "Say why a sensitive fact may score under `allow_sensitive: {birth_date: {because: ...}}`.",
}

ENGAGEMENT = {"window": "Write it on each rule.", "half_life": "Write it on each rule."}

FIT = {
    "limit": "Remove it; fit has no limit: criteria count once each.",
    "excluded": "Remove it; use a criterion of minus points under secondary meanwhile.",
}

BURST = {
    "page": "Remove it; a burst counts kinds of touch, on any page.",
    "channel": "Remove it; a burst counts kinds of touch, on any channel.",
    "source": "Remove it; a burst counts kinds of touch, from any source.",
    "campaign": "Remove it; a burst counts kinds of touch, in any campaign.",
    "group": "Remove it; a burst counts under engagement.limit alone.",
    "limit": "Remove it; a burst counts once while it lasts.",
    "half_life": "Remove it; say how long it counts with `lasts:`.",
}

HANDOFF = {
    "shadow": "Remove it; leave out `handoff` to score in silence meanwhile.",
    "unless": "Remove it; `never: [in a deal, unqualified, no consent]` holds a hand-off back.",
}

HANDOFF_WHEN = {
    "primary": "Remove it; a lead that fails a primary criterion is never for sales.",
    "completeness": "Remove it; draw the line by engagement and fit meanwhile.",
    "level": "Remove it; draw the line by engagement and fit meanwhile.",
    "BANT": "Remove it; draw the line by engagement and fit meanwhile.",
    "any": "Remove it; both lines must be met.",
    "all": "Remove it; both lines must be met.",
    "not": "Remove it; both lines must be met.",
    "without": "Remove it; give the unwanted touch minus points meanwhile.",
}
