"""One panel: a question in words, its queries, its unit, from when on it is bad, and where the runbook goes on."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
RUNBOOK = "https://touchline.io/docs/runbook"
WHOLE = 'namespace=~"$namespace"'
"""A deployment; where there is but one, series need not bear the label."""
HERE = f'{WHOLE}, instance=~"$instance"'
"""Every worker is one instance of one stage; the choice of a stage leaves its instances."""


class Query(NamedTuple):
    """What is asked, and how its series are called."""

    expr: str
    legend: str = ""
    exemplars: bool = False


class Asked(NamedTuple):
    """What a panel is made of."""

    title: str
    what: str
    queries: Sequence[Query]
    unit: str = "short"
    bad: Sequence[tuple[float, str]] = ()
    """(from this value on, colour), rising."""
    alert: str = ""
    """Of the runbook; empty: it has no section."""
    least: bool = False
    """Bad is little: below the first step it is red."""


def rate(metric: str, by: str = "", where: str = WHOLE) -> str:
    """Of a counter, per second."""
    summed = f"sum by ({by})" if by else "sum"
    return f"{summed} (rate({metric}{{{where}}}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str = "", where: str = WHOLE) -> str:
    """Of a histogram."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', labels, where)})"


def number(asked: Asked, width: int = 4, height: int = 4) -> stat.Panel:
    """One value now, with its course behind it."""
    panel = (
        stat.Panel()
        .color_mode(BigValueColorMode.BACKGROUND if asked.bad else BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    panel.title(asked.title).description(asked.what).datasource(SOURCE).unit(asked.unit).span(width).height(height)
    panel.thresholds(_steps(asked))
    for query in asked.queries:
        panel.with_target(_target(query))
    if asked.alert:
        panel.links([_runbook(asked.alert)])
    return panel


def course(asked: Asked, width: int = 8, height: int = 7, stacked: bool = False) -> timeseries.Panel:
    """Over time."""
    panel = (
        timeseries.Panel()
        .draw_style(GraphDrawStyle.LINE)
        .fill_opacity(25.0 if stacked else 8.0)
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
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    if asked.bad:
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    panel.title(asked.title).description(asked.what).datasource(SOURCE).unit(asked.unit).span(width).height(height)
    panel.thresholds(_steps(asked))
    for query in asked.queries:
        panel.with_target(_target(query))
    if asked.alert:
        panel.links([_runbook(asked.alert)])
    return panel


def _target(query: Query) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend or "__auto")
        .exemplar(query.exemplars)
        .datasource(SOURCE)
    )


def _steps(asked: Asked) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color="red" if asked.least else "green")]
    steps += [Threshold(value=value, color=colour) for value, colour in asked.bad]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _runbook(alert: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(f"Runbook: {alert}").url(f"{RUNBOOK}#{alert.lower()}").target_blank(True)
