"""What a replay found, as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.cli.terminal.points import points
from agents.cli.terminal.voice import say, table
from streams.moments import rfc3339, span
from streams.replay.rates import rules_of, verdict
from streams.replay.report import Change

if TYPE_CHECKING:
    from agents.replay.order import Order
    from streams.replay.report import Example, Report

HEADINGS = {
    Change.ADDITIONAL: "handed off additionally",
    Change.NO_LONGER: "handed off no longer",
    Change.EARLIER: "handed off earlier",
    Change.LATER: "handed off later",
}
WIDTH = 40
"""Of the longest bar."""


def tell_report(report: Report, order: Order, called: dict[str, str]) -> None:
    """All of it, the people first."""
    current, candidate = report.current, report.candidate
    part = f", a sample of {order.terms.sample:.0%} of the leads" if order.terms.sample < 1 else ""
    say(f"{report.events:,} events of {report.leads:,} leads{part}")
    line = order.candidate.handoff
    at = "" if line is None else f" (line {points(line.engagement / 1_000_000)})"
    table(("", f"in force: {_name(order, 0)}", f"candidate: {_name(order, 1)}{at}"), [
        ("leads handed off", f"{current.leads:,}", f"{candidate.leads:,}"),
        ("handoffs", f"{current.handoffs:,}", f"{candidate.handoffs:,}"),
        ("withdrawn as they cooled", f"{current.withdrawn:,}", f"{candidate.withdrawn:,}"),
    ])  # fmt: skip
    for change, count in report.changes.items():
        say()
        say(f"{count:,} {HEADINGS[change]}")
        _leads(change, report.examples[change], called)
        if count > len(report.examples[change]):
            say(f"... and {count - len(report.examples[change]):,} more")
    _weeks(report)
    _spread(report)
    _outcomes(report)
    _rules(report)


def _name(order: Order, which: int) -> str:
    model = (order.current, order.candidate)[which]
    return f"{model.model}@{model.version}"


def _leads(change: Change, examples: list[Example], called: dict[str, str]) -> None:
    if not examples:
        return
    shifted = change in (Change.EARLIER, Change.LATER)
    heads = ("lead", *(("known as",) if called else ()), "in force", "candidate", *(("by",) if shifted else ()))
    table((*heads, "outcome", "why"), [
        (one.lead_id, *((called.get(one.lead_id) or "-",) if called else ()), _at(one.current_ms),
         _at(one.candidate_ms), *((length(one.by_ms),) if shifted else ()), one.outcome or "-", one.why)
        for one in examples
    ])  # fmt: skip


def _weeks(report: Report) -> None:
    rows = [
        (rfc3339(start)[:10], f"{week.new:,}", f"{week.current:,}", f"{week.candidate:,}",
         percent(week.current, week.new), percent(week.candidate, week.new))
        for start, week in sorted(report.weeks.items())
    ]  # fmt: skip
    say()
    table(("week of", "new leads", "handed off", "by candidate", "pass rate", "by candidate"), rows)


def _spread(report: Report) -> None:
    before, now = report.current.spread, report.candidate.spread
    steps = sorted({**before, **now})
    most = max((*before.values(), *now.values()), default=1)
    say()
    table(("engagement at the end", "in force", "candidate", ""), [
        (f"{step} to {step + 10}", f"{before.get(step, 0):,}", f"{now.get(step, 0):,}",
         "█" * round(WIDTH * now.get(step, 0) / most))
        for step in steps
    ])  # fmt: skip


def _outcomes(report: Report) -> None:
    say()
    if not report.answered.leads:
        say("no outcome is on the log (accepted, returned, won, lost), so precision and recall are not known")
        return
    sides = [verdict(side.answered, report.answered) for side in (report.current, report.candidate)]
    table(("by what came of the leads", "in force", "candidate"), [
        ("precision: accepted of accepted and returned", *(_rate(one.precision) for one in sides)),
        ("recall: handed off of all accepted", *(_rate(one.recall) for one in sides)),
        ("precision: won of won and lost", *(_rate(one.won_precision) for one in sides)),
        ("recall: handed off of all won", *(_rate(one.won_recall) for one in sides)),
        ("handed off, nothing known", *(f"{one.unknown:,}" for one in sides)),
    ])  # fmt: skip


def _rules(report: Report) -> None:
    rules = [one for one in rules_of(report.candidate) if one.acceptance is not None]
    if rules:
        say()
        table(("rule, candidate", "leads", "accepted with it", "without it", "lift"), [
            (one.rule, f"{one.leads:,}", _rate(one.acceptance), _rate(one.without),
             "-" if one.lift is None else f"{one.lift:.2f}")
            for one in rules
        ])  # fmt: skip


def _at(at_ms: int | None) -> str:
    return "-" if at_ms is None else rfc3339(at_ms)[:16].replace("T", " ")


def length(duration_ms: int) -> str:
    """A shift, in two digits that matter: `3 days`, `5 hours`."""
    for unit_ms in (86_400_000, 3_600_000, 60_000, 1000):
        if duration_ms >= unit_ms:
            return span(round(duration_ms / unit_ms) * unit_ms)
    return f"{duration_ms} ms"


def percent(part: int, whole: int) -> str:
    """Of nothing there is none."""
    return f"{part / whole:.1%}" if whole else "-"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.0%}"
