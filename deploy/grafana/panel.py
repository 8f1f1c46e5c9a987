"""One panel: a question in words, its queries, its unit, from when on it is bad, and where the runbook goes on."""

from typing import TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode
from msgspec import Struct

from deploy.runbook import RUNBOOK

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WHOLE = 'namespace=~"$namespace"'
"""A deployment; where there is but one, series need not bear the label. `<whole>` in a query."""
HERE = f'{WHOLE}, instance=~"$instance"'
"""Every worker is one instance of one stage; the choice of a stage leaves its instances. `<here>` in a query."""

Panel = TypeVar("Panel", stat.Panel, timeseries.Panel)


class Query(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked, and how its series are called."""

    expr: str
    """PromQL."""
    legend: str = "__auto"
    exemplars: bool = False


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a panel is made of."""

    title: str
    what: str
    queries: list[Query]
    unit: str = "short"
    bad: list[tuple[float | int, str]] = []
    """(from this value on, colour), rising."""
    least: bool = False
    """Bad is little: below the first step it is red."""
    alert: str = ""
    """Of the runbook; empty: it has no section."""


def number(asked: Asked, width: int) -> stat.Panel:
    """One value now, with its course behind it."""
    panel = (
        stat.Panel()
        .color_mode(BigValueColorMode.BACKGROUND if asked.bad else BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    return _asking(panel.span(width).height(4), asked)


def course(asked: Asked, width: int) -> timeseries.Panel:
    """Over time."""
    panel = (
        timeseries.Panel()
        .draw_style(GraphDrawStyle.LINE)
        .fill_opacity(8.0)
        .line_width(1.0)
        .show_points(VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .min(0.0)
    )
    if asked.bad:
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    return _asking(panel.span(width).height(7), asked)


def _asking(panel: Panel, asked: Asked) -> Panel:
    """The same, with what each kind has: the question, its queries, what is bad, and the way to the runbook."""
    panel.title(asked.title).description(asked.what).datasource(SOURCE).unit(asked.unit)
    panel.thresholds(_steps(asked))
    for query in asked.queries:
        panel.with_target(_target(query))
    if asked.alert:
        panel.links([_runbook(asked.alert)])
    return panel


def _target(query: Query) -> prometheus.Dataquery:
    expr = query.expr.replace("<here>", HERE).replace("<whole>", WHOLE)
    return prometheus.Dataquery().expr(expr).legend_format(query.legend).exemplar(query.exemplars).datasource(SOURCE)


def _steps(asked: Asked) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color="red" if asked.least else "green")]
    steps += [Threshold(value=value, color=colour) for value, colour in asked.bad]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _runbook(alert: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(f"Runbook: {alert}").url(f"{RUNBOOK}#{alert.lower()}").target_blank(True)
