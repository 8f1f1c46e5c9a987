"""One who is in a hurry, and whom nobody calls: an owner at once, a reminder, an escalation, another owner.

Seconds stand for minutes.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from agents.clock import wall_ms
from agents.demo.company import Sending
from agents.demo.display import Display
from agents.demo.gauges import Gauges
from agents.demo.senders import Senders
from schemas.handoff import HandoffEvent, HandoffType
from schemas.journal import Task
from schemas.units import DAY_MS, SECOND_MS
from streams.moments import rfc3339, to_ms

T = TypeVar("T")

SEEN_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05

POLICY = """\
# The demo's routing: seconds for minutes. Who is ready at once goes to two people.
routing: demo
version: 1
hours: always
people: {ann: {role: sdr}, bob: {role: sdr}, dina: {role: sales manager}}
teams: {desk: {members: [ann, bob], lead: dina}}
rules:
  - {name: in a hurry, if: {trigger: fast_path}, to: team desk}
  - {name: everyone else, to: queue sales}
respond: {within: 3s, remind: "owner, at 2s", escalate: "dina, at 3s", reassign: "desk, at 5s, at most 1 times"}
"""


class Erik:
    """Writes once, and waits."""

    def __init__(self, senders: Senders, gauges: Gauges, display: Display) -> None:
        self._senders, self._gauges, self._display = senders, gauges, display
        self._who = {"whatsapp": f"KZ.{uuid.uuid4().int % 10**15:015d}"}
        """As WhatsApp names people to a business that does not know their number."""

    async def waits(self) -> None:
        """Handed off at once; then the clocks run."""
        say, now_ms = self._display.say, wall_ms()
        say('Erik writes on WhatsApp: "can we start in two weeks?" Nobody calls him back', title=True)
        await self._writes(now_ms)
        asked = await self._seen(HandoffType.REQUESTED)
        if asked is None:
            say(f"no handoff within {SEEN_WITHIN_S:g} s")
            return
        data = asked.data
        level = data.level or "no level"
        say(f"{level} by his first words: given to {data.owner}, respond by {(data.respond_by or '')[11:19]} UTC")
        say(f"why: {data.why}")
        reminded = await self._until(self._reminder)
        if reminded is not None:
            say(f"{self._after(now_ms, reminded.at)}: {reminded.owner} is reminded, {reminded.note}")
        escalated = await self._seen(HandoffType.ESCALATED)
        if escalated is not None:
            say(f"{self._after(now_ms, escalated.time)}: escalated to dina")
        moved = await self._seen(HandoffType.ASSIGNED)
        if moved is None:
            say(f"nobody else got him within {SEEN_WITHIN_S:g} s")
            return
        say(f"{self._after(now_ms, None)}: given to {moved.data.owner}, under the same handoff id")

    async def _writes(self, now_ms: int) -> None:
        key = self._who["whatsapp"]
        touch_id, fact_id = f"erik-{uuid.uuid4().hex[:12]}", f"erik-{uuid.uuid4().hex[:12]}"
        touch = {"touch_id": touch_id, "kind": "message", "who": self._who, "source": "whatsapp"}
        await self._senders.send(Sending("touches.messenger", key, touch, touch_id, counts=True), now_ms)
        soon = rfc3339(now_ms + 13 * DAY_MS)
        fact = {"fact_id": fact_id, "who": self._who, "by": "sales", "facts": {"purchase_by": soon, "name": "Erik"}}
        await self._senders.send(Sending("facts", key, fact, fact_id), now_ms + 1)

    async def _seen(self, kind: HandoffType) -> HandoffEvent | None:
        return await self._until(lambda lead: self._gauges.told.get((lead, kind)))

    def _reminder(self, lead: str) -> Task | None:
        return self._gauges.reminders.get(lead)

    async def _until(self, look: Callable[[str], T | None]) -> T | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN_S):
                while True:
                    lead = await self._gauges.read.find("whatsapp", self._who["whatsapp"])
                    found = look(lead) if lead else None
                    if found is not None:
                        return found
                    await asyncio.sleep(LOOK_EVERY_S)
        return None

    def _after(self, began_ms: int, at: str | None) -> str:
        now_ms = wall_ms() if at is None else to_ms(datetime.fromisoformat(at))
        return f"after {(now_ms - began_ms) / SECOND_MS:.1f} s"
