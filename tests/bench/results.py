"""What was measured last, figure by figure, beside its goal: kept under `.touchline/bench`, printed as one table."""

import datetime
import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".touchline" / "bench"
"""Not `TOUCHLINE_DATA_DIR`: figures belong to this tree, and each carries its revision."""
PRODUCT = ("agents", "streams", "schemas", "requirements.lock")
UNKNOWN = "unknown"
COMPILED = " compiled"
ORDER = ("score", "chain", "latency", "restore", "memory", "growth")
"""Of the table; other names follow in their alphabet."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure and what we want of it."""

    what: str
    """In words; it names the row among those of its file."""
    figure: float
    unit: str
    """`touches/s`, `ms`, `us`, `bytes`, `%`, `x`..."""
    goal: str = ""
    """In words, with its limit: `99 % in 100 ms`. Empty: told for comparison only."""
    met: bool | None = None
    """None: there is no goal, or these sizes cannot tell."""
    note: str = ""
    when: str = ""
    """ISO 8601, UTC; `keep` fills it in."""
    revision: str = ""
    """Of the code measured; `keep` fills it in."""


def revision() -> str:
    """The last commit of the product itself, and a few digits of what differs from it: `4cf0779`, `4cf0779+a1b2`.

    Texts, tests and benchmarks may change without a second measurement; `--again` asks for one.
    """
    commit = _git("log", "-1", "--format=%h", "--", *PRODUCT).decode().strip() or UNKNOWN
    differs = hashlib.sha256(_git("diff", "HEAD", "--", *PRODUCT))
    fresh = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *PRODUCT)
    for name in filter(None, fresh.split(b"\0")):
        differs.update(name + (ROOT / name.decode()).read_bytes())
    changed = "" if differs.digest() == hashlib.sha256().digest() else f"+{differs.hexdigest()[:4]}"
    return commit + changed + (COMPILED if _compiled() else "")


def _compiled() -> bool:
    """Workers take the compiled fold from an absolute PYTHONPATH; a relative one leads nowhere from their folders."""
    paths = map(Path, filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    return any(path.is_absolute() and path != ROOT and (path / "streams").is_dir() for path in paths)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True).stdout


def keep(name: str, rows: Sequence[Row], quick: bool) -> None:
    """Rows of a figure; those kept before under other words stay, so that a part may be kept as soon as it is done."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    of = revision()
    fresh = [msgspec.structs.replace(row, when=row.when or now, revision=row.revision or of) for row in rows]
    merged = {row.what: row for row in kept(name, quick)} | {row.what: row for row in fresh}
    path = file_of(name, quick)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(list(merged.values()))) + b"\n")
    part.replace(path)  # whole or not at all: Ctrl-C may come here too


def kept(name: str, quick: bool) -> list[Row]:
    """What is known of a figure."""
    path = file_of(name, quick)
    return msgspec.json.decode(path.read_bytes(), type=list[Row]) if path.is_file() else []


def fresh(name: str, quick: bool) -> dict[str, Row]:
    """Rows measured at this very revision, by their words: they need no second measurement."""
    now = revision()
    return {row.what: row for row in kept(name, quick) if row.revision == now and not now.startswith(UNKNOWN)}


def forget(name: str, quick: bool) -> None:
    """Measure all of it again."""
    file_of(name, quick).unlink(missing_ok=True)


def file_of(name: str, quick: bool) -> Path:
    """Quick runs apart: they answer whether it works, not how fast it is."""
    return KEPT / "quick" / f"{name}.json" if quick else KEPT / f"{name}.json"


def names(quick: bool) -> list[str]:
    """Figures of which something is kept, in the order of the table."""
    there = {path.stem for path in file_of("any", quick).parent.glob("*.json")}
    return [name for name in ORDER if name in there] + sorted(there - set(ORDER))


def table(quick: bool, only: Sequence[str] = ()) -> str:
    """Everything known, or some figures of it, with goals, for people."""
    rows = [(name, row) for name in only or names(quick) for row in kept(name, quick)]
    if not rows:
        return "nothing is measured yet"
    cells = [("", "what", "figure", "", "goal", "", "measured", "")]
    for name, row in rows:
        verdict = {True: "met", False: "MISSED", None: ""}[row.met]
        measured = f"{row.when[:16].replace('T', ' ')} {row.revision}"
        cells.append((name, row.what, shown(row.figure), row.unit, row.goal, verdict, measured, row.note))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column == 2 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def shown(figure: float) -> str:
    """Three digits that matter."""
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}"
