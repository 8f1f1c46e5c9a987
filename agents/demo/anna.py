"""One lead followed by name, from an unknown cookie to a call: each number is read from her card as it is."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable

from agents.clock import wall_ms
from agents.demo.company import Sending
from agents.demo.display import Display, in_full, reason, took
from agents.demo.gauges import Gauges, Heard
from agents.demo.senders import Senders
from schemas.card import Card
from schemas.units import HOUR_MS

EARLIER_H = (27, 25, 23, 4, 2)
"""Hours ago she came by already."""
SEEN_WITHIN_S = 20.0
LOOK_EVERY_S = 0.02


class Anna:
    """Browses, fills in a form, asks for a demo; every step by the website's SDK."""

    def __init__(self, senders: Senders, gauges: Gauges, display: Display, beat_s: float) -> None:
        self._senders, self._gauges, self._display, self._beat_s = senders, gauges, display, beat_s
        self._run = uuid.uuid4().hex[:8]
        self._who = {"anonymous": f"anna-{self._run}"}
        self.email = f"anna.{self._run}@steppe-foods.example"

    async def ripen(self) -> None:
        """Her whole way."""
        say = self._display.say
        say("Anna: nobody knows her yet. One lead, from a cookie to a call", title=True)
        for hours in EARLIER_H:
            await self._does("visit", at_ms=wall_ms() - hours * HOUR_MS)
        say(f"yesterday and today she visited {len(EARLIER_H)} times: {self._told(await self._seen(len(EARLIER_H)))}")
        await self._beat()
        for page in ("/pricing", "/pricing/team"):
            await self._does("page_view", page=page)
        say(f"two price pages: {self._told(await self._seen(len(EARLIER_H) + 2))}")
        await self._beat()
        await self._does("visit")
        say(f"a sixth visit within two days: {self._told(await self._seen(len(EARLIER_H) + 3))}")
        await self._beat()
        await self._fills_in_the_form()
        # Her address alone brings a line of fit; what she filled in follows it.
        card = await self._card(lambda card: card.completeness > 0 or len(card.fit_breakdown) > 1)
        say(f"a form (40 people, Almaty): {self._told(card)}")
        await self._beat()
        await self._does("demo_request")
        heard = await self._handoff(card)
        if heard is None:
            say(f"a demo request, and no handoff within {SEEN_WITHIN_S:g} s: {self._told(await self._card(bool))}")
            return
        say(f"a demo request: ripe, handed to sales {took(heard)}".rstrip())
        say("\n".join(f"  {line}" for line in in_full(heard.event)))

    async def _does(self, kind: str, at_ms: int | None = None, **more: str) -> None:
        touch_id = f"anna-{uuid.uuid4().hex[:12]}"
        body = {"touch_id": touch_id, "kind": kind, "who": self._who, "source": "google", **more}
        # What was yesterday comes from the website's log, since an SDK reports as it happens.
        sending = Sending("touches.web" if at_ms else "intake", self._who["anonymous"], body, touch_id, counts=True)
        await self._senders.send(sending, at_ms)

    async def _fills_in_the_form(self) -> None:
        facts = {
            "name": "Anna", "email": self.email, "headcount": 40, "city": "Almaty", "job_title": "marketing director",
        }  # fmt: skip
        fact_id = f"anna-{uuid.uuid4().hex[:12]}"
        body = {"fact_id": fact_id, "who": self._who | {"email": self.email}, "by": "form", "facts": facts}
        await self._senders.send(Sending("intake", self._who["anonymous"], body, fact_id))

    async def _seen(self, touches: int) -> Card | None:
        return await self._card(lambda card: card.inquiries >= touches)

    async def _card(self, shows: Callable[[Card], bool]) -> Card | None:
        """Her card once it shows that; or as it is when it does not within the limit."""
        card: Card | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN_S):
                while card is None or not shows(card):
                    lead = await self._gauges.read.find("anonymous", self._who["anonymous"])
                    card = await self._gauges.read.card(lead) if lead else None
                    await asyncio.sleep(LOOK_EVERY_S)
        return card

    async def _handoff(self, card: Card | None) -> Heard | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN_S):
                while card is not None:
                    for heard in self._gauges.handoffs:
                        if heard.event.subject == card.lead_id:
                            return heard
                    await asyncio.sleep(LOOK_EVERY_S)
        return None

    def _told(self, card: Card | None) -> str:
        if card is None:
            return f"no card within {SEEN_WITHIN_S:g} s"
        why = reason(card)
        fit = f", fit {card.fit:.4g}" if card.fit_breakdown else ""
        return f"{card.engagement:.4g} points{f' ({why})' if why else ''}{fit}, {card.label}"

    async def _beat(self) -> None:
        """Time to read."""
        await asyncio.sleep(self._beat_s)
