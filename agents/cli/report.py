"""`touchline report`: what became of leads, counted from the topics: tables for people, JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import say, say_json, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.reports.quantiles import Waits
    from streams.reports.selling import Sold
    from streams.reports.story import Story

app = sub_app("Reports: what became of leads, so that what sales knows returns to marketing.")

Days = Annotated[int, typer.Option("--days", min=1, help="So many days back; `handoffs` keeps 30.")]
NOTHING = "no handoff was made in this time"


@app.callback()
def _report() -> None:
    """Reports: what became of leads, so that what sales knows returns to marketing."""


def _since_ms(days: int) -> int:
    from agents.clock import wall_ms
    from schemas.units import DAY_MS

    return wall_ms() - days * DAY_MS


def _stories(bootstrap: str | None, prefix: str | None, generation: str | None, days: int) -> list[Story]:
    from agents.reports.reading import stories

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    return reach(settings, stories(settings, _since_ms(days)))


@app.command("funnel")
def report_funnel(
    days: Days = 30, dimension: Annotated[str, typer.Option("--of", help="`stage`, `level`, `temperature`...")] = "",
    order: Annotated[str, typer.Option("--order", help="Stages in order, comma separated.",
                                       show_default="as leads come to them")] = "",
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Who goes on from stage to stage and from level to level, who is lost between, and how long each holds them."""
    from agents.reports.reading import funnels

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    wanted = [dimension] if dimension else ["stage", "level"]
    named = [name.strip() for name in order.split(",") if name.strip()]
    found = reach(settings, funnels(settings, _since_ms(days), wanted))
    if as_json:
        say_json({"days": days, "funnels": [
            {"of": one.dimension, "steps": [_step(step) for step in one.steps(named)], "crossings": one.crossed()}
            for one in found
        ]})  # fmt: skip
        return
    for one in found:
        if not one.leads:
            say(f"no lead changed its {one.dimension} in this time")
            continue
        table((one.dimension, "leads", "went on", "share", "lost", "share", "still", "mean days"), [
            (step.name, f"{step.reached:,}", f"{step.went_on:,}", _rate(step.passed), f"{step.lost:,}",
             _rate(step.loss), f"{step.still:,}", _number(step.mean_days))
            for step in one.steps(named)
        ])  # fmt: skip
        say()
        table(("from", "to", "times", "after days"), [
            (crossing.begin, crossing.end, f"{crossing.count:,}", _number(crossing.mean_days))
            for crossing in one.crossed()
        ])  # fmt: skip
        say()


def _step(step: object) -> dict[str, object]:
    import msgspec

    told: dict[str, object] = msgspec.to_builtins(step)
    return told | {"passed": getattr(step, "passed", None), "loss": getattr(step, "loss", None)}


@app.command("sla")
def report_sla(
    days: Days = 30, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Was the promise of the first contact kept, by seller; and how long did the system and people take."""
    from agents.clock import wall_ms
    from agents.reports.reading import contacted
    from streams.reports.promise import sla

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    rows = sla(reach(settings, contacted(settings, _since_ms(days))), wall_ms())
    if as_json:
        say_json({"days": days, "sellers": [
            {"seller": seller, "promised": row.promised, "within": row.within, "late": row.late,
             "pending": row.pending, "kept": row.kept, "touch_to_handoff": row.to_handoff,
             "touch_to_assigned": row.to_assigned, "touch_to_contact": row.to_contact}
            for seller, row in rows.items()
        ]})  # fmt: skip
        return
    table(("seller", "promised", "in time", "late", "pending", "kept", "to handoff p50/90/99", "to somebody",
           "to first contact"), [
        (seller, f"{row.promised:,}", f"{row.within:,}", f"{row.late:,}", f"{row.pending:,}", _rate(row.kept),
         _waits(row.to_handoff), _waits(row.to_assigned), _waits(row.to_contact))
        for seller, row in rows.items()
    ])  # fmt: skip


@app.command("cadence")
def report_cadence(
    days: Days = 30, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Were the planned attempts made before a lead was given up, by seller."""
    from streams.reports.promise import cadence

    rows = cadence(_stories(bootstrap, prefix, generation, days))
    if as_json:
        say_json({"days": days, "sellers": [
            {"seller": seller, "ended": row.ended, "kept": row.kept, "share": row.share, "made": row.made,
             "planned": row.planned, "attempts_per_lead": row.attempts}
            for seller, row in rows.items()
        ]})  # fmt: skip
        return
    table(("seller", "ended", "kept", "share", "attempts", "planned", "per lead"), [
        (seller, f"{row.ended:,}", f"{row.kept:,}", _rate(row.share), f"{row.made:,}", f"{row.planned:,}",
         _number(row.attempts))
        for seller, row in rows.items()
    ])  # fmt: skip


@app.command("rules")
def report_rules(
    days: Days = 30, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What sales made of the leads to which each rule of a model gave points."""
    from streams.reports.selling import by_rule

    _tell_sold(("model", "rule"), by_rule(_stories(bootstrap, prefix, generation, days)), days, as_json)


@app.command("sources")
def report_sources(
    days: Days = 30, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Handoffs, and what was won, by the source a lead came from and the campaign of the touch that made it ripe."""
    from streams.reports.selling import by_source

    _tell_sold(("source", "campaign"), by_source(_stories(bootstrap, prefix, generation, days)), days, as_json)


@app.command("refusals")
def report_refusals(
    days: Days = 30, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Why leads were refused, by whom, and why handoffs came back."""
    from streams.reports.selling import refusals, returns

    told = _stories(bootstrap, prefix, generation, days)
    refused, returned = refusals(told), returns(told)
    if as_json:
        say_json({
            "days": days,
            "refusals": [{"side": side, "cause": cause, "count": n} for (side, cause), n in refused.most_common()],
            "returns": [{"reason": reason, "count": n} for reason, n in returned.most_common()],
        })  # fmt: skip
        return
    table(("who refused", "cause", "times"), [(*who, f"{n:,}") for who, n in refused.most_common()])
    say()
    table(("handed back because", "times"), [(reason, f"{n:,}") for reason, n in returned.most_common()])


def _tell_sold(names: tuple[str, str], rows: dict[tuple[str, ...], Sold], days: int, as_json: bool) -> None:
    if as_json:
        say_json({"days": days, "rows": [
            dict(zip(names, key, strict=True)) | {
                "handoffs": row.handoffs, "accepted": row.accepted, "returned": row.returned, "won": row.won,
                "lost": row.lost, "acceptance": row.acceptance, "return_rate": row.return_rate,
                "win_rate": row.win_rate, "amount": row.amount,
            }
            for key, row in rows.items()
        ]})  # fmt: skip
    elif not rows:
        say(NOTHING)
    else:
        counts = ("handoffs", "accepted", "returned", "won", "lost", "acceptance", "return rate", "win rate", "amount")
        table((*names, *counts), [
            (*key, f"{row.handoffs:,}", f"{row.accepted:,}", f"{row.returned:,}", f"{row.won:,}", f"{row.lost:,}",
             _rate(row.acceptance), _rate(row.return_rate), _rate(row.win_rate), _money(row.amount.items()))
            for key, row in rows.items()
        ])  # fmt: skip


def _money(amounts: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{amount:,.0f} {currency}".strip() for currency, amount in sorted(amounts)) or "-"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def _number(number: float | None) -> str:
    return "-" if number is None else f"{number:,.1f}"


def _waits(told: Waits) -> str:
    return "-" if told.p50_s is None else " / ".join(_span(s) for s in (told.p50_s, told.p90_s, told.p99_s))


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= length:
            return f"{seconds / length:.1f}{unit}"
    return f"{seconds:.2f}s"
