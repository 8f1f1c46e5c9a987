"""Which canaries are under way, which arrived, which did not within the limit: each is counted once."""

from collections import OrderedDict

from msgspec import Struct

MOST_REMEMBERED = 10_000
"""Lost ones, in case they arrive yet."""


class UnderWay(Struct, frozen=True):
    """Sent, and not seen yet."""

    partition: int
    """Of the log."""
    sent_s: float
    """Monotonic."""


class Tally:
    """Of one run; what others sent is none of its own."""

    def __init__(self, within_s: float, partitions: int) -> None:
        self._within_s, self._partitions = within_s, partitions
        self._under_way: OrderedDict[str, UnderWay] = OrderedDict()
        """By id, in the order in which they were sent."""
        self._lost: OrderedDict[str, None] = OrderedDict()
        self._untold = 0
        """Arrived too late, before anybody had looked."""
        self.late = 0
        """Arrived after they were counted as lost."""

    def sent(self, number: str, partition: int, now_s: float) -> None:
        """It begins its way now, or tries to: a broker that is away keeps it from us as it would a lead."""
        self._under_way[number] = UnderWay(partition, now_s)

    def waits(self, number: str) -> bool:
        """It is under way, and not given up."""
        return number in self._under_way

    def arrived(self, number: str, now_s: float) -> float | None:
        """Seconds it was under way; None: it is not ours, was seen before, or was lost by then."""
        one = self._under_way.get(number)
        if one is None:
            if number in self._lost:
                del self._lost[number]
                self.late += 1
            return None
        del self._under_way[number]
        took_s = now_s - one.sent_s
        if took_s <= self._within_s:
            return took_s
        self._untold += 1
        self.late += 1
        return None

    def give_up(self, now_s: float) -> int:
        """How many have been under way for too long since the last look."""
        lost, self._untold, over = self._untold, 0, list[str]()
        for number, one in self._under_way.items():
            if now_s - one.sent_s <= self._within_s:
                break
            over.append(number)
        for number in over:
            del self._under_way[number]
            self._lost[number] = None
        while len(self._lost) > MOST_REMEMBERED:
            self._lost.popitem(last=False)
        return lost + len(over)

    def waiting_s(self, now_s: float) -> dict[int, float]:
        """By partition of the log: for how long the oldest has been under way; 0: none is."""
        oldest = dict.fromkeys(range(self._partitions), 0.0)
        for one in self._under_way.values():
            oldest[one.partition] = max(oldest[one.partition], now_s - one.sent_s)
        return oldest
