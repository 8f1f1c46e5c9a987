"""Models of any length: ten rules about what the measured leads do, the others about what other people might."""

CORE = (
    "watched-video: {when: video_view, points: 2, group: reading, repeat: once per video}",
    "read-blog: {when: page_view, page: /blog/*, points: 1, group: reading, repeat: 3 per day}",
    "saw-prices: {when: page_view, page: /pricing*, points: 4, group: buying, limit: 20, half_life: 7d}",
    "saw-product: {when: page_view, page: /product*, points: 2, half_life: 7d}",
    "read-docs: {when: page_view, page: /docs/*, points: 1, limit: 10}",
    "clicked-mail: {when: email_click, points: 1, half_life: 14d}",
    "came-back: {when: visit, points: 1, limit: 5}",
    "presentation: {when: presentation_request, points: 5, group: buying}",
    "asked-demo: {when: demo_request, points: 30, group: buying, half_life: 14d}",
    "left-us: {when: unsubscribe, points: -5}",
)
KINDS = ("page_view", "video_view", "email_click", "visit", "presentation_request", "demo_request")
"""Of the rules about other pages: half of all, so that a touch has several rules of its kind to look at."""
OTHER_KINDS = 40
"""Things nobody on the measured log does."""
TERMS = ("half_life: 7d", "limit: 20", "repeat: 3 per day", "half_life: 30d, limit: 40", "window: 14d")


def rule_book(rules: int) -> str:
    """The text of a model with so many rules of engagement."""
    lines = [*CORE, *(_other(n) for n in range(rules - len(CORE)))][:rules]
    listed = "\n".join(f"    {line}" for line in lines)
    return f"""model: rules-{rules}
version: 1
starts: 2026-01-01
time_zone: UTC
engagement:
  limit: 100
  groups: {{reading: {{limit: 25}}, buying: {{limit: 90}}}}
  rules:
{listed}
handoff:
  when: {{engagement: 40 or more}}
  again: {{after falling under: 30, and not within: 14d}}
"""


def _other(n: int) -> str:
    points, terms = 1 + n % 7, TERMS[n % len(TERMS)]
    if n % 2:
        return f"other-{n}: {{when: kind_{n // 2 % OTHER_KINDS}, page: /section-{n}/*, points: {points}, {terms}}}"
    return f"other-{n}: {{when: {KINDS[n // 2 % len(KINDS)]}, page: /section-{n}/*, points: {points}, {terms}}}"
