"""Three who are slower than Anna: the same points in three days and in ninety, and one who cools while nobody calls."""

import asyncio
import contextlib
import uuid
from collections.abc import Sequence

from agents.clock import wall_ms
from agents.demo.company import Sending
from agents.demo.display import Display
from agents.demo.gauges import Gauges
from agents.demo.senders import Senders
from schemas.card import Card
from schemas.handoff import HandoffEvent
from schemas.units import DAY_MS, SECOND_MS

PRESENTATIONS = 8
"""At 5 points each: 40, the line."""
QUICK_MS, SLOW_MS = 3 * DAY_MS, 90 * DAY_MS
COOLS_AFTER_MS = 14 * DAY_MS
"""Two demo requests are 60 points, and after their half-life 30: from there on the lead has cooled."""
COOLS_IN_MS = 6 * SECOND_MS
SEEN_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


class Slower:
    """Dana, Boris and Cyd; what lies behind comes from the website's log, dated as it happened."""

    def __init__(self, senders: Senders, gauges: Gauges, display: Display) -> None:
        self._senders, self._gauges, self._display = senders, gauges, display
        self._run = uuid.uuid4().hex[:8]

    async def compare(self) -> None:
        """The same total, collected fast and slowly."""
        now, say = wall_ms(), self._display.say
        say("Dana and Boris: both asked for eight presentations, 40 points each", title=True)
        for name, over_ms in (("dana", QUICK_MS), ("boris", SLOW_MS)):
            step_ms = over_ms // (PRESENTATIONS - 1)
            await self._did(name, "presentation_request", [now - n * step_ms for n in range(PRESENTATIONS)])
        dana, boris = await self._card("dana", PRESENTATIONS), await self._card("boris", PRESENTATIONS)
        if dana is None or boris is None:
            say(f"no cards within {SEEN_WITHIN_S:g} s")
            return
        for name, card, days in (("Dana", dana, 3), ("Boris", boris, 90)):
            say(f"{name}, in {days} days: {card.engagement:.4g} of 40 are left, priority {card.priority:.4g}, "
                f"{card.temperature}")  # fmt: skip
        first = "Dana" if dana.priority > boris.priority else "Boris"
        say(f"{first} is called first: recent points count for more, and speed counts by itself")

    async def cool(self) -> None:
        """A handoff nobody took up; two weeks later, which is in a moment, it is taken back by time alone."""
        asked_ms, say = wall_ms() + COOLS_IN_MS - COOLS_AFTER_MS, self._display.say
        say("Cyd asked for a demo two weeks ago, and nobody called", title=True)
        who = {"anonymous": self._cookie("cyd"), "email": f"cyd.{self._run}@steppe-works.example"}
        fact_id = f"cyd-{uuid.uuid4().hex[:12]}"
        facts = {"fact_id": fact_id, "who": who, "by": "form", "facts": {"headcount": 40, "name": "Cyd"}}
        await self._senders.send(Sending("facts", self._cookie("cyd"), facts, fact_id), asked_ms - SECOND_MS)
        card = await self._card("cyd", 0, known=True)
        await self._did("cyd", "demo_request", [asked_ms, asked_ms + 1])
        withdrawn = await self._withdrawn("" if card is None else card.lead_id)
        if withdrawn is None:
            say(f"the handoff was not taken back within {SEEN_WITHIN_S:g} s")
            return
        score = withdrawn.data.score
        now = "unknown" if score is None else f"{score.engagement:.4g}"
        say(f"handed off at 60 points; now {now}, under the re-arm line: withdrawn, reason "
            f"{withdrawn.data.reason}, by time alone")  # fmt: skip

    def _cookie(self, name: str) -> str:
        return f"{name}-{self._run}"

    async def _did(self, name: str, kind: str, times_ms: Sequence[int]) -> None:
        for at_ms in times_ms:
            touch_id = f"{name}-{uuid.uuid4().hex[:12]}"
            who = {"anonymous": self._cookie(name)}
            body = {"touch_id": touch_id, "kind": kind, "who": who, "source": "google"}
            await self._senders.send(Sending("touches.web", self._cookie(name), body, touch_id, counts=True), at_ms)

    async def _card(self, name: str, touches: int, *, known: bool = False) -> Card | None:
        """A lead's card once it shows so many touches, and a fit if something is to be known."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN_S):
                while True:
                    lead = await self._gauges.read.find("anonymous", self._cookie(name))
                    card = await self._gauges.read.card(lead) if lead else None
                    if card is not None and card.inquiries >= touches and (card.fit > 0 or not known):
                        return card
                    await asyncio.sleep(LOOK_EVERY_S)
        return None

    async def _withdrawn(self, lead: str) -> HandoffEvent | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN_S):
                while True:
                    if (event := self._gauges.withdrawn.get(lead)) is not None:
                        return event
                    await asyncio.sleep(LOOK_EVERY_S)
        return None
