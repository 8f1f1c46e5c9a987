"""A planted bug: what is written where, and the test that must notice."""

from msgspec import Struct


class Planted(Struct, frozen=True):
    """One bug. `old` stands exactly once in the file."""

    what: str
    """The property it breaks, in words."""
    file: str
    old: str
    new: str
    tests: str
    """Pytest ids, parted by spaces."""
    live: bool = False
    """Needs the local stack."""
