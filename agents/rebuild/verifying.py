"""Compares the table a rebuild made with the one in force, lead by lead: all of them, never a sample."""

from itertools import islice

from agents.rebuild.order import Order, Refused, called
from agents.rebuild.source import Leads, Source
from streams.generations.same_state import same

SHOWN = 5
"""Leads named in a refusal."""


def compare_tables(source: Source, made: Leads, order: Order) -> int:
    """Leads compared; 0 when there is no table left to compare with. Refuses if one lead differs."""
    if not source.tabled:
        order.tell("nothing to compare with: the old table is lost")
        return 0
    old = {key: value for held in source.table.values() for key, value in held.encoded.items()}
    new = {key: value for held in made.values() for key, value in held.encoded.items()}
    wrong = (key for key in old.keys() | new.keys() if not _alike(old.get(key), new.get(key)))
    shown = [key.decode(errors="replace") for key in islice(wrong, SHOWN)]
    if shown:
        raise Refused(
            f"the states of {', '.join(shown)}{' and others' if len(shown) == SHOWN else ''} differ between generation "
            f"{called(order.came_from)} and what was made of its log: {called(order.came_from)} stays in force. Was "
            "the table written by another release or with another fold? Take it over as it is: `touchline snapshot`, "
            "then `touchline rebuild --from-snapshot FOLDER` under another generation's name"
        )
    order.tell(f"{len(old)} leads compared: each state says the same in both tables")
    return len(old)


def _alike(one: bytes | None, other: bytes | None) -> bool:
    return one is not None and other is not None and same(one, other)
