"""How many touches a second does one core score, and what would Faust, Quix, and nothing at all, have cost?

`python -m tests.bench --quick`: all read the same log, one after the other, each in its own process.
"""

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from agents.settings import Settings
from deploy.local.server import ServerFailed
from tests.bench import subjects
from tests.bench.compiled_fold import compiled_fold
from tests.bench.load import VALUE_BYTES, Load
from tests.bench.measured import Measured, cpu_s
from tests.bench.place import Place, create_topics, machine, place, write_log


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    touches: int
    leads: int
    faust_touches: int
    """Faust takes its time: it reads only the beginning."""
    quix_touches: int
    """For several of its checkpoints, which are 5 s apart."""


FULL = Size(touches=2_000_000, leads=200_000, faust_touches=60_000, quix_touches=1_000_000)
QUICK = Size(touches=300_000, leads=60_000, faust_touches=15_000, quix_touches=200_000)


def run(size: Size, everything: bool) -> list[Measured]:
    """All subjects, one at a time."""
    compiled = compiled_fold() is not None
    with place() as where, tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        settings, logs = where.settings, Path(folder)
        began_s = time.monotonic()
        asyncio.run(create_topics(settings))
        written = asyncio.run(write_log(settings, Load(size.touches, size.leads)))
        say(
            f"{size.touches:,} touches of {size.leads:,} leads, {written / size.touches:.0f} bytes each (JSON), on 4 "
            f"partitions in {time.monotonic() - began_s:.0f} s; Faust reads the first {size.faust_touches:,}"
        )
        plan: list[tuple[str, Callable[[], Measured]]] = [
            ("limit", lambda: subjects.limit(settings, size.touches, logs / "limit")),
            ("faust", lambda: subjects.faust(settings, min(size.faust_touches, size.touches), logs / "faust")),
            ("quix", lambda: subjects.quix(settings, min(size.quix_touches, size.touches), logs / "quix")),
            ("touchline", lambda: subjects.touchline(settings, size.touches, logs / "touchline")),
        ]
        rows = [measure(name, subject, where) for name, subject in plan]
        if compiled:
            own, folder_of = _own_log(settings, size, "compiled"), logs / "compiled"
            name = "touchline, compiled"
            rows.append(
                measure(name, lambda: subjects.touchline(own, size.touches, folder_of, name, compiled=True), where)
            )
        if everything:
            again, all_logs, every = _own_log(settings, size, "all"), logs / "all", "touchline, everything"
            rows.append(
                measure(
                    every,
                    lambda: subjects.touchline(again, size.touches, all_logs, every, cards=True, ledger=True),
                    where,
                )
            )
        return rows


def _own_log(settings: Settings, size: Size, name: str) -> Settings:
    """The same touches on other topics: the first score table is full already."""
    own = settings.model_copy(update={"prefix": f"{settings.prefix}{name}."})
    asyncio.run(create_topics(own))
    asyncio.run(write_log(own, Load(size.touches, size.leads)))
    return own


def measure(name: str, subject: Callable[[], Measured], where: Place) -> Measured:
    """One subject, and what the broker used meanwhile."""
    before_s = cpu_s(where.broker_pid)
    measured = subject()
    used_s = cpu_s(where.broker_pid) - before_s
    say(f"{name}: {measured.touches:,} touches in {measured.took_s:.1f} s, {measured.cpu_us:.2f} us of CPU each")
    return msgspec.structs.replace(measured, broker_cpu_s=used_s)


def table(rows: Sequence[Measured]) -> str:
    """For people."""
    by = {row.who: row.cpu_us for row in rows}
    width = max(len(row.who) for row in rows)
    lines = [f"{'':{width}}  touches/s  CPU us/touch  of Faust's  of the limit  peak MB  broker us/touch"]
    for row in rows:
        broker = f"{row.broker_cpu_s / row.touches * 1e6:.1f}" if row.broker_cpu_s else "unknown"
        lines.append(
            f"{row.who:{width}}  {row.touches_per_s:9,.0f}  {row.cpu_us:12.2f}  {row.cpu_us / by['faust']:9.1%}  "
            f"{row.cpu_us / by['limit']:11.1f}x  {row.peak_mb:7,.0f}  {broker:>15}  {row.note}"
        )
    return "\n".join(lines)


def say(line: str) -> None:
    """At once."""
    print(line, flush=True)


def compared(size: Size, *, everything: bool, json: bool) -> int:
    """Measure, print; nothing is kept."""
    logging.disable(logging.ERROR)  # clients tell of every retry while topics are new
    say(machine())
    say("on the other cores: the broker, and this program waiting; nothing else of ours")
    try:
        rows = run(size, everything)
    except KeyboardInterrupt:
        say("stopped; nothing of it runs any more")
        return 130
    except ServerFailed as failed:
        say(str(failed))
        return 1
    say("")
    say(table(rows))
    core = {row.who: 1e6 / row.cpu_us for row in rows}
    faust, quix, ours = core["faust"], core["quix"], core["touchline"]
    say(
        f"\nA core of Faust scores {faust:,.0f} touches a second, of Quix {quix:,.0f}, of Touchline {ours:,.0f}: "
        f"{ours / faust:.1f} and {ours / quix:.1f} times as many. Values of {VALUE_BYTES} bytes on average."
    )
    if (compiled := core.get("touchline, compiled")) is not None:
        say(f"With the fold compiled {compiled:,.0f}: {compiled / faust:.1f} and {compiled / quix:.1f} times as many.")
    if json:
        told = [{"who": r.who, "touches_per_s": round(r.touches_per_s), "cpu_us": round(r.cpu_us, 3)} for r in rows]
        say(msgspec.json.encode({"rows": told}).decode())
    return 0
