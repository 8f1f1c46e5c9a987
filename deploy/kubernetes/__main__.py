"""`make manifests`: writes the plain manifests anew from the chart, and Strimzi's resources from the topology."""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.kubernetes.chart import HelmMissing, Refused, digest, template

HERE = Path(__file__).parent
VALUES = HERE / "values.yaml"
SCALED = HERE / "scaled.yaml"
RENDERED_FROM = HERE / "RENDERED_FROM"
"""Digest of the chart and the values these manifests came from."""
NAMESPACE = "touchline"
SOURCE = re.compile(r"^# Source: touchline/templates/(\w+)\.yaml$", re.MULTILINE)
COMPONENT = re.compile(r"app.kubernetes.io/component: (\w+)")
SCALING, WORKLOADS = "scaling", "workloads"
FOLDERS = {SCALING: "keda", "monitoring": "prometheus-operator"}
"""Templates of custom resources; all others are the base."""
BASE = "base"
STRIMZI = HERE.parent / "strimzi"
CLUSTER = ("--format", "strimzi", "--cluster", "kafka")
RESOURCES: dict[str, list[tuple[str, ...]]] = {
    "topics.yaml": [("topics", "export", *CLUSTER, "--replicas", "3")],
    "users.yaml": [
        ("acls", *CLUSTER),
        ("acls", *CLUSTER, "--command", "all", "--principal", "User:touchline-operator"),
    ],
}
"""Strimzi's resources by file: what prints them."""


def manifests(plain: str, scaled: str) -> dict[Path, str]:
    """Documents by file, relative to this folder; of each folder also what `kubectl apply -k` reads.

    `scaled` is rendered for an autoscaler, so its workloads say nothing of replicas: those of `plain` do.
    """
    by_template: dict[str, list[str]] = {}
    for rendered, is_scaled in ((plain, False), (scaled, True)):
        for document in re.split(r"^---\n", rendered, flags=re.MULTILINE):
            source = SOURCE.search(document)
            if source is not None and (source[1] == SCALING) is is_scaled:
                name = COMPONENT.findall(document)[0] if source[1] == WORKLOADS else source[1]
                by_template.setdefault(name, []).append(SOURCE.sub("", document).strip() + "\n")
    files = {
        Path(FOLDERS.get(name, BASE)) / f"{name}.yaml": "---\n".join(documents)
        for name, documents in by_template.items()
    }
    for folder in {path.parent for path in files}:
        listed = "".join(f"  - {path.name}\n" for path in sorted(files) if path.parent == folder)
        files[folder / "kustomization.yaml"] = (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
            f"namespace: {NAMESPACE}\nresources:\n{listed}"
        )
    return files


def printed(words: Sequence[str]) -> str:
    """What our own command prints, without the empty line at its end."""
    touchline = Path(sys.executable).with_name("touchline")
    text = subprocess.run([touchline, *words], capture_output=True, text=True, check=True).stdout
    return text.rstrip("\n") + "\n"


def main() -> int:
    """Write them. Helm is asked only when the chart has changed."""
    argparse.ArgumentParser(prog="python -m deploy.kubernetes", description=__doc__).parse_args()
    for name, commands in RESOURCES.items():
        (STRIMZI / name).write_text("".join(map(printed, commands)))
    now = digest(VALUES, SCALED)
    if RENDERED_FROM.exists() and RENDERED_FROM.read_text().strip() == now:
        print("Strimzi's resources are written; the manifests are those of the chart")
        return 0
    try:
        files = manifests(template(values=[VALUES]), template(values=[VALUES, SCALED]))
    except (HelmMissing, Refused) as fault:
        print(fault, file=sys.stderr)
        return 1
    for stale in HERE.glob("*/*.yaml"):
        stale.unlink()
    for path, text in files.items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(text)
    RENDERED_FROM.write_text(now + "\n")
    print(f"Strimzi's resources and {len(files)} manifests are written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
