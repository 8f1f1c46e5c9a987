"""`touchline plan`: what a load needs, from measured figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, seconds
from agents.cli.terminal.voice import REFUSED, fail, say, say_json, table

if TYPE_CHECKING:
    from streams.sizing import Figures, Plan

Rate = Annotated[
    float, typer.Option("--rate", min=0.001, help="Touches a second in your busiest hour.", show_default=False)
]
Leads = Annotated[
    float, typer.Option("--leads", min=1, help="Leads that are remembered, such as 10e6.", show_default=False)
]
TouchesPerLead = Annotated[float, typer.Option("--touches-per-lead", min=1, help="Behind a usual lead's state.")]
Identities = Annotated[float, typer.Option("--identities-per-lead", min=1, help="Cookies, addresses, numbers.")]
PerDay = Annotated[
    float,
    typer.Option("--per-day", min=0, help="Touches of a whole day; 0: as if every hour were the busiest."),
]
Retention = Annotated[
    str | None,
    typer.Option("--retention", help="Of the log and the ledger, such as 90d; usual: 180d.", show_default=False),
]
Replication = Annotated[int, typer.Option("--replication", min=1, help="Replicas of each topic.")]
Basis = Annotated[bool, typer.Option("--basis", help="Print the measured figures, with bench, machine and day.")]


def plan(
    rate: Rate, leads: Leads, touches_per_lead: TouchesPerLead = 20, identities_per_lead: Identities = 2,
    per_day: PerDay = 0, retention: Retention = None, replication: Replication = 3, basis: Basis = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say which partitions, workers, memory, disk and times a load needs; from measured figures, with headroom."""
    from agents.sizing_file import load_figures
    from streams.sizing import DAY_S, Load
    from streams.sizing import plan as planned

    kept_s = seconds("--retention", retention) or 0.0
    if retention is not None and kept_s < DAY_S:
        fail(f"--retention is {retention}: a log keeps a day at least", "Write days, such as 90d.", REFUSED)
    load = Load(
        rate=rate, leads=leads, touches_per_lead=touches_per_lead, identities_per_lead=identities_per_lead,
        per_day=per_day, retention_days=kept_s / DAY_S, replication=replication,
    )  # fmt: skip
    figures = load_figures()
    said = planned(load, figures)
    if as_json:
        say_json({"plan": said, "figures": figures if basis else {}})
        return
    _tell(said)
    if basis:
        _tell_basis(figures)


def _tell(said: Plan) -> None:
    load = said.load
    say(f"For {load.rate:,.0f} touches a second, {load.leads:,.0f} leads of {load.touches_per_lead:g} touches:")
    say()
    table(
        ("stage", "workers", "CPU, us a touch", "cores in use", "memory of each, MB"),
        ((s.stage, s.workers, f"{s.us_per_touch:g}", f"{s.cores:.2f}", f"{s.memory_mb:,}") for s in said.stages),
    )
    say()
    disk = f", {said.store_disk_mb:,} MB of disk each" if said.store_disk_mb else ""
    ready = "from its start to ready" + (", its store empty" if said.store_disk_mb else "")
    redis = f"{said.redis_mb:,} MB (maxmemory {said.redis_maxmemory_mb}mb)"
    rows = (
        ("partitions", f"{said.partitions}", "fixed for a generation of the log"),
        ("score table", f"{said.store}{disk}", f"{said.state_bytes:,} bytes a lead"),
        ("Redis", redis, f"{said.redis_busy:.0%} of its core"),
        ("Kafka, a day", f"{said.kafka_day_gb:,.1f} GB", f"{load.replication} replicas, {load.day:,.0f} touches"),
        ("Kafka, in all", f"{said.kafka_kept_gb:,.0f} GB", f"with {load.retention_days or 180:g} days of the log"),
        ("restart of a score worker", f"{said.restart_s:,.0f} s", ready),
        ("takeover after a kill", f"{said.takeover_s:,.0f} s", "its session, and others restore its share"),
    )
    table(("", "", ""), rows)
    say()
    free = f"{said.headroom:.0%} of each worker stays free, for catching up and for peaks."
    say(f"{free} `--basis` prints what it rests on.")


def _tell_basis(figures: Figures) -> None:
    say()
    table(
        ("figure", "value", "unit", "what", "measured by", "on", "when"),
        ((name, f"{f.value:,g}", f.unit, f.what, f.bench, f.on, f"{f.when}") for name, f in figures.items()),
    )
