"""`python -m deploy.grafana`: writes dashboards/*.json from what rows/*.yaml tell."""

import argparse
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, VariableRefresh, VariableSort

from deploy.grafana.panel import SOURCE, WHOLE
from deploy.grafana.section import sections

FOLDER = Path(__file__).parent / "dashboards"
FROM_EFFECT_TO_CAUSE = ("first", "stages", "promise", "platform")
"""Files of rows, in their order."""


def touchline() -> dashboard.Dashboard:
    """From what costs leads down to what causes it."""
    board = (
        dashboard.Dashboard("Touchline")
        .uid("touchline")
        .description("Do leads reach sales in time; and if not, why. Generated: python -m deploy.grafana")
        .tags(["touchline", "kafka"])
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_chosen("namespace", "Namespace", "label_values(touchline_build_info, namespace)"))
        .with_variable(_chosen("stage", "Stage", f"label_values(touchline_build_info{{{WHOLE}}}, stage)"))
        .with_variable(
            _chosen("instance", "Worker", f'label_values(touchline_build_info{{{WHOLE}, stage=~"$stage"}}, instance)')
        )
    )
    for name in FROM_EFFECT_TO_CAUSE:
        for section in sections(name):
            section.add_to(board)
    return board


def _chosen(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def written() -> dict[Path, str]:
    """Each file and what it holds."""
    text = JSONEncoder(sort_keys=True, indent=2).encode(touchline().build())
    return {FOLDER / "touchline.json": text + "\n"}


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m deploy.grafana", description=__doc__).parse_args()
    for path, text in written().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
