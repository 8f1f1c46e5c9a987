"""`make manifests`: writes the plain manifests anew from the chart, and Strimzi's resources from the topology."""

import re
import subprocess
import sys
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
TOPICS = ("topics", "export", "--format", "strimzi", "--cluster", "kafka", "--replicas", "3")


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


def main() -> int:
    """Write them."""
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
    RENDERED_FROM.write_text(digest(VALUES, SCALED) + "\n")
    touchline = Path(sys.executable).with_name("touchline")
    (STRIMZI / "topics.yaml").write_bytes(subprocess.run([touchline, *TOPICS], capture_output=True, check=True).stdout)
    print(f"{len(files)} manifests in {HERE.name}, and Strimzi's topics")
    return 0


if __name__ == "__main__":
    sys.exit(main())
