"""How many touches a second, and what each costs: beside nothing at all, Faust and Quix; for a hot lead; with outputs.

`python -m tests.bench.score [--quick] [--again]`: resumable, figures are kept one by one.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import msgspec

from agents.settings import Settings
from tests.bench import chain, subjects
from tests.bench.compiled_fold import compiled_fold
from tests.bench.load import Load
from tests.bench.measured import Measured, cpu_s
from tests.bench.parts import Part, Run, measured, parser
from tests.bench.place import Place, create_topics, topics_of, write_log
from tests.bench.results import Row

HOT = 0.1
"""Of all touches, made by one lead."""
SLOWER = 1.05
"""Two runs of the same differ by so much."""
MOST_US, MOST_CHAIN_US, TIMES_QUIX, TIMES_FAUST = 8.0, 25.0, 5.0, 75.0


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    touches: int
    leads: int
    faust_touches: int
    quix_touches: int
    chain_touches: int
    people: int


FULL = Size(2_000_000, 200_000, 60_000, 1_000_000, chain_touches=1_000_000, people=100_000)
QUICK = Size(60_000, 20_000, 5_000, 60_000, chain_touches=40_000, people=5_000)

COMPILED = "touchline compiled"

Subject = Callable[[Settings, Path], Measured]


def parts(size: Size) -> list[Part]:
    """All of them: who needs no table of its own reads one log."""
    few = min(size.faust_touches, size.touches), min(size.quix_touches, size.touches)
    plain = Load(size.touches, size.leads)

    @cache
    def log(where: Place) -> Settings:
        asyncio.run(create_topics(where.settings))
        asyncio.run(write_log(where.settings, plain))
        return where.settings

    def shared(who: str, subject: Subject) -> Part:
        return Part(_words(who), lambda where, folder: rows(who, costed(where, subject, log(where), folder)))

    def alone(who: str, load: Load, subject: Subject) -> Part:
        def measure(where: Place, folder: Path) -> Sequence[Row]:
            with topics_of(where.settings, who.replace(" ", "-")) as settings:
                asyncio.run(write_log(settings, load))
                return rows(who, costed(where, subject, settings, folder))

        return Part(_words(who), measure)

    def ours(cards: bool = False, ledger: bool = False, compiled: bool = False) -> Subject:
        return lambda at, folder: subjects.touchline(
            at, size.touches, folder, cards=cards, ledger=ledger, compiled=compiled
        )

    hot = Load(size.touches, size.leads, hot=HOT)
    return [
        shared("limit", lambda at, folder: subjects.limit(at, size.touches, folder)),
        shared("faust", lambda at, folder: subjects.faust(at, few[0], folder)),
        shared("quix", lambda at, folder: subjects.quix(at, few[1], folder)),
        shared("touchline", ours()),
        *([alone(COMPILED, plain, ours(compiled=True))] if compiled_fold() is not None else []),
        alone("hot lead", hot, ours()),
        alone("cards on", plain, ours(cards=True)),
        alone("ledger on", plain, ours(ledger=True)),
        alone("cards and ledger on", plain, ours(cards=True, ledger=True)),
        _chain(size, "chain", outputs=False),
        _chain(size, "chain with cards and ledger", outputs=True),
    ]


def costed(where: Place, subject: Subject, settings: Settings, folder: Path) -> Measured:
    """One subject, and what the broker used meanwhile."""
    before_s = cpu_s(where.broker_pid)
    done = subject(settings, folder)
    return msgspec.structs.replace(done, broker_cpu_s=cpu_s(where.broker_pid) - before_s)


def _words(who: str) -> tuple[str, str]:
    return f"{who}: CPU per touch", f"{who}: throughput"


def rows(who: str, done: Measured) -> list[Row]:
    """A subject's two figures."""
    cost, speed = _words(who)
    own = who in ("touchline", COMPILED)
    note = f"{done.touches:,} touches, {done.peak_mb:,.0f} MB, broker {done.broker_cpu_s / done.touches * 1e6:.1f} us"
    goal, met = (f"{MOST_US:g} us", done.cpu_us <= MOST_US) if own else ("", None)
    return [
        Row(what=cost, figure=done.cpu_us, unit="us", goal=goal, met=met, note=done.note),
        Row(what=speed, figure=done.touches_per_s, unit="touches/s", note=note),
    ]


def _chain(size: Size, who: str, *, outputs: bool) -> Part:
    def measure(where: Place, folder: Path) -> Sequence[Row]:
        with topics_of(where.settings, who.replace(" ", "-"), cards=outputs, ledger=outputs) as settings:
            done = asyncio.run(chain.measure(settings, folder, size.chain_touches, size.people, where.broker_pid))
        per = ", ".join(f"{name} {used / done.touches * 1e6:.1f}" for name, used in done.cpu_s.items())
        goal, met = ("", None) if outputs else (f"{MOST_CHAIN_US:g} us", done.cpu_us <= MOST_CHAIN_US)
        known = f"{chain.KNOWN:.0%} of touches by known people, cards and ledger {'on' if outputs else 'off'}"
        return [
            Row(what=_words(who)[0], figure=done.cpu_us, unit="us", goal=goal, met=met, note=per),
            Row(what=_words(who)[1], figure=done.touches / done.took_s, unit="touches/s", note=known),
        ]

    return Part(_words(who), measure)


def compare(run: Run) -> None:
    """What follows from figures of this revision: by CPU, which a busy neighbour disturbs least."""
    cost = {who: run.figure(_words(who)[0]) for who in ("faust", "quix", "touchline", COMPILED, "hot lead")}
    made = []
    for how, cpu_us in (("", cost["touchline"]), (", compiled", cost[COMPILED])):
        for who, times in (("quix", TIMES_QUIX), ("faust", TIMES_FAUST)):
            if cpu_us and (theirs := cost[who]):
                made.append(
                    Row(
                        what=f"touches per core{how}, times {who}'s", figure=theirs / cpu_us, unit="x",
                        goal=f"{times:g} x", met=theirs / cpu_us >= times,
                    )
                )  # fmt: skip
    ours = cost["touchline"]
    if ours and (hot := cost["hot lead"]):
        made.append(
            Row(
                what="a touch of a stream with a hot lead, times another's", figure=hot / ours, unit="x",
                goal="not slower", met=hot / ours <= SLOWER, note=f"one lead makes {HOT:.0%} of the touches; ± 5 %",
            )
        )  # fmt: skip
    run.keep(made)


def work(run: Run) -> None:
    """What is missing."""
    run.do(parts(QUICK if run.quick else FULL))
    compare(run)


if __name__ == "__main__":
    sys.exit(measured(parser("score", __doc__).parse_args(), "score", work))
