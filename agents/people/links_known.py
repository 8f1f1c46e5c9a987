"""What a worker remembers of the identity graph: announced links, and the pointers of merged leads."""

from collections.abc import Iterable

from agents.people.asking import Changes, Pointer, Seen
from streams.people.identity import Identity

REMEMBERED = 200_000
"""Announced links kept in memory; some 200 bytes each."""
MOST_POINTERS = 100_000
"""Merges of others are learned, too: beyond this everything is forgotten, and asked for again when it is needed."""


class LinksKnown:
    """Links in two generations: what is asked for stays, what is not fades without being counted.

    Pointers of the leads that links name are whole, as far as the changes are read. A stale one costs a hop: the loser
    forwards what it hears.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._half = most // 2
        self._young: dict[str, str] = {}
        self._old: dict[str, str] = {}
        self.pointers: dict[str, tuple[str, int]] = {}
        """By loser: survivor and switch ms, 0 until it is announced."""
        self._shared: dict[str, int] = {}
        """Identities that are nobody's, each from an append time on."""
        self._apart: set[tuple[str, str]] = set()
        """Homes that one message shows, and that may not be merged."""
        self.seen: Seen | None = None

    def lead_of(self, key: str) -> str | None:
        """The home of an identity, if remembered."""
        lead = self._young.get(key)
        if lead is None and (lead := self._old.get(key)) is not None:
            self.remember(key, lead)
        return lead

    def remember(self, key: str, lead: str) -> None:
        """Keep an announced link."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = lead

    def remember_shared(self, key: str, shared_ms: int) -> None:
        """Keep that an identity is nobody's."""
        self._shared[key] = shared_ms

    def remember_apart(self, homes: Iterable[str]) -> None:
        """Keep that these homes, met in one message, are of different leads."""
        met = sorted(set(homes))
        self._apart |= {
            (one, other) for n, one in enumerate(met) for other in met[n + 1 :] if self.root(one) != self.root(other)
        }

    def together(self, identities: Iterable[Identity], append_ms: int) -> str | None:
        """Home of the first of several identities; None: something is to be asked or decided."""
        first, others = "", []
        for identity in identities:
            home = self.lead_of(identity.key)
            if home is None:
                shared_ms = self._shared.get(identity.key)
                if not shared_ms or append_ms < shared_ms:
                    return None
            elif not first:
                first = home
            elif home != first and home not in others:
                others.append(home)
        if others:
            met = sorted((first, *others))
            for n, one in enumerate(met):
                for other in met[n + 1 :]:
                    if (one, other) not in self._apart and self.root(one) != self.root(other):
                        return None
                if self.target(one, append_ms) is None:
                    return None
        return first or None

    def target(self, home: str, append_ms: int, *, asked: bool = False) -> str | None:
        """The lead a message is written to, by its append time alone.

        None, unless it was `asked` for: on the way is a merge that must be announced.
        """
        lead = home
        while (pointer := self.pointers.get(lead)) is not None:
            survivor, switch_ms = pointer
            if not switch_ms and not asked:
                return None
            if not switch_ms or append_ms < switch_ms:
                break
            lead = survivor
        return lead

    def root(self, lead: str) -> str:
        """The lead in force, as far as is known."""
        while (pointer := self.pointers.get(lead)) is not None:
            lead = pointer[0]
        return lead

    def learn(self, pointers: Iterable[Pointer]) -> None:
        """Merges that an answer rests on."""
        for pointer in pointers:
            self.pointers[pointer.loser] = (pointer.survivor, pointer.switch_ms)

    def follow(self, changes: Changes) -> None:
        """What others changed meanwhile."""
        self.seen = changes.seen
        if changes.told is None or len(self.pointers) > MOST_POINTERS:
            self._forget_all()
            return
        if changes.told:
            self._apart.clear()
        for change in changes.told:
            match change.split(" "):
                case ["forget", key]:
                    self._young.pop(key, None)
                    self._old.pop(key, None)
                    self._shared.pop(key, None)
                case ["merged", loser, survivor, switch_ms]:
                    self.pointers[loser] = (survivor, int(switch_ms))
                case ["parted", lead]:
                    self.pointers.pop(lead, None)

    def _forget_all(self) -> None:
        self._young, self._old = {}, {}
        for held in (self.pointers, self._shared, self._apart):
            held.clear()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
