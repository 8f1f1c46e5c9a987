"""What is asked of the identity graph, and what it answers."""

from collections.abc import Sequence

from msgspec import Struct


class Ask(Struct, frozen=True, array_like=True):
    """One question: which lead do these identities mean?"""

    known: str
    """A lead known already: named outright, or by its handoff; else empty."""
    at_ms: int
    """Append time of the message that asks."""
    keys: tuple[str, ...]
    """Identity keys, strongest first, those that several people use last."""
    candidates: tuple[str, ...]
    """Id of the lead that each begins, if it joins none; where only the first is told, the others are asked for."""
    shared: tuple[int, ...] = ()
    """1 for each that several people use; empty: none is."""
    erasures: tuple[int, ...] = ()
    """How often each was erased, as the candidates have it; empty: never."""


class Gone(Struct, frozen=True, array_like=True):
    """An identity that was erased, later than the message came or than its candidate was made; or has no candidate."""

    index: int
    """Of the identity; -1: the lead that is named."""
    erasures: int
    erased_ms: int
    """-1: it was not erased; its candidate is needed."""
    at_ms: int
    """0: the broker has the erasure."""


class News(Struct, frozen=True, array_like=True):
    """An identity that is new, not announced yet, at home elsewhere than the answer says, shared, or erased before."""

    index: int
    lead: str
    """Its home."""
    at_ms: int
    """Append time of the message that first showed it; 0: announced already."""
    shared_ms: int = 0
    """It is nobody's from this append time on; 0: it is somebody's."""
    erasures: int = 0
    erased_ms: int = 0
    apart: int = 0
    """1: it is of another lead than the one the message is written to."""


class Answer(Struct, frozen=True, array_like=True):
    """What Redis knows, or has just learned."""

    home: str
    """The lead named, or the first identity's home."""
    several: int
    """1: its identities remain of several leads."""
    gone: list[Gone]
    """Not empty: nothing was decided."""
    news: list[News]


class Pointer(Struct, frozen=True, array_like=True):
    """A lead was merged into another."""

    loser: str
    survivor: str
    switch_ms: int
    """What is appended from then on is written to the survivor; 0: not announced yet."""
    at_ms: int = 0
    """Append time of the message that shows it; 0: announced."""


class Counts(Struct, frozen=True, array_like=True):
    """What was new."""

    leads: int = 0
    merges: int = 0
    shared: int = 0
    """Identities that are nobody's from now on."""


class Resolved(Struct, frozen=True, array_like=True):
    """Answers, in the order of the questions, and what they rest on."""

    answers: list[Answer]
    pointers: list[Pointer]
    """From the home of every identity asked for."""
    refused: list[tuple[str, int]]
    """Merges that the policy, or a person, does not allow, by reason: `shared`, `strong_differ`, `limit`, `split`."""
    new: Counts


class Seen(Struct, frozen=True):
    """How much of the changes a cache knows."""

    graph: bytes
    """Which graph: another one after a rebuild."""
    number: int


class Changes(Struct, frozen=True):
    """What a cache must learn."""

    seen: Seen
    told: Sequence[str] | None
    """As `RedisKeys.change_list` has it, oldest first; none: forget everything."""


class Published(Struct, frozen=True, array_like=True):
    """A profile to be published whole; an empty one, of a lead merged away, as a tombstone."""

    lead: str
    change: int
    """Number of its latest change; 0: announced by somebody else already."""
    flat: list[bytes]
    """Names and JSON details, by turns."""
