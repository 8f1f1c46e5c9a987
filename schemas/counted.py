"""What an engagement rule remembers of the touches it has counted, by how it counts them."""

from msgspec import Struct


class Tally(Struct, array_like=True, tag=0, gc=False):
    """A rule that counts every touch for ever."""

    n: int = 0
    """Touches counted."""


class Decayed(Struct, array_like=True, tag=1, gc=False):
    """A rule with a half-life: the forward sum of `2^((t - landmark) / half_life)`, in any order of arrival."""

    n: int
    sum: float
    landmark_ms: int


class Windowed(Struct, array_like=True, tag=2, gc=False):
    """A rule with a window: the times still inside it, ascending."""

    times: list[int]
    """Milliseconds, Unix time."""


class Firsts(Struct, array_like=True, tag=3, gc=False):
    """A rule that counts once per distinct value: the earliest time of each, by the value's 64-bit hash."""

    first_ms: dict[int, int]


class Daily(Struct, array_like=True, tag=4, gc=False):
    """A rule that counts n a day: the earliest n times of each day, by day number in the model's time zone."""

    times: dict[int, list[int]]


Counted = Tally | Decayed | Windowed | Firsts | Daily
