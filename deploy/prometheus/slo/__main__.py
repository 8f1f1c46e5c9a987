"""`python -m deploy.prometheus.slo` writes deploy/prometheus/rules/slo.yaml: burn rates under sloth's names and labels.

Windows and factors are those of the SRE workbook for 30 days: a page when 2 % of the allowance goes within an hour, or
5 % in six; a ticket when 10 % goes within a day, or in three.
"""

import argparse
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import LiteralScalarString

HERE = Path(__file__).parent
SPEC, RULES = HERE / "sloth.yaml", HERE.parent / "rules" / "slo.yaml"
PERIOD_DAYS = 30
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
ALERTS = {
    "page": ((14.4, "5m", "1h"), (6, "30m", "6h")),
    "ticket": ((3, "2h", "1d"), (1, "6h", "3d")),
}
"""By severity: budget factor, and the two windows that must both show it."""

HEAD = """# Made of deploy/prometheus/slo/sloth.yaml by `python -m deploy.prometheus.slo`: change that, not this.
"""

Rule = dict[str, Any]


def rules_of(spec: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Three groups for each objective, as sloth makes them: errors by window, what they mean, alerts."""
    groups = []
    for slo in spec["slos"]:
        service, name = spec["service"], slo["name"]
        ids = {"sloth_id": f"{service}-{name}", "sloth_service": service, "sloth_slo": name}
        more = {**spec.get("labels", {}), **slo.get("labels", {})}
        for kind, rules in (
            ("sli-recordings", _errors(slo, ids, more)),
            ("meta-recordings", _meaning(slo, ids, more)),
            ("alerts", _alerts(slo, ids)),
        ):
            groups.append({"name": f"sloth-slo-{kind}-{service}-{name}", "rules": rules})
    return {"groups": groups}


def _errors(slo: dict[str, Any], ids: dict[str, str], more: dict[str, str]) -> list[Rule]:
    asked = slo["sli"]["events"]

    def over(window: str) -> str:
        error, total = (asked[f"{part}_query"].replace("{{.window}}", window) for part in ("error", "total"))
        return f"({error})\n/\n({total})\n"

    of = _selector(ids)
    period = f"{PERIOD_DAYS}d"
    whole = (
        f"sum_over_time(slo:sli_error:ratio_rate5m{of}[{period}])\n/ ignoring (sloth_window)\n"
        f"count_over_time(slo:sli_error:ratio_rate5m{of}[{period}])\n"
    )
    of_window = {**{w: over(w) for w in WINDOWS}, period: whole}
    return [
        _record(f"slo:sli_error:ratio_rate{w}", expr, ids | more | {"sloth_window": w}) for w, expr in of_window.items()
    ]


def _meaning(slo: dict[str, Any], ids: dict[str, str], more: dict[str, str]) -> list[Rule]:
    of, labels, goal = _selector(ids), ids | more, slo["objective"] / 100
    made = {"sloth_mode": "cli-gen-prom", "sloth_spec": "prometheus/v1"}
    on = "/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio" + of + "\n"
    return [
        _record("slo:objective:ratio", f"vector({goal:g})", labels),
        _record("slo:error_budget:ratio", f"vector(1-{goal:g})", labels),
        _record("slo:time_period:days", f"vector({PERIOD_DAYS})", labels),
        _record("slo:current_burn_rate:ratio", f"slo:sli_error:ratio_rate5m{of}\n{on}", labels),
        _record("slo:period_burn_rate:ratio", f"slo:sli_error:ratio_rate{PERIOD_DAYS}d{of}\n{on}", labels),
        _record("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{of}", labels),
        _record("sloth_slo_info", "vector(1)", labels | made | {"sloth_objective": f"{slo['objective']:g}"}),
    ]


def _alerts(slo: dict[str, Any], ids: dict[str, str]) -> list[Rule]:
    said, budget, of = slo["alerting"], 1 - slo["objective"] / 100, _selector(ids)

    def above(window: str, factor: float) -> str:
        return f"max(slo:sli_error:ratio_rate{window}{of} > ({factor:g} * {budget:g})) without (sloth_window)"

    return [
        {
            "alert": said["name"],
            "expr": "or\n".join(f"(\n  {above(a, f)}\n  and\n  {above(b, f)}\n)\n" for f, a, b in burns),
            "labels": {"sloth_severity": severity, **said[f"{severity}_alert"]["labels"]},
            "annotations": said["annotations"],
        }
        for severity, burns in ALERTS.items()
    ]


def _selector(ids: dict[str, str]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in ids.items()) + "}"


def _record(name: str, expr: str, labels: dict[str, str]) -> Rule:
    return {"record": name, "expr": expr, "labels": labels}


def text() -> str:
    """The file."""
    rules, written = rules_of(YAML(typ="safe").load(SPEC)), StringIO()
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "\n" in rule["expr"]:
                rule["expr"] = LiteralScalarString(rule["expr"])
            rule["labels"] = CommentedMap(rule["labels"])
            rule["labels"].fa.set_flow_style()
    writer = YAML()
    writer.width = 1_000
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.representer.ignore_aliases = lambda _: True
    writer.dump(rules, written)
    return HEAD + written.getvalue()


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m deploy.prometheus.slo", description=__doc__).parse_args()
    RULES.write_text(text())
