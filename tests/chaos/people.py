"""Who comes: people whose browsers, address, number and messenger are anybody's until they show that they are one's."""

import random
from collections.abc import Iterator

from msgspec import Struct

OFFICE = "+7727299"
"""Numbers that begin so are of an office, called from by people who have nothing else in common: the recount knows
them by it, and takes them for nobody's."""
COLLEAGUES = 9
"""Who share an office: more than a phone may have before it is taken for shared."""
TWO_FACED = 8
"""Every so manieth person is known by a browser and a CRM, acts five times as often, and shows late that the two are
one: by then each may have been handed off."""
BUSY = 5
STRAYS = 7
"""Every so manieth person never shows it: a lead for each identity."""

Identity = tuple[str, str]
"""Namespace and value."""


class Person(Struct, frozen=True):
    """Somebody."""

    name: str
    identities: tuple[Identity, ...]
    shows_at: int
    """From this tick on two of the identities may stand in one message."""
    office: Identity

    @property
    def number(self) -> dict[str, str]:
        """As a CRM knows them."""
        return dict(self.identities[:1])


def crowd(dice: random.Random, people: int, ticks: int) -> list[Person]:
    """So many people, who show who they are at any moment of so many ticks."""
    return [_person(dice, number, ticks) for number in range(people)]


def turns(people: list[Person]) -> list[Person]:
    """To draw from: who acts more often stands there more often."""
    return [person for person in people for _ in range(BUSY if len(person.identities) == 2 else 1)]


def name_of(number: int) -> str:
    """What the CRM calls them."""
    return f"check-{number:05d}"


def _person(dice: random.Random, number: int, ticks: int) -> Person:
    name, office = name_of(number), ("phone", f"{OFFICE}{number // COLLEAGUES:04d}")
    known = ("crm:check", name), ("anonymous", f"browser of {name}")
    if number % TWO_FACED == TWO_FACED - 1:
        return Person(name, known, int(ticks * dice.uniform(0.7, 0.98)), office)
    more = (
        ("anonymous", f"telephone of {name}"),
        ("email", f"{name}@chaos.example"),
        ("phone", f"+7702{number:07d}"),
        ("telegram", f"tg_{name}"),
    )
    never = number % STRAYS == STRAYS - 1
    return Person(name, known + more, ticks if never else int(ticks * dice.uniform(0.0, 0.9)), office)


def pairs(dice: random.Random, person: Person) -> Iterator[Identity]:
    """Two of the identities that may stand in one message: namespaces differ."""
    one, other = dice.sample(person.identities, 2)
    yield one
    if other[0] != one[0]:
        yield other
