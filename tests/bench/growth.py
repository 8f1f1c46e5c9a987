"""Does a touch cost more when there are more leads, more partitions, more rules?

`python -m tests.bench.growth [--quick] [--again]`: the score worker, cards and ledger off, one thing larger at a time.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.bench.crowd import crowd, gather
from tests.bench.load import Load
from tests.bench.measured import Measured
from tests.bench.memory import RESTORED_PER_S
from tests.bench.parts import Part, Run, measured, parser
from tests.bench.place import Place, topics_of, write_log
from tests.bench.results import Row
from tests.bench.rule_books import rule_book
from tests.bench.subjects import touchline

MOST = 0.20
"""More CPU per touch than at the smallest size."""
INPUT_PARTITIONS = 4
"""Of what the score stage does not read."""


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    touches: int
    leads: int
    """While partitions or rules grow."""
    crowds: tuple[int, ...]
    partitions: tuple[int, ...] = (4, 64)
    rules: tuple[int, ...] = (10, 500)


FULL = Size(touches=500_000, leads=100_000, crowds=(10_000, 1_000_000, 10_000_000))
QUICK = Size(touches=20_000, leads=5_000, crowds=(2_000, 20_000))


def parts(size: Size) -> list[Part]:
    """Each size of each thing."""

    def part(what: str, number: int) -> Part:
        measure = {"leads": of_leads, "partitions": of_partitions, "rules": of_rules}[what]

        def cost(where: Place, folder: Path) -> Sequence[Row]:
            done = measure(where, folder, size, number)
            note = f"{done.touches:,} touches, {done.touches_per_s:,.0f}/s, {done.peak_mb:,.0f} MB"
            return [Row(what=_words(number, what), figure=done.cpu_us, unit="us", note=note)]

        return Part((_words(number, what),), cost)

    return [part(what, number) for what, numbers in _grown(size).items() for number in numbers]


def _grown(size: Size) -> dict[str, tuple[int, ...]]:
    return {"leads": size.crowds, "partitions": size.partitions, "rules": size.rules}


def _words(number: int, what: str) -> str:
    return f"{number:,} {what}: CPU per touch"


def of_leads(where: Place, folder: Path, size: Size, leads: int) -> Measured:
    """So many in the table, with twenty touches each, before the first touch is scored."""
    people = crowd()
    with topics_of(where.settings, f"leads-{leads}") as settings:
        asyncio.run(gather(settings, people, leads))
        asyncio.run(write_log(settings, people.load(size.touches, leads)))
        return touchline(settings, size.touches, folder, ready_within_s=60 + leads / RESTORED_PER_S)


def of_partitions(where: Place, folder: Path, size: Size, partitions: int) -> Measured:
    """All of them on one worker."""
    name, inputs = f"partitions-{partitions}", INPUT_PARTITIONS
    with topics_of(where.settings, name, partitions=partitions, input_partitions=inputs) as settings:
        asyncio.run(write_log(settings, Load(size.touches, size.leads, partitions=partitions)))
        return touchline(settings, size.touches, folder)


def of_rules(where: Place, folder: Path, size: Size, rules: int) -> Measured:
    """A model with so many, most of them about what the people of this log never do."""
    model = folder / f"{rules}-rules.yaml"
    model.write_text(rule_book(rules))
    with topics_of(where.settings, f"rules-{rules}") as settings:
        asyncio.run(write_log(settings, Load(size.touches, size.leads)))
        return touchline(settings, size.touches, folder, model=model)


def compare(run: Run, size: Size) -> None:
    """Each size beside the smallest."""
    made = []
    for what, (least, *larger) in _grown(size).items():
        base = run.figure(_words(least, what))
        for number in larger:
            cost = run.figure(_words(number, what))
            if base and cost:
                more = cost / base - 1
                words, goal = f"from {least:,} to {number:,} {what}", f"within {MOST:.0%}"
                made.append(Row(what=words, figure=more * 100, unit="%", goal=goal, met=more <= MOST))
    run.keep(made)


def work(run: Run) -> None:
    """What is missing."""
    size = QUICK if run.quick else FULL
    run.do(parts(size))
    compare(run, size)


if __name__ == "__main__":
    sys.exit(measured(parser("growth", __doc__).parse_args(), "growth", work))
