"""Words that the language will have and this release does not: each with what to write meanwhile."""

TOP = {
    "frameworks": "Remove it; score the same facts under fit.secondary meanwhile.",
    "levels": "Remove it; labels.temperature and labels.grade say how ready a lead is meanwhile.",
    "campaigns": "Remove it; a rule counts one campaign with `campaign: ebook-spring` meanwhile.",
    "segments": "Remove it; read segments from the facts on the card meanwhile.",
    "products": "Remove it; keep a model per product meanwhile.",
    "stages": "Remove it; stages come from crm.updates meanwhile.",
    "nurture": "Remove it; lead.stages says when a lead cools meanwhile.",
    "priority": "Remove it; priority is engagement + fit / 2 + pace meanwhile.",
    "allow_sensitive": "Remove it; a sensitive fact is stored and never scored meanwhile.",
    "consent": "Remove it; unknown consent counts as given, and `handoff.never: [no consent]` holds the rest.",
}

_COMBINE = "Remove it; write one rule for each case meanwhile: their points add up."

RULE = {
    "all": _COMBINE,
    "any": "Remove it; a list means any of them: `page: [/a*, /b*]`.",
    "not": _COMBINE,
    "facts": "Remove it; score facts under fit.secondary meanwhile.",
    "product": "Remove it; count the product's pages with `page:` meanwhile.",
    "medium": "Remove it; use `source:` or `channel:` meanwhile.",
    "message": "Remove it; use `campaign:` meanwhile.",
    "direction": "Remove it; only what people do themselves is scored.",
    "props": "Remove it; send a kind of its own for such touches meanwhile.",
    "because": "Put the reason in a comment after # meanwhile.",
}

CRITERION = {
    "all": _COMBINE,
    "any": "Remove it; a list means any of them: `city: [Moscow, Almaty]`.",
    "not": "Remove it; give the opposite case points of the other sign meanwhile.",
    "because": "Remove the rule meanwhile; put reasons in a comment after #.",
    "half_life": "Remove it; facts do not fade.",
    "window": "Remove it; facts do not fade.",
}

FACT = {
    "unit": "Put the unit into the name: turnover_usd.",
    "because": "Put the reason in a comment after # meanwhile.",
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
    "unless": "Remove it; only `never: [no consent]` holds a hand-off back meanwhile.",
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

NEVER = {
    "in a deal": "Remove it; the CRM keeps such leads apart meanwhile.",
    "unqualified": "Remove it; a primary criterion keeps such leads from sales meanwhile.",
}

POINTS_BY_VALUE = (
    "Write one number; for a scale write the points at its values: `specification: {draft: 5, approved: 10}`."
)
