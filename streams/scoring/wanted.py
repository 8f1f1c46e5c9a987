"""What the rules of one kind of touch want of it in their `where`, and which rules count touches that answer alike.

A touch is asked once per distinct answer: five hundred rules cost a look into a dictionary.
"""

from schemas.condition import Condition, PropIs, TouchIs
from schemas.lead_event import TouchSeen
from streams.asked import atoms, moves
from streams.scoring.counting import Counter

MOST = 65_536
"""Distinct answers remembered per kind; then all are forgotten, and found out again."""


class Wanted:
    """Of one kind of touch."""

    def __init__(self, wheres: list[Condition]) -> None:
        asked = [atom for where in wheres for atom in atoms(where)]
        self._fields = tuple(sorted({atom.field for atom in asked if isinstance(atom, TouchIs)}))
        self._props = tuple(sorted({atom.prop for atom in asked if isinstance(atom, PropIs)}))
        self._moves = any(moves(where) for where in wheres)
        self.known: dict[tuple[object, ...], tuple[Counter, ...]] = {}
        """By key: the rules that count such a touch."""

    def key(self, touch: TouchSeen, variant: str) -> tuple[object, ...]:
        """All that the answer rests on."""
        props = touch.props
        told: list[object] = [touch.page, touch.channel, touch.source, touch.campaign, variant]
        told += [getattr(touch, field) for field in self._fields]
        # 1, 1.0 and True are one key of a dictionary, and three answers.
        told += [said if isinstance(said := props.get(prop), str) else (repr(said),) for prop in self._props]
        if self._moves:
            told.append(touch.at_ms)
        return tuple(told)

    def remember(self, key: tuple[object, ...], found: tuple[Counter, ...]) -> None:
        """For the next touch that answers so."""
        if len(self.known) >= MOST:
            self.known.clear()
        self.known[key] = found
