"""A measurement in parts: each is kept when it is done, and not made again for the same revision."""

import argparse
import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from deploy.local.server import ServerFailed
from tests.bench import results
from tests.bench.place import Place, machine, place
from tests.bench.results import Row

INTERRUPTED = 130


class Part(msgspec.Struct, frozen=True):
    """What is measured in one go."""

    rows: tuple[str, ...]
    """What its rows are called: all there, and it is done."""
    measure: Callable[[Place, Path], Sequence[Row]]
    """Given a broker and a folder of its own."""


class Run(msgspec.Struct, frozen=True):
    """What was asked for on the command line."""

    name: str
    quick: bool
    again: bool

    def missing(self, parts: Iterable[Part]) -> list[Part]:
        """Those without figures of this revision."""
        done = {} if self.again else results.fresh(self.name, self.quick)
        return [part for part in parts if not all(row in done for row in part.rows)]

    def do(self, parts: Iterable[Part]) -> None:
        """Those missing; each is kept when it is done."""
        missing = self.missing(parts)
        if not missing:
            return
        with place() as where:
            for part in missing:
                with tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
                    self.keep(part.measure(where, Path(folder)))

    def keep(self, rows: Sequence[Row]) -> None:
        """At once: whoever stops us later loses nothing of it."""
        for row in rows:
            print(f"{row.what}: {results.shown(row.figure)} {row.unit}  {row.note}".rstrip(), flush=True)
        results.keep(self.name, rows, self.quick)

    def figure(self, what: str) -> float | None:
        """Measured before, at this revision."""
        row = results.fresh(self.name, self.quick).get(what)
        return None if row is None else row.figure


def parser(name: str, doc: str | None) -> argparse.ArgumentParser:
    """The options all measurements have."""
    made = argparse.ArgumentParser(prog=f"python -m tests.bench.{name}", description=doc)
    made.add_argument("--quick", action="store_true", help="small sizes: does it work? Kept apart from full figures")
    made.add_argument("--again", action="store_true", help="also what was measured of this revision already")
    made.add_argument("--json", action="store_true", help="the last line is one JSON object")
    return made


def measured(said: argparse.Namespace, name: str, work: Callable[[Run], None]) -> int:
    """Do the work and print what is known then; 1 when a server failed, 130 after Ctrl-C, with what was done kept."""
    logging.disable(logging.ERROR)  # clients tell of every retry while topics are new
    print(machine(), flush=True)
    code = 0
    try:
        work(Run(name, said.quick, said.again))
    except KeyboardInterrupt:
        print("stopped; what was measured is kept, nothing of it runs any more")
        code = INTERRUPTED
    except ServerFailed as failed:
        print(str(failed))
        code = 1
    print(f"\n{results.table(said.quick, (name,))}", flush=True)
    if said.json:
        print(msgspec.json.encode({"rows": results.kept(name, said.quick)}).decode())
    return code
