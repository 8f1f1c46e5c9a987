"""The chart as Helm renders it, and a digest of what it is rendered from."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

CHART = Path(__file__).parents[1] / "helm" / "touchline"
HELM = "helm.sh/helm/v3/cmd/helm@v3.22.0"
OURS = Path(__file__).parents[2] / ".touchline" / "bin" / "helm"
KUBERNETES = "1.34.0"
LINKED = "files"
"""Rules and dashboards from other folders: no plain manifest holds them."""


class HelmMissing(RuntimeError):
    """In one line, with the remedy."""


class Refused(RuntimeError):
    """Helm's own words."""


def helm() -> str:
    """Where Helm is; built from its Go module once, when there is none. Raises `HelmMissing`."""
    found = shutil.which("helm") or (str(OURS) if OURS.is_file() else None)
    if found is not None:
        return found
    if shutil.which("go") is None:
        raise HelmMissing("missing on this machine: helm. Put Helm 3 on PATH, or Go, to build it")
    environment = os.environ | {"GOBIN": str(OURS.parent), "GOFLAGS": "-buildvcs=false -trimpath"}
    done = subprocess.run(["go", "install", HELM], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise HelmMissing(f"Go could not build {HELM}:\n{done.stderr[-2000:]}")
    return str(OURS)


def template(*words: str, values: Sequence[Path] = (), release: str = "touchline", namespace: str = "touchline") -> str:
    """The rendered documents. Raises `Refused`."""
    command = [helm(), "template", release, str(CHART), "--namespace", namespace, "--kube-version", KUBERNETES]
    files = [word for path in values for word in ("--values", str(path))]
    done = subprocess.run([*command, *files, *words], capture_output=True, text=True)
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def digest(*more: Path) -> str:
    """SHA-256 of the chart's own files and of what else a rendering depends on."""
    own = [path for path in CHART.rglob("*") if path.is_file() and LINKED not in path.relative_to(CHART).parts]
    said = hashlib.sha256(f"{HELM} {KUBERNETES}".encode())
    for path in (*sorted(own), *more):
        said.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return said.hexdigest()
