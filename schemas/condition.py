"""Conditions of a model: tests of what is known, and their combinations over a lead or over one touch.

What is not known is neither true nor false: a condition over it says nothing, and nothing follows from it.
"""

from typing import Literal

from msgspec import Struct

from schemas.units import DurationMs


class AtLeast(Struct, frozen=True, tag="at_least"):
    """`20 or more`."""

    value: float


class Under(Struct, frozen=True, tag="under"):
    """`under 20`."""

    value: float


class Between(Struct, frozen=True, tag="between"):
    """`20 to 50`, both ends included."""

    low: float
    high: float


class OneOf(Struct, frozen=True, tag="one_of"):
    """A set of texts, case ignored; `*` stands for any run of characters."""

    globs: tuple[str, ...]


class Is(Struct, frozen=True, tag="is"):
    """Yes-no, or a number equal to."""

    value: bool | float


class Aged(Struct, frozen=True, tag="aged"):
    """`2y ago or earlier` / `2y ago or later`: a date against the lead's clock. A year is 365.25 days."""

    ago_ms: DurationMs
    or_earlier: bool


class Soon(Struct, frozen=True, tag="soon"):
    """`within 14d`: a date from the lead's clock on, at most so far ahead."""

    within_ms: DurationMs


Test = AtLeast | Under | Between | OneOf | Is | Aged | Soon


class FactIs(Struct, frozen=True, tag="fact_is"):
    """A fact of the lead; not known: neither true nor false."""

    fact: str
    test: Test


class Did(Struct, frozen=True, tag="did"):
    """The lead made a touch of one of these kinds, ever or in `(t - within, t]`. Not known is not done."""

    kinds: tuple[str, ...]
    within_ms: DurationMs | None = None


class TouchIs(Struct, frozen=True, tag="touch_is"):
    """A field of the touch, case ignored; only in a rule's `where`."""

    field: Literal["page", "channel", "source", "medium", "campaign", "message", "product"]
    globs: tuple[str, ...]


class PropIs(Struct, frozen=True, tag="prop_is"):
    """A property of the touch; only in a rule's `where`. Absent: false."""

    prop: str
    test: Test


class AllOf(Struct, frozen=True, tag="all"):
    """Every one of them."""

    of: "tuple[Condition, ...]"


class AnyOf(Struct, frozen=True, tag="any"):
    """At least one of them."""

    of: "tuple[Condition, ...]"


class NotOf(Struct, frozen=True, tag="not"):
    """The opposite; of something not known: not known."""

    of: "Condition"


Condition = FactIs | Did | TouchIs | PropIs | AllOf | AnyOf | NotOf
