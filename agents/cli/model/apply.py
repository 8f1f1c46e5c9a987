"""`touchline model apply`: puts a model in force on the running log, after saying what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.model.named import document_named
from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, settings_from
from agents.cli.terminal.progress import progress
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from agents.activation import Deployment
    from agents.replay.order import Order
    from agents.settings import Settings
    from schemas.scoring_model import ScoringModel
    from streams.model.difference import Difference
    from streams.replay.report import Report

DAYS = 7
SIGNS = {"added": "+", "removed": "-", "changed": "~"}

Which = Annotated[
    str, typer.Argument(help="The model: a YAML file, or the digest of a published one.", show_default=False)
]
By = Annotated[str, typer.Option("--by", help="Who decided it; goes on the log.", show_default=False)]
Rescore = Annotated[
    bool, typer.Option("--rescore", help="Also hand off leads that are ripe by the change alone, as each next acts.")
]
Rollback = Annotated[bool, typer.Option("--rollback", help="An earlier version is meant.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]
Days = Annotated[
    int, typer.Option("--days", min=0, help="Compare the handoffs of the last so many days; 0: only the rules.")
]


def apply_model(
    which: Which, by: By = "", rescore: Rescore = False, rollback: Rollback = False, dry_run: DryRun = False,
    days: Days = DAYS, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put a model in force. Workers switch where the log says so, without a restart; leads at their next event.

    A lead with an open handoff keeps its model until that is closed. Leads that are ripe by the change alone are not
    handed off (their cards say `model`), unless with --rescore. Going back is applying the version before, with
    --rollback. Run again, it finishes what was cut short. Exit code 0: in force; 2: refused.
    """
    from agents.activation import MayNot, activate, check, look
    from agents.table.model_shelf import document_of
    from streams.model.difference import differences

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    now = reach(settings, look(settings))
    text, model = document_named(which, settings, now.shelf)
    document, name = document_of(model, text), f"{model.model}@{model.version}"
    try:
        check(now, model, document.digest, rollback=rollback)
    except MayNot as refused:
        fail(str(refused), "Nothing was written.", REFUSED)
    left = _left(now, document.digest, rescore=rescore)
    changes = {f"{old.model}@{old.version}": differences(old, model) for old in now.models()}
    compared = _compared(settings, now, model, days) if days and left and not _rewritten(now, document.digest) else None
    marks = {} if dry_run or not left else reach(
        settings, activate(settings, document, dict.fromkeys(left), by=by, rescore=rescore, rollback=rollback)
    )  # fmt: skip
    if as_json:
        say_json({
            "model": name, "digest": document.digest, "partitions": left, "changes": changes,
            "handoffs": None if compared is None else compared[1].changes, "marks": marks, "dry_run": dry_run,
        })  # fmt: skip
        return
    for before, found in changes.items():
        if left:
            tell_differences(before, name, found)
    if compared is not None:
        _tell_handoffs(*compared, days)
    if not left:
        say(f"{name} is in force on every partition already: nothing to do.")
    elif dry_run:
        say(f"Nothing was written. Without --dry-run {name} takes effect on {len(left)} partitions.")
    else:
        say(f"{name} ({document.digest}) takes effect on {len(marks)} partitions, from these offsets of the log:")
        say("  " + ", ".join(f"{number}: {offset}" for number, offset in sorted(marks.items())))
        say("`touchline model list` shows where it is in force.")


def tell_differences(before: str, name: str, found: list[Difference]) -> None:
    """What changes, a line each."""
    say(f"{before} -> {name}: {'nothing that counts' if not found else f'{len(found)} changes'}")
    for one in found:
        say(f"  {SIGNS[one.change]} {one.what}{': ' if one.said else ''}{'; '.join(one.said)}")


def _left(now: Deployment, digest: str, *, rescore: bool) -> list[int]:
    """Partitions on which it is not in force yet."""
    done = {
        number
        for number in now.in_force().get(digest, [])
        if (control := now.controls[number]) is not None and control.rescore == rescore
    }
    return sorted(now.controls.keys() - done)


def _rewritten(now: Deployment, digest: str) -> bool:
    """Only the way it was put in force changes: the handoffs of the past do not."""
    return set(now.in_force()) == {digest}


def _compared(settings: Settings, now: Deployment, model: ScoringModel, days: int) -> tuple[Order, Report] | None:
    """The handoffs of the last days under either; None while no table has begun."""
    from agents.clock import wall_ms
    from agents.replay.folding import compare
    from agents.replay.order import Order
    from agents.replay.replaying import from_kafka
    from schemas.units import DAY_MS
    from streams.replay.comparison import Terms

    first = now.shelf.first
    if first is None:
        return None
    now_ms = wall_ms()
    found = reach(settings, from_kafka(settings, now_ms))
    order = Order(
        settings=settings, current=first.model, candidate=model, shelf=found.shelf,
        terms=Terms(end_ms=found.end_ms, since_ms=now_ms - days * DAY_MS, most=5),
    )  # fmt: skip
    with progress("events", sum(part.records for part in found.parts)) as tell:
        return order, compare(order, found.parts, tell)


def _tell_handoffs(order: Order, report: Report, days: int) -> None:
    said = ", ".join(f"{count} {change.replace('_', ' ')}" for change, count in report.changes.items() if count)
    say(f"handoffs of the last {days} days: {report.current.leads} leads before, {report.candidate.leads} with it")
    say(f"  {said or 'the same leads at the same moments'}; `touchline model replay FILE` shows all of it")
    for change, examples in report.examples.items():
        for one in examples:
            say(f"  {change.replace('_', ' ')}: {one.lead_id}")
