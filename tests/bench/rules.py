"""The rules of `bench.yaml` by hand, as somebody writes them who has a streaming library and one model to score by.

Shared by the Faust and the Quix subject: each keeps the lead, and reads the touch, in its own library's way.
"""

from typing import Any, Protocol

DAY_MS = 86_400_000
PRICES_HALF_LIFE_MS, DEMO_HALF_LIFE_MS = 7 * DAY_MS, 14 * DAY_MS
BURST, BURST_WITHIN_MS, BURST_POINTS = 6, 2 * DAY_MS, 10.0
LINE, REARM_UNDER, NOT_WITHIN_MS = 40.0, 30.0, 14 * DAY_MS


class Touch(Protocol):
    """What the rules look at."""

    at_ms: int
    kind: str
    page: str
    props: dict[str, Any]


class Lead(Protocol):
    """What each rule needs to remember."""

    at_ms: int
    videos: list[str]
    blog_days: dict[str, int]
    prices: float
    """Decayed to `at_ms`, as `demos`."""
    demos: float
    presentations: int
    unsubscribed: int
    visits: list[int]
    burst_ms: int
    armed: bool
    handed_ms: int


def nothing_known() -> dict[str, Any]:
    """Of a lead without a touch. Made anew each time: it has lists inside."""
    return {
        "at_ms": 0, "videos": [], "blog_days": {}, "prices": 0.0, "demos": 0.0, "presentations": 0, "unsubscribed": 0,
        "visits": [], "burst_ms": -1, "armed": True, "handed_ms": -1,
    }  # fmt: skip


def engagement(lead: Lead) -> float:
    """Points at the lead's clock, limits applied."""
    reading = min(25.0, 2.0 * len(lead.videos) + sum(lead.blog_days.values()))
    buying = min(90.0, min(20.0, 4.0 * lead.prices) + 30.0 * lead.demos + 5.0 * lead.presentations)
    burst = BURST_POINTS if lead.burst_ms >= 0 and lead.at_ms < lead.burst_ms + BURST_WITHIN_MS else 0.0
    return min(100.0, reading + buying + burst - 5.0 * lead.unsubscribed)


def count(lead: Lead, touch: Touch) -> None:
    """Apply the rule that knows this kind of touch."""
    match touch.kind:
        case "video_view" if (video := touch.props.get("video", "")) not in lead.videos:
            lead.videos = [*lead.videos, video]
        case "page_view" if touch.page.startswith("/pricing"):
            lead.prices += 1.0
        case "page_view" if touch.page.startswith("/blog/"):
            day = str(touch.at_ms // DAY_MS)
            lead.blog_days[day] = min(3, lead.blog_days.get(day, 0) + 1)
        case "presentation_request":
            lead.presentations += 1
        case "demo_request":
            lead.demos += 1.0
        case "unsubscribe":
            lead.unsubscribed += 1
        case "visit":
            lead.visits = [at for at in lead.visits if at > touch.at_ms - BURST_WITHIN_MS] + [touch.at_ms]
            over = lead.burst_ms < 0 or touch.at_ms >= lead.burst_ms + BURST_WITHIN_MS
            if len(lead.visits) >= BURST and over:
                lead.burst_ms = touch.at_ms


def take_in(lead: Lead, touch: Touch) -> bool:
    """Let time pass, count the touch; True when the lead is ripe."""
    passed_ms = max(0, touch.at_ms - lead.at_ms) if lead.at_ms else 0
    lead.prices *= 2.0 ** (-passed_ms / PRICES_HALF_LIFE_MS)
    lead.demos *= 2.0 ** (-passed_ms / DEMO_HALF_LIFE_MS)
    lead.at_ms = max(lead.at_ms, touch.at_ms)
    if engagement(lead) < REARM_UNDER:
        lead.armed = True
    count(lead, touch)
    waited = lead.handed_ms < 0 or lead.at_ms >= lead.handed_ms + NOT_WITHIN_MS
    ripe = lead.armed and waited and engagement(lead) >= LINE
    if ripe:
        lead.armed, lead.handed_ms = False, lead.at_ms
    return ripe
