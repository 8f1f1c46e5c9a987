"""Who comes in the course of the month: what they do on which channel, what is learned of them, what they forbid."""

import random
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tests.month.hours import DAY_MS, HOUR_MS, MINUTE_MS
from tests.month.team import Plan

TOUCHES = {"web": "touches.web", "email": "touches.email", "call": "touches.call", "messenger": "touches.messenger"}
FACTS, CRM = "facts", "crm.updates"
HOT = 0.42
PUSHES = (
    (("web", "demo_request", "/demo"), ("web", "callback_request", "/pricing")),
    (("messenger", "price_question", ""), ("web", "callback_request", "/pricing"), ("messenger", "message", "")),
    (("call", "callback_request", ""), ("call", "price_question", "")),
    (("web", "demo_use", "/demo"), ("email", "price_question", ""), ("web", "presentation_request", "/"),
     ("web", "callback_request", "/contact")),
    (("email", "invoice_request", ""),),
)  # fmt: skip
"""What makes somebody ripe: channel, kind, page."""
LIGHT = (
    ("web", "page_view", "/blog/how"), ("web", "visit", "/"), ("web", "page_view", "/pricing"),
    ("email", "email_open", ""),
    ("email", "email_click", ""), ("web", "video_view", "/videos"), ("messenger", "chat_message", ""),
    ("call", "call", ""),
)  # fmt: skip
CITIES = (("Berlin", 38), ("Toronto", 18), ("Almaty", 18), ("Hotline", 16), ("London", 10))


class Said(Struct, frozen=True):
    """A message, and when it is sent. Its own time is filled in then."""

    at_ms: int
    topic: str
    key: str
    body: dict[str, Any]


class Person:
    """All drawn from the seed and the name."""

    def __init__(self, seed: int, number: int, plan: Plan) -> None:
        self.name = f"p{number:05}"
        self.dice = random.Random(f"{seed}/{self.name}")
        self._plan = plan
        self._count = 0
        self.who = {"crm:month": self.name}
        self.cookie = {"anonymous": f"cookie-{self.name}"} if self.dice.random() < 0.15 else {}
        """Shows who it is only later."""
        self.email = {"email": f"{self.name}@{self.dice.choice(('a', 'b', 'c'))}.example"}
        self.hot = self.dice.random() < HOT
        chance = self.dice.random()
        self.headcount = (
            25 if chance < 0.06 else self.dice.randint(500, 900) if chance < 0.14 else self.dice.randint(40, 400)
        )
        self.city = self.dice.choices([c for c, _ in CITIES], [w for _, w in CITIES])[0]

    def messages(self) -> Iterator[Said]:
        """Over the month, in any order."""
        dice, span_ms = self.dice, self._plan.ends_ms - self._plan.begins_ms
        at_ms = self._plan.begins_ms + round(span_ms * (0.01 + 0.88 * dice.random()))
        until_ms = self._plan.ends_ms
        if self.cookie:
            for _ in range(dice.randint(1, 3)):
                yield self._touch(at_ms, *dice.choice(LIGHT[:3]), who=self.cookie)
                at_ms += dice.randint(5 * MINUTE_MS, 6 * HOUR_MS)
            yield self._touch(at_ms, "email", "email_open", "", who=self.email)
            at_ms += dice.randint(5 * MINUTE_MS, 6 * HOUR_MS)
            yield self._touch(at_ms, "web", "visit", "/", who=self.who | self.cookie | self.email)
        yield self._facts(at_ms)
        for _ in range(dice.randint(1, 3)):
            at_ms += dice.randint(MINUTE_MS, round(span_ms / 60))
            yield self._touch(at_ms, *dice.choice(LIGHT))
        if self.hot:
            for channel, kind, page in dice.choice(PUSHES):
                at_ms += dice.randint(MINUTE_MS, HOUR_MS)
                yield self._touch(at_ms, channel, kind, page)
        for _ in range(dice.randint(1, 5)):
            later_ms = at_ms + round(dice.random() * span_ms / 3)
            if later_ms < until_ms:
                yield self._touch(later_ms, *dice.choice(LIGHT[:6]))
        if dice.random() < 0.07:
            yield from self._forbids(at_ms + round(dice.random() * span_ms / 8))

    def writes(self, at_ms: int) -> Said:
        """Answers by itself."""
        return self._touch(at_ms, "messenger", "message", "")

    def _forbids(self, at_ms: int) -> Iterator[Said]:
        dice = self.dice
        if dice.random() < 0.35:
            yield self._touch(at_ms, "email", "unsubscribe", "")
            return
        purpose = dice.choice(("contact", "contact", "contact:call", "contact:messenger"))
        yield self._consent(at_ms, purpose, given=False)
        if dice.random() < 0.25:
            yield self._consent(at_ms + dice.randint(HOUR_MS, 2 * DAY_MS), purpose, given=True)

    def _consent(self, at_ms: int, purpose: str, *, given: bool) -> Said:
        body = {
            "update_id": self._id("consent"),
            "who": self.who,
            "kind": "consent",
            "purpose": purpose,
            "given": given,
        }
        return Said(at_ms, CRM, self.name, body)

    def _touch(self, at_ms: int, channel: str, kind: str, page: str, who: dict[str, str] | None = None) -> Said:
        body: dict[str, Any] = {"touch_id": self._id("touch"), "kind": kind, "who": who or self.who, "source": "month"}
        return Said(at_ms, TOUCHES[channel], self.name, body | ({"page": page} if page else {}))

    def _facts(self, at_ms: int) -> Said:
        facts = {"headcount": self.headcount, "city": self.city, "job_title": "head of sales"}
        body = {"fact_id": self._id("fact"), "who": self.who, "by": "form", "facts": facts}
        return Said(at_ms, FACTS, self.name, body)

    def _id(self, what: str) -> str:
        self._count += 1
        return f"{self.name}-{what}-{self._count}"
