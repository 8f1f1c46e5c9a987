"""`touchline model drift`: how the share of leads that each model hands off moved, and what sales made of them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, settings_from
from agents.cli.terminal.progress import progress
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, say, say_json, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.drift import Flow, History, Share, Verdict

SHOWN_BY_DAY = 31
"""Days: more are shown by the week."""


class By(StrEnum):
    """Length of a row."""

    DAY = "day"
    WEEK = "week"


Days = Annotated[int, typer.Option("--days", min=1, help="So many days back; `handoffs` keeps 30.")]
Span = Annotated[
    By | None, typer.Option("--by", help="A row for each.", show_default="day, or week for more than 31 days")
]


def tell_drift(
    days: Days = 30, by: Span = None,
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare each version's pass rate and return rate with the version before, and the last day with those before.

    And who came to which level: at once, or only later, perhaps after somebody had refused them.

    An alarm: three standard errors or more (two proportions, pooled), and half or less, or double or more. Leads that
    an import brought are not counted as new. Exit code 0: steady; 1: an alarm.
    """
    from agents.cli.model.levels_reached import levels_said, tell_levels
    from agents.clock import wall_ms
    from agents.drift.history import history
    from schemas.units import DAY_MS
    from streams.drift import verdicts

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    now_ms = wall_ms()
    # Whole days: the first row shall not be a part of one.
    since_ms = now_ms - now_ms % DAY_MS - (days - 1) * DAY_MS
    with progress("events") as tell:
        found, levels = reach(settings, history(settings, since_ms, tell))
    judged = verdicts(found, now_ms)
    by = by or (By.DAY if days <= SHOWN_BY_DAY else By.WEEK)
    if as_json:
        say_json(_document(found, judged, days, by) | {"levels": levels_said(levels)})
    else:
        _tell(found, judged, by)
        tell_levels(levels)
    raise typer.Exit(PROBLEM if any(one.alarm for one in judged) else 0)


def _rows(found: History, by: By) -> Iterator[tuple[int, str, Flow]]:
    from schemas.units import DAY_MS
    from streams.replay.comparison import FIRST_MONDAY_MS, WEEK_MS

    return found.spans(DAY_MS) if by is By.DAY else found.spans(WEEK_MS, FIRST_MONDAY_MS)


def _tell(found: History, judged: list[Verdict], by: By) -> None:
    from streams.moments import rfc3339

    if not found.hours:
        say("no lead was seen in this time, so there is nothing to compare")
        return
    counts = ("new leads", "handed off", "pass rate", "handoffs", "accepted", "returned", "return rate")
    table(("day" if by is By.DAY else "week of", "model", *counts), [
        (rfc3339(begin_ms)[:10], model, *_cells(flow)) for begin_ms, model, flow in _rows(found, by)
    ])  # fmt: skip
    say()
    table(("model", *counts), [(model, *_cells(found.flow(model))) for model in found.models()])
    if found.rules:
        say()
        table(("model", "rule", "handoffs", "accepted", "returned", "return rate"), [
            (model, rule, f"{flow.requested:,}", f"{flow.accepted:,}", f"{flow.returned:,}", _rate(flow.return_rate))
            for (model, rule), flow in sorted(found.rules.items())
        ])  # fmt: skip
    say()
    for one in judged:
        say(sentence(one))
    if not judged:
        say("one model, and less than a day before the last: nothing to compare with yet")
    if any(one.alarm for one in judged):
        say("`touchline model replay FILE` tries another model on the past;")
        say("`touchline model apply` of the version before, with --rollback, takes this one back.")


def _cells(flow: Flow) -> tuple[str, ...]:
    return (
        f"{flow.new:,}", f"{flow.passed:,}", _rate(flow.pass_rate), f"{flow.requested:,}", f"{flow.accepted:,}",
        f"{flow.returned:,}", _rate(flow.return_rate),
    )  # fmt: skip


def sentence(one: Verdict) -> str:
    """A verdict, as one would say it."""
    from streams.drift import FEWEST, Finding

    now, then = one.now, one.then
    who = f"{one.model}, the last 24 hours" if one.recent else one.model
    than = "the days before" if one.recent else one.before
    if one.finding is Finding.TOO_FEW:
        return f"{who}: too few for a {one.what} ({now.whole} beside {then.whole} of {than}; {FEWEST} are needed)"
    figures = f"{now.rate:.1%} ({now.part} of {now.whole}), {than} {then.rate:.1%} ({then.part} of {then.whole})"
    said = f"{figures}, {abs(one.z):.1f} standard errors"
    if not one.alarm:
        return f"{who}: the {one.what} stands: {said}" if one.finding is Finding.STEADY else f"{who}: {one.what} {said}"
    return f"ALARM {who}: the {one.what} {one.finding}: {said}"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def _document(found: History, judged: list[Verdict], days: int, by: By) -> dict[str, object]:
    from streams.moments import rfc3339

    return {
        "days": days,
        "alarm": any(one.alarm for one in judged),
        "verdicts": [
            {
                "what": one.what, "model": one.model, "before": one.before, "recent": one.recent,
                "finding": one.finding, "alarm": one.alarm, "z": one.z, "now": _share(one.now),
                "then": _share(one.then), "says": sentence(one),
            }
            for one in judged
        ],
        "by": by,
        "spans": [
            {"from": rfc3339(begin_ms)[:10], "model": model, **_flow(flow)}
            for begin_ms, model, flow in _rows(found, by)
        ],
        "models": [{"model": model, **_flow(found.flow(model))} for model in found.models()],
        "rules": [
            {"model": model, "rule": rule, "requested": flow.requested, "accepted": flow.accepted,
             "returned": flow.returned, "return_rate": flow.return_rate}
            for (model, rule), flow in sorted(found.rules.items())
        ],
    }  # fmt: skip


def _share(one: Share) -> dict[str, float]:
    return {"part": one.part, "whole": one.whole, "rate": one.rate}


def _flow(flow: Flow) -> dict[str, object]:
    return {
        "new": flow.new, "passed": flow.passed, "pass_rate": flow.pass_rate, "requested": flow.requested,
        "accepted": flow.accepted, "returned": flow.returned, "return_rate": flow.return_rate,
    }  # fmt: skip
