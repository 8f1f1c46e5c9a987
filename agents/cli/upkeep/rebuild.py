"""`touchline rebuild`: fills the score table from the log, in place or in a new generation of the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Model, Partitions, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from agents.rebuild.order import Rebuilt

ComeFrom = Annotated[
    str,
    typer.Option("--from-generation", help="The generation in force.", show_default="the first"),
]
FromSnapshot = Annotated[
    Path | None,
    typer.Option("--from-snapshot", help="Start from the snapshots in this folder and fold what follows.",
                 show_default=False),
]  # fmt: skip
AcceptLoss = Annotated[
    bool, typer.Option("--accept-loss", help="Go on although events are gone; the summary says how many.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]


def rebuild(
    bootstrap: Bootstrap = None, prefix: Prefix = None, partitions: Partitions = None, generation: Generation = None,
    come_from: ComeFrom = "", from_snapshot: FromSnapshot = None, accept_loss: AcceptLoss = False,
    dry_run: DryRun = False, model: Model = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Fill the score table from the log with nothing said: no handoffs, no tasks.

    Into the generation of --generation, with its --partitions; without another generation's name, in place. It may run
    while the stages work; the cut-over waits until they are stopped. Killed, it goes on exactly where it was. Exit code
    0: cut over; 1: not yet, with what to do first; 2: refused.
    """
    from agents.cli.model.named import loaded
    from agents.rebuild.order import Order, Refused
    from agents.rebuild.rebuild import rebuild as carry_out
    from agents.snapshots.shelf import FolderShelf
    from agents.snapshots.snapshot import BadSnapshot, taken_back
    from agents.topics.plan import FIRST
    from streams.judge import Judge
    from streams.topology import LEAD_STATE, name_of

    settings = settings_from(
        bootstrap=bootstrap, prefix=prefix, partitions=partitions, generation=generation, model=model
    )
    scoring_model = loaded(settings)[1]
    came_from = "" if come_from == FIRST else come_from
    try:
        old_table = name_of(LEAD_STATE, settings.model_copy(update={"generation": came_from}))
        order = Order(
            settings=settings, came_from=came_from, judge=Judge.of(scoring_model), accept_loss=accept_loss,
            dry_run=dry_run, tell=lambda line: typer.echo(line, err=True),
            snapshot=None if from_snapshot is None else taken_back(FolderShelf(from_snapshot), old_table),
        )  # fmt: skip
        done = reach(settings, carry_out(order))
    except (Refused, BadSnapshot) as refused:
        fail(str(refused), "", REFUSED)
    if as_json:
        say_json(done)
    else:
        _summary(done)
    raise typer.Exit(0 if done.cut_over or dry_run else PROBLEM)


def _summary(done: Rebuilt) -> None:
    say(
        f"generation {done.came_from} ({done.partitions_before} partitions) -> {done.generation} "
        f"({done.partitions}), states from the {done.base}, {done.took_s:.1f} s"
    )
    say(f"events: {done.copied} copied, {done.folded} folded, {done.unsaid} left to the stages, {done.missing} missing")
    say(f"leads: {done.leads}, of which {done.compared} compared with the old table; words on ripe: {done.ripe}")
    say("cut over" if done.cut_over else f"not cut over: {done.held_up}")
    for number, step in enumerate(done.next, 1):
        say(f"  {number}. {step}")
