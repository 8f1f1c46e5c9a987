"""One lead followed by name, from a cookie and an address nobody connects to a call: each number is from her card."""

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
CLICKED_H = 1
"""Hours ago she clicked in a mailing: too lately for it to have faded."""
SEEN_WITHIN_S = 20.0
LOOK_EVERY_S = 0.02


class Anna:
    """Browses, fills in a form, asks for a demo; every step by the website's SDK."""

    def __init__(self, senders: Senders, gauges: Gauges, display: Display, beat_s: float) -> None:
        self._senders, self._gauges, self._display, self._beat_s = senders, gauges, display, beat_s
        self._run = uuid.uuid4().hex[:8]
        self._cookie = f"anna-{self._run}"
        self.email = f"anna.{self._run}@steppe-foods.example"
        self._known = 0
        """Touches of hers by the cookie."""

    async def ripen(self) -> None:
        """Her whole way."""
        say = self._display.say
        say("Anna: nobody knows her yet. One lead, from a cookie and an address to a call", title=True)
        for hours in EARLIER_H:
            await self._does("visit", at_ms=wall_ms() - hours * HOUR_MS)
        say(f"yesterday and today she visited {len(EARLIER_H)} times: {self._told(await self._seen())}")
        await self._clicks_in_a_mailing()
        mailed = await self._card(lambda card: card.inquiries >= 1, "email", self.email)
        say(f"somebody clicked in a mailing, and nobody knows that it was she: {self._told(mailed)}")
        await self._beat()
        for page in ("/pricing", "/pricing/team"):
            await self._does("page_view", page=page)
        say(f"two price pages: {self._told(await self._seen())}")
        await self._beat()
        await self._does("visit")
        say(f"a sixth visit within two days: {self._told(await self._seen())}")
        await self._beat()
        browsed = await self._seen()
        await self._fills_in_the_form()
        # Her address alone brings a line of fit; what she filled in follows it.
        card = await self._card(
            lambda card: card.inquiries > self._known and (card.completeness > 0 or len(card.fit_breakdown) > 1)
        )
        say(self._one_person(browsed, mailed, card))
        say(f"she wrote: 40 people, Almaty: {self._told(card)}")
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
        body = {"touch_id": touch_id, "kind": kind, "who": {"anonymous": self._cookie}, "source": "google", **more}
        # What was yesterday comes from the website's log, since an SDK reports as it happens.
        sending = Sending("touches.web" if at_ms else "intake", self._cookie, body, touch_id, counts=True)
        await self._senders.send(sending, at_ms)
        self._known += 1

    async def _clicks_in_a_mailing(self) -> None:
        """The mailer knows an address, and no cookie."""
        touch_id = f"anna-{uuid.uuid4().hex[:12]}"
        body = {"touch_id": touch_id, "kind": "email_click", "who": {"email": self.email}, "campaign": "autumn-letter"}
        sending = Sending("touches.email", self.email, body, touch_id, counts=True)
        await self._senders.send(sending, wall_ms() - CLICKED_H * HOUR_MS)

    async def _fills_in_the_form(self) -> None:
        facts = {
            "name": "Anna", "email": self.email, "headcount": 40, "city": "Almaty", "job_title": "marketing director",
        }  # fmt: skip
        fact_id = f"anna-{uuid.uuid4().hex[:12]}"
        who = {"anonymous": self._cookie, "email": self.email}
        await self._senders.send(
            Sending("intake", self._cookie, {"fact_id": fact_id, "who": who, "by": "form", "facts": facts}, fact_id)
        )

    async def _seen(self) -> Card | None:
        return await self._card(lambda card: card.inquiries >= self._known)

    async def _card(self, shows: Callable[[Card], bool], namespace: str = "anonymous", value: str = "") -> Card | None:
        """Her card once it shows that; or as it is when it does not within the limit."""
        card: Card | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN_S):
                while card is None or not shows(card):
                    lead = await self._gauges.read.find(namespace, value or self._cookie)
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

    def _one_person(self, browsed: Card | None, mailed: Card | None, now: Card | None) -> str:
        """Both leads as they were, and the one that is left."""
        if browsed is None or mailed is None or now is None or now.lead_id not in (browsed.lead_id, mailed.lead_id):
            return f"a form, and no lead of both within {SEEN_WITHIN_S:g} s"
        return (
            f"a form: the cookie {browsed.lead_id} ({browsed.engagement:.4g} points) and the address {mailed.lead_id} "
            f"({mailed.engagement:.4g}) are one person: {now.lead_id} ({now.engagement:.4g})"
        )

    def _told(self, card: Card | None) -> str:
        if card is None:
            return f"no card within {SEEN_WITHIN_S:g} s"
        why = reason(card)
        fit = f", fit {card.fit:.4g}" if card.fit_breakdown else ""
        return f"{card.engagement:.4g} points{f' ({why})' if why else ''}{fit}, {card.label}"

    async def _beat(self) -> None:
        """Time to read."""
        await asyncio.sleep(self._beat_s)
