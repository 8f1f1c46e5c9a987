"""Draws what a replay found: handoffs and pass rate by week, engagement at the end, who changes, which rules tell."""

from pathlib import Path
from typing import TYPE_CHECKING

from agents.replay.order import Order
from streams.moments import rfc3339
from streams.replay.rates import rules_of
from streams.replay.report import Change, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE, NOW = "#8a94a6", "#1668dc"
RULES = 10
"""Shown at most."""


def draw(report: Report, order: Order, path: Path) -> None:
    """Write the picture in the format of its ending; the same report gives the same SVG."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "touchline", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(11, 7.5), layout="constrained")
        weeks, spread, changes, rules = figure.subplots(2, 2).flat
        current, candidate = (f"{one.model}@{one.version}" for one in (order.current, order.candidate))
        figure.suptitle(
            f"{candidate} beside {current}: {report.events:,} events of {report.leads:,} leads, "
            f"{report.current.leads:,} handed off, {report.candidate.leads:,} by the candidate"
        )
        _weeks(weeks, report)
        _spread(spread, report)
        _changes(changes, report)
        _rules(rules, report)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _weeks(axes: "Axes", report: Report) -> None:
    starts = sorted(report.weeks)
    for offset, colour, label in ((-0.2, BEFORE, "in force"), (0.2, NOW, "candidate")):
        rates = [
            100 * (week.current if colour == BEFORE else week.candidate) / week.new if week.new else 0.0
            for week in (report.weeks[start] for start in starts)
        ]
        axes.bar([place + offset for place in range(len(starts))], rates, 0.4, color=colour, label=label)
    axes.set_xticks(range(len(starts)), [rfc3339(start)[5:10] for start in starts], rotation=45)
    axes.set_title("pass rate by week: leads handed off / new leads, %")
    axes.legend()


def _spread(axes: "Axes", report: Report) -> None:
    steps = sorted({**report.current.spread, **report.candidate.spread})
    for offset, colour, side in ((2.5, BEFORE, report.current), (7.5, NOW, report.candidate)):
        axes.bar([step + offset for step in steps], [side.spread.get(step, 0) for step in steps], 5, color=colour)
    axes.set_yscale("symlog")
    axes.set_title("leads by engagement at the end")


def _changes(axes: "Axes", report: Report) -> None:
    kinds = list(Change)[::-1]
    bars = axes.barh([kind.replace("_", " ") for kind in kinds], [report.changes[kind] for kind in kinds], color=NOW)
    axes.bar_label(bars, padding=3)
    axes.set_title("leads handed off otherwise")


def _rules(axes: "Axes", report: Report) -> None:
    lifts = [(one.rule, one.lift) for one in rules_of(report.candidate) if one.lift is not None][:RULES][::-1]
    axes.barh([rule for rule, _ in lifts], [lift for _, lift in lifts], color=NOW)
    axes.axvline(1.0, color=BEFORE)
    axes.set_title("lift of the rules: acceptance with / without" if lifts else "no outcome is on the log")
