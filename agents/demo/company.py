"""A believable company: who comes, what they do, in which order. Seeded, so that a run can be told again; no I/O."""

import random
import uuid
from collections import deque
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

Door = Literal["touches.web", "touches.email", "touches.call", "touches.messenger", "facts", "intake"]

PEOPLE = (
    "Aigul", "Boris", "Clara", "Dmitri", "Elena", "Farid", "Gulnara", "Hanna", "Ivan", "Jana", "Kamila", "Leo",
    "Marat", "Nina", "Oleg", "Polina", "Rustam", "Sofia", "Timur", "Ulla", "Vera", "Yerlan", "Zarina",
)  # fmt: skip
CITIES = ("Almaty", "Astana", "Moscow", "Tbilisi", "Tashkent", "Berlin")
TITLES = ("CEO", "marketing manager", "analyst", "owner", "sales director", "developer")
SOURCES = ("google", "facebook", "referral", "newsletter", "fair", "partner", "direct")
HEADCOUNTS = (5, 12, 25, 40, 80, 300)


class Way(Struct, frozen=True):
    """How somebody goes about it."""

    share: int
    """Of a hundred people, so many go this way."""
    tempo: int
    """How often they act, beside others."""
    steps: tuple[str, ...]
    """A page begins with `/`; `mailing` is our own e-mail to them, `sales` is what a seller typed in."""


WAYS = (
    Way(38, 1, ("visit", "/blog/crm-basics", "video", "/blog/lead-scoring", "mailing", "open") * 4),
    Way(25, 1, ("visit", "/pricing", "/about", "mailing", "click", "/pricing/team") * 3),
    Way(8, 2, ("visit", "/pricing", "form", "/pricing/team", "calculator", "presentation", "call", "demo")),
    Way(4, 5, ("visit", "form", "presentation", "presentation", "demo", "message")),
    Way(8, 1, ("visit",) * 6 + ("/pricing", "form", "/pricing/team", "calculator", "presentation", "/pricing")),
    Way(12, 1, ("mailing", "open", "visit", "/pricing", "unsubscribe")),
    Way(5, 2, ("visit", "call", "demo", "callback", "sales", "message", "invoice")),
)

POISON: tuple[tuple[Door, bytes], ...] = (
    ("touches.web", b"not json at all"),
    ("touches.email", b'{"touch_id": 7}'),
    ("touches.call", b"\xff\xfe\x00"),
    ("touches.web", b"[" * 50_000),
    ("touches.messenger", b'{"touch_id":"p","kind":"visit","at":1e308,"who":{"anonymous":"p"}}'),
    ("touches.web", b'{"touch_id":"p","kind":"visit","at":"2026-01-01T00:00:00Z","who":{}}'),
    ("facts", b'{"fact_id":"p","at":"2026-01-01T00:00:00Z","who":{"anonymous":"p"},"by":"form"}'),
)

REPEATED = 0.01
"""Share of messages that some retry sends once more, with the same id."""
POISONED = 0.005
BY_SDK = 0.4
"""Share of what happens on the website that its Segment SDK reports; the rest comes from its backend."""
SKIPPED = 0.25
"""Nobody goes the whole of a way: this share of its steps is left out."""
TELLING = ("form", "sales")
"""Steps nobody leaves out: without them nobody would know who it is."""
RECENT = 200
"""A retry may come so many messages later."""


class Sending(Struct, frozen=True):
    """One message and the door it goes through. `at` is filled in when it is sent."""

    door: Door
    key: str
    body: dict[str, Any] | bytes
    id: str = ""
    """Of the touch or fact; empty: poison."""
    counts: bool = False
    """It is a touch, which must be counted once."""


class Person(Struct):
    """Somebody of the company's public."""

    number: int
    name: str
    tempo: int
    walk: tuple[str, ...]
    """Their own steps on one of the ways."""
    source: str
    headcount: int
    steps: int = 0

    @property
    def anonymous(self) -> str:
        """Cookie."""
        return f"cookie-{self.number}"

    @property
    def email(self) -> str:
        """On a reserved domain: nobody's."""
        return f"{self.name.lower()}.{self.number}@company{self.number % 40}.example"

    @property
    def phone(self) -> str:
        """Well formed, and of a block that nobody has."""
        return f"+7701{self.number:07d}"


class Company:
    """People who come, act at their own tempo, and go; somebody new takes their place."""

    def __init__(self, seed: int, people: int = 250) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._run = uuid.UUID(int=self._random.getrandbits(128)).hex[:8]
        self._come = 0
        self._said: deque[Sending] = deque(maxlen=RECENT)
        self.people = [self._person() for _ in range(people)]

    def hour(self) -> Iterator[Sending]:
        """Without end: one step of somebody after another, now and then a repeat or something unusable."""
        while True:
            (place,) = self._random.choices(range(len(self.people)), [p.tempo for p in self.people])
            person = self.people[place]
            said = self._step(person, person.walk[person.steps])
            person.steps += 1
            if person.steps == len(person.walk):
                self.people[place] = self._person()
            self._said += said
            yield from said
            chance = self._random.random()
            if chance < REPEATED:
                yield self._random.choice(self._said)
            elif chance < REPEATED + POISONED:
                door, value = self._random.choice(POISON)
                yield Sending(door, "", value)

    def _person(self) -> Person:
        pick = self._random
        self._come += 1
        (way,) = pick.choices(WAYS, [way.share for way in WAYS])
        walk = tuple(step for step in way.steps if step in TELLING or pick.random() >= SKIPPED)
        return Person(
            number=self._come,
            name=pick.choice(PEOPLE),
            tempo=way.tempo,
            walk=walk or way.steps,
            source=pick.choice(SOURCES),
            headcount=pick.choice(HEADCOUNTS),
        )

    def _step(self, person: Person, step: str) -> list[Sending]:
        """What one step says. The mailer knows an address alone: a click or a form shows whose it is."""
        cookie, address = {"anonymous": person.anonymous}, {"email": person.email}
        by_mail = cookie | address
        match step:
            case "form":
                facts = {
                    "name": person.name, "email": person.email, "headcount": person.headcount,
                    "city": self._random.choice(CITIES), "job_title": self._random.choice(TITLES),
                }  # fmt: skip
                return [self._web(person, "visit", by_mail), self._facts(person, by_mail, "form", facts)]
            case "sales":
                facts = {"headcount": person.headcount, "job_title": self._random.choice(TITLES)}
                return [self._facts(person, cookie | {"phone": person.phone}, "sales", facts)]
            case "mailing":
                more = {"direction": "out", "campaign": "autumn-letter"}
                return [self._touch(person, "touches.email", "email_sent", address, **more)]
            case "open" | "click":
                who = by_mail if step == "click" else address
                return [self._touch(person, "touches.email", f"email_{step}", who, campaign="autumn-letter")]
            case "unsubscribe":
                return [self._touch(person, "touches.email", step, by_mail)]
            case "call":
                props = {"answered": True, "duration_s": self._random.randrange(20, 400)}
                who = cookie | {"phone": person.phone}
                return [self._touch(person, "touches.call", "call", who, props=props)]
            case "callback":
                return [self._touch(person, "touches.call", "callback_request", cookie | {"phone": person.phone})]
            case "message":
                who = cookie | {"telegram": f"{person.name}{person.number}"}
                return [self._touch(person, "touches.messenger", "message", who)]
            case "video":
                return [self._web(person, "video_view", cookie, props={"video": f"tour-{self._random.randrange(4)}"})]
            case "visit":
                return [self._web(person, "visit", cookie)]
        if step.startswith("/"):
            return [self._web(person, "page_view", cookie, page=step)]
        kinds = {"calculator": "calculator_use"}
        return [self._web(person, kinds.get(step, f"{step}_request"), cookie)]

    def _web(self, person: Person, kind: str, who: dict[str, str], **more: Any) -> Sending:
        door: Door = "intake" if self._random.random() < BY_SDK else "touches.web"
        return self._touch(person, door, kind, who, **more)

    def _touch(self, person: Person, door: Door, kind: str, who: dict[str, str], **more: Any) -> Sending:
        touch_id = self._id("t")
        body = {"touch_id": touch_id, "kind": kind, "who": who, "source": person.source} | more
        return Sending(door, person.anonymous, body, touch_id, counts=True)

    def _facts(self, person: Person, who: dict[str, str], by: str, facts: dict[str, Any]) -> Sending:
        fact_id = self._id("f")
        door: Door = "intake" if by == "form" and self._random.random() < BY_SDK else "facts"
        return Sending(door, person.anonymous, {"fact_id": fact_id, "who": who, "by": by, "facts": facts}, fact_id)

    def _id(self, letter: str) -> str:
        return f"{letter}-{self._run}-{uuid.UUID(int=self._random.getrandbits(128)).hex[:16]}"
