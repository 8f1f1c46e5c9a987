"""The activations on an old log: found, brought into one order, and held to what was scored."""

from collections.abc import Callable

from agents.rebuild.order import Order, Refused
from agents.topics.scan import Scan, Span
from streams.generations.epochs import GONE, Met, Step, Uneven, in_order, met
from streams.generations.log_marks import MODEL_KEY
from streams.topology import LEAD_EVENTS, SCORE

Passed = Callable[[int, int], bool]
"""(old partition, offset) -> is the table, or what was said, past it?"""


class Activations:
    """Of a log that may still grow: each look reads what came since the last one."""

    def __init__(self, old: Scan) -> None:
        self._old = old
        self._met: dict[int, list[Met]] = {}
        self._read_to: dict[int, int] = {}

    async def look(self, spans: dict[int, Span]) -> list[Step]:
        """All up to the end of these spans, in order."""
        for number, span in spans.items():
            found = self._met.setdefault(number, [])
            async for records in self._old.read(LEAD_EVENTS, number, max(span.first, self._next(number)), span.end):
                marks = (met(r.offset, r.timestamp, r.value) for r in records if r.key == MODEL_KEY)
                found += [mark for mark in marks if mark is not None]
                self._read_to[number] = records[-1].offset + 1
        try:
            return in_order(self._met, {number: span.first for number, span in spans.items()})
        except Uneven as uneven:
            raise Refused(
                f"the log's models cannot be moved: {uneven}. Put one model in force everywhere, `touchline model "
                "apply`, and wait until retention has removed what was before; or keep the partitions"
            ) from uneven

    def _next(self, number: int) -> int:
        return self._read_to.get(number, 0)


def torn(steps: list[Step], passed: Passed) -> str:
    """The activation that some partitions are past and others are not: leads of both would meet; empty: none."""
    for step in steps:
        past = {number for number, offset in step.at.items() if offset == GONE or passed(number, offset)}
        if past and len(past) < len(step.at):
            behind = _list(step.at.keys() - past)
            return f"{step.mark.name} is in force on some partitions, and not scored yet on {behind}"
    return ""


def missing(steps: list[Step], numbers: set[int], passed: Passed) -> str:
    """The activation that some partitions are past and others never heard of; empty: none."""
    for step in steps:
        deaf = numbers - step.at.keys()
        if deaf and any(offset == GONE or passed(number, offset) for number, offset in step.at.items()):
            return f"{step.mark.name} is in force on some partitions, and {_list(deaf)} never heard of it"
    return ""


def score_first(order: Order) -> list[str]:
    """What to do about either."""
    old = order.old.generation
    given = f"TOUCHLINE_GENERATION={old}" if old else "the first generation's settings"
    return [
        "where a partition never heard of a model: put it in force again, `touchline model apply FILE`",
        f"start {SCORE.name} with {given} until it has caught up, and stop it",
        "run the same rebuild again",
    ]


def _list(numbers: set[int]) -> str:
    return "partition " + ", ".join(map(str, sorted(numbers)))
