"""`python -m agents.signals.table` writes deploy/docs/metrics.md: all metrics, from their declarations."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path

import agents.signals
from agents.signals.catalogue import EVERYWHERE, FAMILIES, STAGES, Bounded, Family, PerStage

PAGE = Path(__file__).parents[2] / "deploy" / "docs" / "metrics.md"
MOST_LISTED = 10
"""Values of a label that a table can hold."""

HEAD = """# Metrics

Every stage shows its own on `/metrics` (ports: intake 6160, identify 6161, score 6162, route 6163, mirror 6164,
challenger 6165, canary 6166), each series from the start at 0, in Prometheus' text format or, where it is asked for, in
OpenMetrics with the traces of touches as exemplars. Beside them stand the usual `process_*` and `python_*`.

Units are seconds, bytes, or a count of what the name says. Series of partitions are worked out at each scrape from
those a worker holds: none outlives a rebalance. No label names a lead, a person, a source or a campaign.

This page is generated: `python -m agents.signals.table`.
"""


def everything() -> list[Family]:
    """All metrics, whoever declares them."""
    for module in pkgutil.iter_modules(agents.signals.__path__):
        if module.name != "table":
            importlib.import_module(f"agents.signals.{module.name}")
    return sorted(FAMILIES.values(), key=lambda family: family.name)


def page() -> str:
    """In Markdown, by who shows them."""
    families = everything()
    parts = [HEAD]
    shared = [family for family in families if len(family.stages) > 1]
    parts += _section("Of several stages", shared)
    for stage in EVERYWHERE:
        parts += _section(f"`{stage}`", [family for family in families if family.stages == (stage,)])
    parts += ["\n## Labels\n", *_labels(families)]
    return "\n".join(parts).rstrip() + "\n"


def _section(title: str, families: list[Family]) -> Iterable[str]:
    if not families:
        return
    several = any(len(family.stages) > 1 for family in families)
    columns = ["name", "type", "labels", "unit", "meaning", *(["stages"] if several else [])]
    yield f"\n## {title}\n"
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for family in families:
        labels = ", ".join(f"`{label}`" for label in family.labels)
        cells = [
            f"`{family.name}`",
            family.kind,
            labels,
            family.unit,
            family.what,
            *([_stages(family)] if several else []),
        ]
        yield f"| {' | '.join(cells)} |"


def _stages(family: Family) -> str:
    if set(family.stages) == set(EVERYWHERE):
        return "all"
    return "all with a group" if family.stages == STAGES else ", ".join(family.stages)


def _labels(families: list[Family]) -> Iterable[str]:
    yield "| label | values |"
    yield "|---|---|"
    told: dict[str, list[str]] = {}
    for family in families:
        for label, known in family.labels.items():
            said = told.setdefault(label, [])
            if (text := _values(known)) not in said:
                said.append(text)
    for label, said in sorted(told.items()):
        yield f"| `{label}` | {'; or '.join(said)} |"


def _values(known: object) -> str:
    match known:
        case Bounded(by):
            return by
        case PerStage(of):
            names = list(dict.fromkeys(name for stage in STAGES for name in of(stage)))
        case _:
            names = [str(name) for name in known] if isinstance(known, Iterable) else []
    if len(names) > MOST_LISTED:
        return f"{len(names)} known ones, such as `{names[0]}`, `{names[1]}`"
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m agents.signals.table", description=__doc__).parse_args()
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page())
    print(PAGE, file=sys.stderr)
