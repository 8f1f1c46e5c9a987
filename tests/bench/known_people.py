"""People over four channels who show little by little who they are; who they are in truth, and what they must score.

Made from numbers alone. Who shares an office's phone has nothing else in common. Nobody's identities contradict each
other, so the truth does not depend on the order of arrival.
"""

from collections.abc import Iterator
from random import Random

import msgspec
from msgspec import Struct

DAY_MS = 86_400_000
OFFICE = "+7727299"
COLLEAGUES = 12
"""Who call from one office: more than a phone may have before it is taken for shared."""
OFFICES = 10
"""Every so manieth group of colleagues has one."""
FROM_OFFICE = 0.3
"""Share of their touches that are calls from there."""
KNOWN_TO_CRM = 0.3
REPEATED = 0.03
"""Share of the touches that are said again, now and then by another door."""
BY_FORM = 0.25
"""Share of what shows two identities as one's that is a form (a fact), and no touch."""
RECENT_DAYS = 20
OLD_DAYS = 60
WINDOW_DAYS = 30
POINTS = {"/daily": 5, "/pricing": 3, "/lately": 2}
PRICES_LIMIT = 9
PAGES = ("/", "/", *POINTS)
DOORS = {
    "anonymous": "touches.web", "email": "touches.email", "phone": "touches.call", "telegram": "touches.messenger",
    "crm:hub": "touches.web",
}  # fmt: skip

Identity = tuple[str, str]


class Act(Struct, frozen=True, gc=False):
    """A touch of somebody."""

    number: int
    """Of the person's touches."""
    who: tuple[Identity, ...]
    page: str
    at_ms: int

    def id(self, person: int) -> str:
        """Says whose it is: a recount needs no other book."""
        return f"p{person}-{self.number}"


class Message(Struct, frozen=True, gc=False):
    """As it enters."""

    door: str
    key: bytes
    value: bytes


class People:
    """So many people, so many distinct touches of theirs, from a seed."""

    def __init__(self, touches: int, people: int, now_ms: int, seed: int = 1) -> None:
        if touches < people:
            raise ValueError(f"{touches} touches of {people} people: everybody makes one at least")
        self.touches, self.people, self._now_ms, self._seed = touches, people, now_ms, seed
        dice = Random(seed)
        self._acts = [1] * people
        for _ in range(touches - people):
            self._acts[dice.randrange(people)] += 1

    def acts(self, person: int) -> list[Act]:
        """What somebody does, in the order of arrival; times are in none."""
        dice = Random(self._seed << 32 | person)
        count = self._acts[person]
        whos = self._whos(dice, person, count)
        return [Act(n, who, dice.choice(PAGES), self._moment(dice)) for n, who in enumerate(whos)]

    def _moment(self, dice: Random) -> int:
        """Well inside the window, or well outside, whatever the exact moment of the count."""
        days = dice.uniform(0.1, RECENT_DAYS) if dice.random() < 0.7 else dice.uniform(RECENT_DAYS, OLD_DAYS)
        return self._now_ms - int(days * DAY_MS)

    def _whos(self, dice: Random, person: int, count: int) -> list[tuple[Identity, ...]]:
        """As many identities as the touches can show to be one's: each is shown together with an earlier one."""
        firm = person // COLLEAGUES % OFFICES == 0
        have = self._identities(dice, person, firm)[: max(1, 1 + (count - 1) // 2)]
        # A message has one identity of each namespace: what nobody could show together with an earlier one is left out.
        have = [one for n, one in enumerate(have) if not n or any(other[0] != one[0] for other in have[:n])]
        whos: list[tuple[Identity, ...]] = [
            (one, dice.choice([other for other in have[:n] if other[0] != one[0]])) for n, one in enumerate(have) if n
        ]
        office = ("phone", f"{OFFICE}{person // COLLEAGUES:05d}")
        while len(whos) < count:
            if firm and dice.random() < FROM_OFFICE:
                whos.append((have[0], office))
            else:
                whos.append((dice.choice(have),))
        dice.shuffle(whos)
        return whos

    def _identities(self, dice: Random, person: int, firm: bool) -> list[Identity]:
        """First one that says most; then those that some people have. Colleagues all have an address."""
        mail = ("email", f"person.{person}@firm-{person % 997}.example")
        more: list[Identity] = [
            ("anonymous", f"laptop-{person}"),
            ("anonymous", f"telephone-{person}"),
            ("anonymous", f"tablet-{person}"),
            ("phone", f"+7701{person:07d}"),
            ("telegram", f"tg_person_{person}"),
        ]
        if dice.random() < KNOWN_TO_CRM:
            more.append(("crm:hub", f"c{person}"))
        if firm:
            return [mail, *dice.sample(more, len(more))]
        return dice.sample([mail, *more], len(more) + 1)

    def messages(self) -> Iterator[Message]:
        """Everybody's, mixed; each person's in their order."""
        dice = Random(self._seed + 1)
        turns = [person for person, count in enumerate(self._acts) for _ in range(count)]
        dice.shuffle(turns)
        waiting: dict[int, Iterator[Act]] = {}
        for person in turns:
            act = next(waiting.setdefault(person, iter(self.acts(person))))
            if len(act.who) == 2 and dice.random() < BY_FORM:
                yield _form(person, act)
            said = _touch(person, act, DOORS[act.who[0][0]])
            yield said
            if dice.random() < REPEATED:
                yield said if dice.random() < 0.7 else msgspec.structs.replace(said, door="touches.web")

    def score(self, person: int, as_of_ms: int) -> float:
        """What a card of that moment must say, counted by hand from what they did."""
        acts = self.acts(person)
        prices = min(PRICES_LIMIT, sum(POINTS["/pricing"] for act in acts if act.page == "/pricing"))
        days = len({act.at_ms // DAY_MS for act in acts if act.page == "/daily"})
        since_ms = as_of_ms - WINDOW_DAYS * DAY_MS
        lately = sum(since_ms < act.at_ms <= as_of_ms for act in acts if act.page == "/lately")
        return len(acts) + prices + days * POINTS["/daily"] + lately * POINTS["/lately"]

    def count(self, person: int) -> int:
        """Distinct touches."""
        return self._acts[person]


def person_of(touch_id: str) -> tuple[int, int]:
    """Whose it is, and which of theirs."""
    person, _, number = touch_id[1:].partition("-")
    return int(person), int(number)


def _touch(person: int, act: Act, door: str) -> Message:
    return _message(door, {"touch_id": act.id(person), "kind": "tick", "page": act.page}, act)


def _form(person: int, act: Act) -> Message:
    said = {"fact_id": f"f{person}-{act.number}", "by": "form", "name": "city", "value": "Almaty"}
    return _message("facts", said, act)


def _message(door: str, said: dict[str, str], act: Act) -> Message:
    value = msgspec.json.encode({**said, "at": act.at_ms, "who": dict(act.who)})
    return Message(door, act.who[0][1].encode(), value)
