"""`touchline model replay`: a candidate model on the past, beside the one in force."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Model, Prefix, settings_from
from agents.cli.terminal.progress import progress
from agents.cli.terminal.reach import reach
from agents.cli.terminal.since import moment_ms
from agents.cli.terminal.voice import REFUSED, fail, say_json

if TYPE_CHECKING:
    from agents.replay.order import Order
    from agents.replay.replaying import Found
    from agents.settings import Settings
    from schemas.scoring_model import ScoringModel
    from streams.replay.report import Report

Candidate = Annotated[
    Path | None, typer.Argument(help="The candidate, a YAML file; none with --line.", show_default=False)
]
Log = Annotated[
    Path | None,
    typer.Option("--log", help="An export of the log instead of Kafka: a file or its folder.", show_default=False),
]
Current = Annotated[
    str,
    typer.Option("--current", help="Compare with this model: a YAML file, or a digest on scoring.models.",
                 show_default="the one in force, as the log has it"),
]  # fmt: skip
Since = Annotated[
    str | None,
    typer.Option("--since", help="Count from then on: 2026-11-01, or 30d. What was before is folded too.",
                 show_default=False),
]  # fmt: skip
Sample = Annotated[
    float, typer.Option("--sample", min=0.0001, max=1.0, help="Only this share of the leads: always the same ones.")
]
Line = Annotated[
    float | None,
    typer.Option("--line", help="The candidate is the model in force with its handoff line at so many points.",
                 show_default=False),
]  # fmt: skip
Picture = Annotated[
    Path | None, typer.Option("--picture", help="Also draw it: FILE.svg or FILE.png.", show_default=False)
]
Names = Annotated[bool, typer.Option("--names", help="Show names and contacts of the leads, from lead.profiles.")]
Most = Annotated[int, typer.Option("-n", min=0, help="So many leads of each kind.")]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="Processes.", show_default="one per processor")]


def replay_model(
    candidate: Candidate = None, log: Log = None, current: Current = "", since: Since = None, sample: Sample = 1.0,
    line: Line = None, picture: Picture = None, names: Names = False, most: Most = 10, jobs: Jobs = 0,
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, model: Model = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Try a model on the log: who would be handed off too, no longer, earlier, later, and what came of them.

    Nothing is written and nothing is said to sales. A CRM's answers are taken as given to either model's handoff.
    """
    from agents.clock import wall_ms
    from agents.replay.folding import NotOnShelf, compare
    from agents.replay.log_file import BadLog
    from agents.replay.order import Order
    from agents.replay.replaying import from_files, from_kafka
    from streams.replay.comparison import Terms

    if (candidate is None) == (line is None):
        fail("name one candidate: a file, or --line POINTS", "See `touchline model replay --help`.", REFUSED)
    if picture is not None and picture.suffix not in (".svg", ".png"):
        fail(f"--picture is {picture}: neither .svg nor .png", "Give the file one of these endings.", REFUSED)
    if picture is not None and find_spec("matplotlib") is None:
        fail(
            "--picture: what draws is not installed here",
            "Install the extra `picture` (matplotlib), or take the figures with --json.",
            REFUSED,
        )
    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation, model=model)
    now_ms = wall_ms()
    since_ms = moment_ms("--since", since, now_ms) or 0
    try:
        found = from_files(log) if log is not None else reach(settings, from_kafka(settings, now_ms))
        first, in_force = (_current(settings, current, found, digest) for digest in (found.first, found.in_force))
        order = Order(
            settings=settings, current=first, candidate=_candidate(settings, candidate, line, in_force),
            shelf=found.shelf, follows=not current,
            terms=Terms(end_ms=found.end_ms, since_ms=since_ms, sample=sample, most=most),
        )  # fmt: skip
        with progress("events", sum(part.records for part in found.parts)) as tell:
            report = compare(order, found.parts, tell, jobs)
    except (BadLog, NotOnShelf) as refused:
        fail(str(refused), "", REFUSED)
    called = _names(settings, report) if names else {}
    if picture is not None:
        from agents.replay.picture import draw

        draw(report, order, picture)
    if as_json:
        say_json(_document(report, order, called))
        return
    from agents.cli.model.replay_text import tell_report

    tell_report(report, order, called)


def _current(settings: Settings, current: str, found: Found, digest: str) -> ScoringModel:
    """What --current names; else the one of this digest, as the log has it; else that of the settings."""
    from agents.cli.model.named import loaded

    if not current and digest in found.shelf:
        return found.shelf[digest]
    if current.startswith("sha256:"):
        if current not in found.shelf:
            fail(f"{current} is not on scoring.models", "Name the file of the model.", REFUSED)
        return found.shelf[current]
    return loaded(settings.model_copy(update={"model": Path(current)}) if current else settings)[1]


def _candidate(settings: Settings, candidate: Path | None, line: float | None, current: ScoringModel) -> ScoringModel:
    from agents.cli.model.named import loaded
    from streams.replay.moved_line import NoLine, with_line

    if line is None:
        return loaded(settings.model_copy(update={"model": candidate}))[1]
    try:
        return with_line(current, line)
    except NoLine as refused:
        fail(str(refused), "", REFUSED)


def _names(settings: Settings, report: Report) -> dict[str, str]:
    from agents.replay.shelf import names

    leads = {one.lead_id for examples in report.examples.values() for one in examples}
    return reach(settings, names(settings, leads)) if leads else {}


def _document(report: Report, order: Order, called: dict[str, str]) -> dict[str, object]:
    from streams.moments import rfc3339
    from streams.replay.rates import rules_of, verdict

    return {
        "current": f"{order.current.model}@{order.current.version}",
        "candidate": f"{order.candidate.model}@{order.candidate.version}",
        "until": rfc3339(order.terms.end_ms),
        "sample": order.terms.sample,
        "events": report.events,
        "leads": report.leads,
        "handoffs": {
            name: {"handoffs": side.handoffs, "leads": side.leads, "withdrawn": side.withdrawn}
            for name, side in (("current", report.current), ("candidate", report.candidate))
        },
        "changes": {
            change: {
                "leads": count,
                "examples": [
                    {
                        "lead_id": one.lead_id,
                        "called": called.get(one.lead_id),
                        "current_at": None if one.current_ms is None else rfc3339(one.current_ms),
                        "candidate_at": None if one.candidate_ms is None else rfc3339(one.candidate_ms),
                        "by_s": one.by_ms / 1000,
                        "engagement": one.engagement,
                        "why": one.why,
                        "outcome": one.outcome or None,
                    }
                    for one in report.examples[change]
                ],
            }
            for change, count in report.changes.items()
        },
        "weeks": [
            {"monday": rfc3339(start)[:10], "new": week.new, "current": week.current, "candidate": week.candidate}
            for start, week in sorted(report.weeks.items())
        ],
        "engagement": {"current": report.current.spread, "candidate": report.candidate.spread},
        "outcomes": {
            "known": report.answered,
            "current": verdict(report.current.answered, report.answered),
            "candidate": verdict(report.candidate.answered, report.answered),
        },
        "rules": {"current": rules_of(report.current), "candidate": rules_of(report.candidate)},
    }
